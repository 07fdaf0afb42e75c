"""Rows of transcripts."""

from __future__ import annotations

from typing import Any, Final

from callcenter.domain.transcripts import Sentence
from storage.mapping import Row
from storage.vault import Vault

_TABLE: Final = "transcripts"


def row_of_sentence(sentence: Sentence, vault: Vault) -> dict[str, Any]:
    return {
        "id": sentence.id,
        "emergency": sentence.emergency,
        "uniqueid": sentence.uniqueid,
        "at": sentence.at,
        "confidence": sentence.confidence,
        "sealed": vault.seal({"words": sentence.words}, _TABLE, sentence.id),
    }


def sentence_of(row: Row, vault: Vault) -> Sentence:
    return Sentence(
        id=row["id"],
        emergency=row["emergency"],
        uniqueid=row["uniqueid"],
        at=row["at"],
        confidence=row["confidence"],
        words=vault.open(row["sealed"], _TABLE, row["id"]).get("words", ""),
    )
