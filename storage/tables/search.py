"""By which words a name, a street or an estate is found.

A row belongs to a text and to no elder: as many as texts differ, never wrong, and never in need of being deleted. A
text that nobody has any more finds nobody.
"""

from __future__ import annotations

import sqlalchemy as sa

from callcenter.domain.search import LONGEST
from storage.tables.naming import metadata

#: Compared byte by byte on either database, so that a beginning is a range of the index.
WORD = sa.String(LONGEST).with_variant(sa.String(LONGEST, collation="C"), "postgresql")

search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("word", WORD, primary_key=True),
    sa.Column("text", sa.Text, primary_key=True),
    sa.Index("ix_search_words_text", "kind", "text", "word"),
)
