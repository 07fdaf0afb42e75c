"""How a text is said in Mandarin on the telephone, so that nobody has to ask again.

Numbers of telephones and rooms are read figure by figure with 幺 for 1; houses, ages, times, doses, money and the like
as numbers. Pure; the text on the screen stays as it was written, only the voice gets this.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from ivr.readings import readable

Found = re.Match[str]

_FIGURES: Final = "零一二三四五六七八九"
_EMERGENCY_NUMBERS: Final = "110|112|119|120|122|12110|12320|12345|12348|12349|12395|999"

_UNITS: Final = {
    "mmol/l": "毫摩尔每升", "mmhg": "毫米汞柱", "mg": "毫克", "ug": "微克", "μg": "微克", "µg": "微克", "ml": "毫升",
    "kg": "公斤", "km": "公里", "cm": "厘米", "mm": "毫米", "iu": "国际单位", "℃": "摄氏度", "°c": "摄氏度", "g": "克",
    "l": "升", "m": "米", "u": "单位", "h": "小时", "min": "分钟", "㎡": "平方米", "m²": "平方米", "kcal": "千卡",
}  # fmt: skip

#: After these, 2 is 两 and a figure is a number, however long.
_COUNTED: Final = (
    "个|片|粒|颗|次|天|周岁|岁|周|位|名|人|元|块|年(?!级|代|款)|小时|分钟|平方米|平米|米|公里|公斤|斤|克|毫克|毫升|升|"
    "盒|瓶|袋|支|针|滴|包|倍|口|扇|把|条|台|部|遍|种|层楼|句|步|秒|单位|厘米|万|亿|千|顿|餐|份|碗|杯|件|张|只|双|套|间|"
    "家|辆|趟|回|晚|例|通|场|项|道|根|户人|张床"
)
#: After these it is a number as well, and 2 stays 二.
_NUMBERED: Final = "月|日|号|度|级|期|路|街|栋|幢|座|楼|层|单元|组|队|弄|巷|村|区|门|排|院|点|时|分|床|摄氏度|毫米汞柱"


def spoken(text: str) -> str:
    """The text with every figure, unit, sign between figures and letter as the words to be said. Idempotent."""
    text = "".join(unicodedata.normalize("NFKC", c) if _is_wide(c) else c for c in text)
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    for pattern, said in _RULES:
        text = pattern.sub(said, text)
    return readable(text)


def _is_wide(character: str) -> bool:
    """Figures, letters and signs of a Chinese keyboard that mean the same as the narrow ones."""
    return "！" <= character <= "～" and (character.isalnum() or character in "％＃＊￥＋－／．")


def figure_by_figure(figures: str) -> str:
    """As telephone numbers are read, 1 as 幺; anything that is not a figure is left out."""
    return "".join("幺" if figure == "1" else _FIGURES[int(figure)] for figure in figures if figure.isdecimal())


def telephone(number: str) -> str:
    """A telephone number in groups that can be written down while they are heard: 3-4-4, area code first."""
    figures = re.sub(r"\D", "", re.sub(r"^(\+|00)86", "", number))
    if re.fullmatch(r"1\d{10}", figures):
        groups = [figures[:3], figures[3:7], figures[7:]]
    elif re.fullmatch(r"[48]00\d{7}", figures):
        groups = [figures[:3], figures[3:6], figures[6:]]
    elif found := re.fullmatch(r"(01\d|02\d|0\d{3})?(\d{3,4})(\d{4})", figures):
        groups = [group for group in found.groups() if group]
    else:
        groups = [figures[start : start + 4] for start in range(0, len(figures), 4)]
    return "，".join(figure_by_figure(group) for group in groups)


def number(figures: str, *, counted: bool = False) -> str:
    """A whole number or a decimal fraction as a number: 105 一百零五, 0.5 零点五. `counted`: 2 is 两, 2000 两千."""
    whole, _, fraction = figures.partition(".")
    if fraction:
        return f"{number(whole)}点{''.join(_FIGURES[int(figure)] for figure in fraction)}"
    value = int(whole)
    if counted and value == 2:
        return "两"
    if value >= 10**8:
        return "".join(_FIGURES[int(figure)] for figure in whole)
    high, low = divmod(value, 10_000)
    if not high:
        said = _below_ten_thousand(low)
    else:
        bridge = "零" if 0 < low < 1000 else ""
        rest = _below_ten_thousand(low) if low else ""
        said = f"{_below_ten_thousand(high)}万{bridge}{'一' if rest.startswith('十') else ''}{rest}"
    return re.sub("^二(?=[千万])", "两", said) if counted else said


def _below_ten_thousand(value: int) -> str:
    if value < 10:
        return _FIGURES[value]
    said, gap = "", False
    for size, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure, value = divmod(value, size)
        if figure:
            said += ("零" if gap else "") + _FIGURES[figure] + word
            gap = False
        elif said:
            gap = True
    return said.removeprefix("一") if said.startswith("一十") else said


def _year(figures: str) -> str:
    return "".join(_FIGURES[int(figure)] for figure in figures)


def _date(found: Found) -> str:
    day = f"{number(found['day'])}日" if found["day"] else ""
    return f"{_year(found['year'])}年{number(found['month'])}月{day}"


def _time(found: Found) -> str:
    hour, minute = int(found["hour"]), int(found["minute"])
    said = "整" if not minute else f"零{number(str(minute))}分" if minute < 10 else f"{number(str(minute))}分"
    return f"{number(str(hour), counted=True)}点{said}"


def _house(found: Found) -> str:
    """3 号楼 as a number, 101 号楼 figure by figure, as the gate keeper says it."""
    figures = found["figures"]
    return (figure_by_figure(figures) if len(figures) > 2 else number(figures)) + found["what"]


def _room(found: Found) -> str:
    figures = found["figures"]
    return (figure_by_figure(figures) if len(figures) > 2 else number(figures)) + found["after"]


def _chain(found: Found) -> str:
    """3-2-501: house, unit, room."""
    parts = found.group().split("-")
    return "杠".join(figure_by_figure(part) if len(part) > 2 else number(part) for part in parts)


def _ratio(found: Found) -> str:
    upper, lower = found["upper"], found["lower"]
    if len(upper) > 1 and len(lower) > 1:  # blood pressure
        return f"{number(upper)}，{number(lower)}" + ("毫米汞柱" if found["unit"] else "")
    return f"{number(lower)}分之{number(upper)}"


def _with_unit(found: Found) -> str:
    return number(found["figures"], counted=True) + _UNITS[found["unit"].lower()]


def _money(found: Found) -> str:
    """12.50 元 is 十二元五角."""
    yuan, cents = found["yuan"], (found["cents"] or "").ljust(2, "0")
    jiao, fen = cents[0], cents[1]
    said = f"{number(yuan, counted=True)}元" if int(yuan) or jiao + fen == "00" else ""
    if jiao != "0":
        said += f"{number(jiao, counted=True)}角"
    elif fen != "0" and said:
        said += "零"
    return said + (f"{number(fen, counted=True)}分" if fen != "0" else "")


def _keys(found: Found) -> str:
    """A code and its last key, as a door wants them."""
    key = {"#": "井号", "*": "星号"}[found["key"]]
    return found["before"] + figure_by_figure(found["figures"]) + key


def _plain(found: Found) -> str:
    """What nothing around it explains: short is a number, long is read out."""
    figures = found.group()
    if "." in figures or (len(figures) <= 3 and not figures.startswith("0")):
        return number(figures)
    return figure_by_figure(figures) if len(figures) < 7 else telephone(figures)


def _rule(pattern: str, said: Callable[[Found], str] | str) -> tuple[re.Pattern[str], Callable[[Found], str] | str]:
    return re.compile(pattern, re.IGNORECASE), said


_N: Final = r"(?P<figures>(?<![\d.])\d+(?:\.\d+)?)"
_SAID: Final = "零一二两三四五六七八九十"
_UNIT: Final = rf"(?:{'|'.join(re.escape(unit) for unit in _UNITS)})(?![a-z])"

#: In this order; what one has read, the next no longer sees.
_RULES: Final = (
    _rule(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)[-/.](?P<month>1[0-2]|0?[1-9])[-/.](?P<day>3[01]|[12]\d|0?[1-9])(?!\d)", _date
    ),
    _rule(
        r"(?<!\d)(?P<year>\d{4})年(?:(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号])?)?",
        lambda found: _date(found) if found["month"] else f"{_year(found['year'])}年",
    ),
    _rule(r"(?<=\d),(?=\d{3}(?!\d))", ""),
    _rule(r"(?<=\d) ?[×x*] ?(?=\d)", "乘"),
    _rule(r"(?P<before>(?:密码|输入|按)[是：为 ]{0,3})(?P<figures>\d*)(?P<key>[#*])", _keys),
    _rule(r"(?<![\d:])(?P<hour>2[0-4]|[01]?\d):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])", _time),
    _rule(r"(?<!\d)(?P<hour>2[0-3]|[01]?\d)点(?P<minute>[0-5]\d)分", _time),
    _rule(r"(?<!\d)2点", "两点"),
    _rule(r"\+86[- ]?(?=\d)", ""),
    _rule(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", lambda found: telephone(found.group())),
    _rule(r"(?<!\d)0\d{2,3}[- ]?[2-9]\d{6,7}(?!\d)", lambda found: telephone(found.group())),
    _rule(r"(?<!\d)[48]00[- ]?\d{3}[- ]?\d{4}(?!\d)", lambda found: telephone(found.group())),
    _rule(r"(?<!\d)\d{7,}(?!\d| ?[元块人步])", lambda found: telephone(found.group())),
    _rule(r"[¥￥] ?(?P<yuan>\d{1,8})(?:\.(?P<cents>\d{1,2}))?(?![\d.万亿])(?: ?[元块])?", _money),
    _rule(r"(?<![\d.])(?P<yuan>\d{1,8})\.(?P<cents>\d{1,2}) ?元", _money),
    _rule(
        r"[¥￥] ?(?P<figures>\d+(?:\.\d+)?)(?P<size>[万亿]) ?元?",
        lambda found: f"{number(found['figures'])}{found['size']}元",
    ),
    _rule(
        rf"(?<![\d\u4e00-\u9fff])[-－−]{_N} ?(?P<what>℃|°C|摄氏度|度)",
        lambda found: f"零下{number(found['figures'])}{_UNITS.get(found['what'].lower(), found['what'])}",
    ),
    _rule(
        r"(?<=[温至到为])[-－−]" + _N + r" ?(?P<what>℃|°C|摄氏度|度)",
        lambda found: f"零下{number(found['figures'])}{_UNITS.get(found['what'].lower(), found['what'])}",
    ),
    _rule(rf"{_N} ?%", lambda found: f"百分之{number(found['figures'])}"),
    _rule(rf"{_N} ?‰", lambda found: f"千分之{number(found['figures'])}"),
    _rule(r"第 ?(?P<figures>\d{1,6})", lambda found: f"第{number(found['figures'])}"),
    _rule(
        r"(?<!\d)(?P<rooms>\d)室(?P<halls>\d)厅",
        lambda found: f"{number(found['rooms'], counted=True)}室{number(found['halls'], counted=True)}厅",
    ),
    _rule(r"(?<![\d-])\d{1,4}-\d{1,2}-\d{3,4}(?![\d-])", _chain),
    _rule(r"(?<![\d/])(?P<upper>\d{1,3})/(?P<lower>\d{1,3})(?P<unit> ?mmHg)?(?![\d/])", _ratio),
    _rule(
        rf"(?<![\d.])(?P<low>\d{{1,5}}(?:\.\d+)?) ?[-~～—至到]+ ?(?P<high>\d{{1,5}}(?:\.\d+)?)"
        rf"(?= ?(?:{_COUNTED}|{_NUMBERED}|{_UNIT}))",
        lambda found: f"{number(found['low'])}到{found['high']}",
    ),
    _rule(rf"{_N} ?(?P<unit>{_UNIT})", _with_unit),
    _rule(r"(?<![\d.-])\d{1,3}-\d{3,4}(?![\d-])", _chain),
    _rule(r"(?<![\d.])(?P<figures>\d{1,4})(?:#|＃)(?=[楼栋幢])", lambda found: f"{number(found['figures'])}号"),
    _rule(r"(?<![\d.])(?P<figures>\d{1,4})(?:#|＃)", lambda found: f"{number(found['figures'])}号"),
    _rule(r"(?<![\d.])(?P<figures>\d{1,4}) ?(?P<what>号楼|号院|栋|幢|号门)", _house),
    _rule(r"(?<![\d.])(?P<figures>\d{1,4}) ?(?P<after>室|房间|房|号房|户)", _room),
    _rule(r"(?<=单元)(?P<figures>\d{1,4})(?P<after>号?)(?!\d)", _room),
    _rule(r"(?<=[层楼栋幢座门])(?P<figures>\d{3,4})(?P<after>)(?!\d)", _room),
    _rule(rf"{_N} ?(?P<what>{_COUNTED})", lambda found: number(found["figures"], counted=True) + found["what"]),
    _rule(rf"(?<!\d)(?P<figures>{_EMERGENCY_NUMBERS})(?!\d)", lambda found: figure_by_figure(found["figures"])),
    _rule(rf"{_N} ?(?P<what>{_NUMBERED})", lambda found: number(found["figures"]) + found["what"]),
    _rule(r"\d+(?:\.\d+)?", _plain),
    _rule(r"(?<=[次克升片粒元]) ?/ ?(?=[分天日小周次公晚早月年人])", "每"),
    _rule(rf"(?<=[{_SAID}百千万分整升克度天岁日号元点月时角周年]) ?[-~～—]+ ?(?=[{_SAID}百]|千分)", "到"),
)
