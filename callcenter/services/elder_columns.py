"""The columns of a list of elders: their headings in both languages, and how long a cell may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONTACTS: Final = 3  #: contacts a row has room for
CONTACT_FIELDS: Final = ("name", "role", "number", "has_key")


@dataclass(frozen=True, kw_only=True)
class Column:
    key: str
    headings: tuple[str, ...]  #: the first one is written at export; all are read, in any case
    longest: int = 40  #: characters


def _column(key: str, chinese: str, english: str, longest: int = 40) -> Column:
    return Column(key=key, headings=(*chinese.split("/"), english, key), longest=longest)


def _contact_columns(number: int) -> tuple[Column, ...]:
    return (
        _column(f"contact{number}_name", f"联系人{number}姓名/联系人{number}", f"contact {number} name", 60),
        _column(f"contact{number}_role", f"联系人{number}关系", f"contact {number} role"),
        _column(f"contact{number}_number", f"联系人{number}电话", f"contact {number} number"),
        _column(f"contact{number}_has_key", f"联系人{number}有钥匙", f"contact {number} has key"),
    )


COLUMNS: Final = (
    _column("name", "姓名/老人姓名", "name", 60),
    _column("sex", "性别", "sex"),
    _column("born", "出生日期/生日", "born"),
    _column("identity_number", "身份证号/身份证号码/证件号码", "identity number"),
    _column("landline", "固定电话/座机", "landline", 200),
    _column("mobile", "手机/手机号", "mobile", 200),
    _column("account", "呼叫器账号/设备账号", "pager account", 200),
    _column("district", "区/区县", "district"),
    _column("street", "街道/街道门牌", "street", 100),
    _column("estate", "小区", "estate", 100),
    _column("building", "楼栋/楼号", "building"),
    _column("door", "门牌/房号", "door"),
    _column("landmark", "标志物/地标", "landmark", 200),
    _column("access", "进门方式", "access", 500),
    _column("illness", "病史/疾病", "illness", 1000),
    _column("medicines", "用药", "medicines", 1000),
    _column("allergies", "过敏/过敏史", "allergies", 1000),
    _column("dialect", "方言", "dialect"),
    _column("needs", "所需技能/需要", "needs", 200),
    _column("how_to_talk", "沟通方式/沟通注意", "how to talk", 500),
    _column("ladder", "升级方案", "ladder"),
    _column("instructions", "约定/家属嘱托", "instructions", 1000),
    *(column for number in range(1, CONTACTS + 1) for column in _contact_columns(number)),
)

COLUMN_BY_KEY: Final = {column.key: column for column in COLUMNS}
_KEY_BY_HEADING: Final = {heading.casefold(): column.key for column in COLUMNS for heading in column.headings}


def key_of(heading: str) -> str | None:
    """Which column a heading means, or None."""
    return _KEY_BY_HEADING.get(plain_heading(heading))


def plain_heading(heading: str) -> str:
    return " ".join(heading.split()).casefold()
