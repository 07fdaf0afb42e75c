"""Looking for elders. No statement reads more than its limits say, however many elders there are.

A word is looked up in `search_words`, each of the texts found there in the index of names, streets or estates. Of
several words the one that fits fewest elders leads; the others are looked up for each of those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from callcenter.domain.search import Answer, Found, MatchedBy, Wanted
from callcenter.errors import NotWhileStorageAway
from storage.prepared import Prepared
from storage.tables import contacts, devices, elders, households, lines, search_words
from storage.transaction import Transaction

_LAST: Final = "\U0010ffff"
_COUNTED: Final = 200  #: words that fit more elders than this are counted again, further
_SLACK: Final = 3  #: an elder may come in by several of her words; so many times more are read than shown
#: Until the transaction ends. A plan is made before its words are known, and reading all elders looks cheap to it then;
#: half a million take longer than `database.answer_within_seconds`.
_BY_INDEX_ALONE: Final = sa.select(
    *(
        sa.func.set_config(setting, "off", sa.true())
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
    )
)
_PLACES: Final = (MatchedBy.NAME, MatchedBy.STREET, MatchedBy.ESTATE)
_TEXT: Final = {
    MatchedBy.NAME: elders.c.name,
    MatchedBy.STREET: households.c.street,
    MatchedBy.ESTATE: households.c.estate,
}


class SqlElderSearch:
    """See `callcenter.ports.elder_storage.ElderSearch`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, wanted: Wanted, *, limit: int, skip: int, candidates: int) -> Answer:
        """See `callcenter.ports.elder_storage.ElderSearch`."""
        if not wanted.anything:
            return Answer(found=(), complete=True)
        if self._in.dialect == "postgresql":
            self._in.execute(_BY_INDEX_ALONE)
        words, fewest = self._rarest_first(wanted.words, candidates)
        numbers = {"number": wanted.number, "last_four": wanted.last_four}
        leads = next((name for name, number in numbers.items() if number), "word")
        alone = leads == "word" and len(words) == 1
        values: dict[str, Any] = {
            "limit": limit,
            "skip": skip,
            "candidates": min(candidates, _SLACK * (limit + skip)) if alone else candidates,
            "number_index": self._in.vault.number_index(wanted.number),
            "last_four_index": self._in.vault.last_four_index(wanted.last_four),
        }
        for number, word in enumerate(words):
            values |= _range(word, number)
        rows = self._in.rows(_statement(leads, len(words)), values)
        found = tuple(_found(row, leads, len(words)) for row in rows)
        return Answer(found=found, complete=leads != "word" or fewest < candidates)

    def _rarest_first(self, words: Sequence[str], candidates: int) -> tuple[list[str], int]:
        """And how many elders the first one fits; 0 where there is nothing to compare it with."""
        if len(words) < 2:
            return list(words), 0
        sizes = {word: self._size(word, _COUNTED) for word in words}
        if min(sizes.values()) >= _COUNTED:
            sizes = {word: self._size(word, candidates) for word in words}
        return sorted(words, key=lambda word: sizes[word]), min(sizes.values())

    def _size(self, word: str, counted: int) -> int:
        """How many elders it fits, of each kind at most so many."""
        size: int = self._in.plain(_SIZE, _range(word, 0) | {"candidates": counted})[0][0]
        return size

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("search")
        return self._transaction


def _range(word: str, number: int) -> dict[str, str]:
    return {f"from{number}": word, f"to{number}": word + _LAST}


def _fits(kind: MatchedBy, number: int) -> sa.ColumnElement[bool]:
    """Whether a row of `search_words` is of this kind and begins with the word of this number."""
    return sa.and_(
        search_words.c.kind == sa.literal_column(f"'{kind.value}'"),
        search_words.c.word >= sa.bindparam(f"from{number}", type_=sa.String),
        search_words.c.word < sa.bindparam(f"to{number}", type_=sa.String),
    )


