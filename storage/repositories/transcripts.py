"""What elders said."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.transcripts import Sentence
from storage.mapping.transcripts import row_of_sentence, sentence_of
from storage.tables import transcripts
from storage.transaction import Transaction


class SqlTranscripts:
    """Not in the copy in memory: to be written when the database is there, by transactions that are not urgent."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, sentence: Sentence) -> None:
        """See `callcenter.ports.storage.Transcripts`."""
        if self._in.row(sa.select(transcripts.c.id).where(transcripts.c.id == sentence.id)) is None:
            self._in.insert(transcripts, row_of_sentence(sentence, self._in.vault))

    def of(self, emergency: UUID) -> list[Sentence]:
        """Oldest first."""
        statement = (
            sa.select(transcripts)
            .where(transcripts.c.emergency == emergency)
            .order_by(transcripts.c.at, transcripts.c.id)
        )
        return [sentence_of(row, self._in.vault) for row in self._in.rows(statement)]
