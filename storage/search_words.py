"""Keeping the words by which elders are found: of each name and address that is written, and of all that are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.search import MatchedBy
from callcenter.services.search_words import words_of_name, words_of_place
from storage.tables import elders, households, search_words
from storage.transaction import Transaction

_PAGE: Final = 1000
#: Where each kind of text stands, and what it is found by.
TEXTS: Final[tuple[tuple[MatchedBy, sa.Column[Any], Callable[[str], Collection[str]]], ...]] = (
    (MatchedBy.NAME, elders.c.name, words_of_name),
    (MatchedBy.STREET, households.c.street, words_of_place),
    (MatchedBy.ESTATE, households.c.estate, words_of_place),
)
_WORDS_OF: Final = {of: words_of for of, _, words_of in TEXTS}
_KNOWN: Final = (
    sa.select(sa.literal(1))
    .select_from(search_words)
    .where(search_words.c.kind == sa.bindparam("kind"), search_words.c.text == sa.bindparam("written"))
    .limit(1)
)


def note_text(transaction: Transaction, of: MatchedBy, text: str) -> None:
    """From now on this text is found. Nothing while the journal stands in, where no elder can be written either."""
    if transaction.journalled or not text:
        return
    if transaction.execute(_KNOWN, {"kind": of.value, "written": text}).first() is None:
        transaction.execute(_insert(transaction.dialect), _rows(of, [text]))


def note_all(connection: sa.Connection) -> None:
    """Of everybody who is there, a thousand texts at a time."""
    insert = _insert(connection.dialect.name)
    for of, column, _ in TEXTS:
        after = ""
        while texts := _texts_after(connection, column, after):
            after = texts[-1]
            if rows := _rows(of, texts):
                connection.execute(insert, rows)


def _texts_after(connection: sa.Connection, column: sa.Column[Any], after: str) -> Sequence[str]:
    page = sa.select(column).where(column > after).distinct().order_by(column).limit(_PAGE)
    return connection.execute(page).scalars().all()


def _rows(of: MatchedBy, texts: Sequence[str]) -> list[dict[str, str]]:
    """In the order of the index, so that two writers never wait for each other."""
    return [{"kind": of.value, "word": word, "text": text} for text in texts for word in sorted(_WORDS_OF[of](text))]


def _insert(dialect: str) -> sa.Insert:
    into = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return into(search_words).on_conflict_do_nothing()