def _explains(kind: MatchedBy, number: int, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether this text, of this kind, fits the word of this number."""
    of_text = sa.select(search_words.c.word).where(_fits(kind, number), search_words.c.text == text)
    # Not EXISTS: PostgreSQL would read every word that fits into a table of its own first.
    return of_text.correlate_except(search_words).limit(1).scalar_subquery().is_not(None)


def _fits_somehow(number: int, of: Mapping[MatchedBy, sa.ColumnElement[str]]) -> sa.ColumnElement[bool]:
    """The same of all texts of an elder. Places differ less than names: the fitting ones are read once."""
    places = (
        of[kind].in_(sa.select(search_words.c.text).where(_fits(kind, number)))
        for kind in (MatchedBy.STREET, MatchedBy.ESTATE)
    )
    return sa.or_(_explains(MatchedBy.NAME, number, of[MatchedBy.NAME]), *places)


def _branch(rank: int, source: sa.FromClause, condition: sa.ColumnElement[bool], *, whole: bool) -> sa.Select[Any]:
    """Elders with what they are ranked by; `whole`: and with their places, by which other words may fit them."""
    columns = [elders.c.id, sa.literal_column(str(rank), sa.Integer).label("rank"), elders.c.name]
    places = [households.c.street, households.c.estate] if whole else []
    return sa.select(*columns, *places).select_from(source).where(condition).limit(sa.bindparam("candidates"))


def _by_word(kind: MatchedBy, *, whole: bool) -> sa.Select[Any]:
    """Elders by the first word: names before streets before estates."""
    if kind is MatchedBy.NAME:
        source: sa.FromClause = search_words.join(elders, elders.c.name == search_words.c.text)
        source = source.join(households) if whole else source
    else:
        known = search_words.join(households, _TEXT[kind] == search_words.c.text)
        source = known.join(elders, elders.c.household == households.c.id)
    chosen = _branch(_PLACES.index(kind), source, _fits(kind, 0), whole=whole)
    return chosen.order_by(search_words.c.word, search_words.c.text)


def _by_index(column: str, *, whole: bool) -> list[sa.Select[Any]]:
    """Elders by a blind index: their lines', their devices' or their contacts'."""
    index: sa.BindParameter[bytes] = sa.bindparam(column, type_=sa.LargeBinary)
    at_home = lines.join(elders, elders.c.household == lines.c.household)
    owners = (at_home, devices.join(elders), contacts.join(elders))
    return [
        _branch(0, owner.join(households, households.c.id == elders.c.household) if whole else owner,
                table.c[column] == index, whole=whole)
        for table, owner in zip((lines, devices, contacts), owners, strict=True)
    ]  # fmt: skip


_SIZE: Final = Prepared(
    sa.select(
        sum(
            (
                sa.select(sa.func.count())
                .select_from(_by_word(kind, whole=False).order_by(None).subquery())
                .scalar_subquery()
                for kind in _PLACES
            ),
            start=sa.literal_column("0", sa.Integer),
        ).label("size")
    )
)


@lru_cache(None)
def _statement(leads: str, words: int) -> Prepared:
    """The columns of `Found`, then for each word and each kind of text whether the one explains the other."""
    others = range(1 if leads == "word" else 0, words)
    whole = bool(others)
    if leads == "word":
        branches = [_by_word(kind, whole=whole) for kind in _PLACES]
    else:
        branches = _by_index(f"{leads}_index", whole=whole)
    every = sa.union_all(*(sa.select(branch.subquery()) for branch in branches)).subquery()
    texts = {kind: every.c[kind.value] for kind in _PLACES} if whole else {}
    rank = sa.func.min(every.c.rank).label("rank")
    page = (
        sa.select(every.c.id, every.c.name, rank)
        .where(*(_fits_somehow(number, texts) for number in others))
        .group_by(every.c.id, every.c.name)
        .order_by(rank, every.c.name, every.c.id)
        .limit(sa.bindparam("limit"))
        .offset(sa.bindparam("skip"))
        .subquery()
    )
    explained = [
        _explains(kind, number, _TEXT[kind]).label(f"{kind.value}{number}")
        for number in range(words)
        for kind in _PLACES
    ]
    shown = (elders.c.id, elders.c.name, elders.c.sex, elders.c.born)
    where = (households.c.district, households.c.street, households.c.estate)
    return Prepared(
        sa.select(*shown, *where, *explained)
        .select_from(page.join(elders, elders.c.id == page.c.id).join(households))
        .order_by(page.c.rank, elders.c.name, elders.c.id)
    )


def _found(row: Mapping[Any, Any], leads: str, words: int) -> Found:
    by = {kind for number in range(words) for kind in _PLACES if row[f"{kind.value}{number}"]}
    return Found(
        elder=row["id"],
        name=row["name"],
        sex=row["sex"],
        born=row["born"],
        district=row["district"],
        street=row["street"],
        estate=row["estate"],
        by=tuple(kind for kind in MatchedBy if kind in by or kind == leads),
    )
