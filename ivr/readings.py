"""What a synthesiser reads wrongly, written so that it reads it rightly: letters, surnames, words with two readings.

Only the voice gets this; espeak-ng 1.51 was listened to (its phonemes read) for each of them.
"""

from __future__ import annotations

import re
from typing import Final

#: As letters are called in China. espeak-ng takes a word of letters for English, and a single one for pinyin.
LETTERS: Final = {
    "A": "诶", "B": "毕", "C": "西", "D": "迪", "E": "伊", "F": "艾弗", "G": "吉", "H": "艾池", "I": "艾", "J": "杰",
    "K": "开", "L": "艾勒", "M": "艾姆", "N": "恩", "O": "欧", "P": "批", "Q": "丘", "R": "阿", "S": "艾斯", "T": "替",
    "U": "优", "V": "威", "W": "达不溜", "X": "艾克斯", "Y": "外", "Z": "贼",
}  # fmt: skip

#: Surnames that are read otherwise than the same character elsewhere.
_SURNAMES: Final = {
    "尉迟": "玉池", "万俟": "末齐", "单": "善", "仇": "求", "区": "欧", "解": "谢", "任": "仁", "曾": "增", "查": "渣",
    "朴": "瓢", "乐": "月", "翟": "宅", "燕": "烟", "华": "话", "盖": "葛", "缪": "妙",
}  # fmt: skip
#: Where a name stands: after a stop, and before what our sentences say after one.
_NAMED: Final = re.compile(
    rf"(?:^|(?<=[。：，！？（]))(?P<surname>{'|'.join(_SURNAMES)})"
    r"(?=[\u4e00-\u9fff]{1,2}(?:，[男女]|，您好|，电话|正在紧急求助|请按))"
)

#: Words in which espeak-ng 1.51 takes the wrong one of two readings; on the right, others that sound as they should.
_WORDS: Final = {
    "大夫": "代夫", "重阳": "崇阳", "重庆": "崇庆", "重新": "崇新", "重复": "崇复", "重建": "崇建", "睡觉": "睡叫",
    "午觉": "午叫", "音乐": "音月", "咳嗽": "壳嗽", "腰椎": "腰追", "颈椎": "颈追", "胸椎": "胸追", "人参": "人深",
    "阿胶": "婀胶", "落枕": "烙枕", "着凉": "招凉", "着急": "招急", "睡着": "睡招", "暖和": "暖活", "弹性": "谈性",
    "调理": "条理", "调解": "条解", "会计": "快计", "出差": "出拆", "目的": "目帝", "还钱": "环钱", "薄弱": "驳弱",
    "厦门": "下门", "番禺": "潘禺", "蚌埠": "泵布", "六安": "陆安", "台州": "胎州", "成都": "成嘟", "都江堰": "嘟江堰",
    "大栅栏": "大石烂", "了解": "瞭解",
    # these it says one and a half times
    "冠心病": "关心病", "胰岛素": "胰捣素", "呕吐": "偶吐", "肋骨": "累骨",
}  # fmt: skip
#: 地 as in 地址, which it takes for the particle.
_GROUND: Final = re.compile("地(?=[址铁下方面上点区图段板毯平])|(?<=[工当土各本外场])地")
_WORD: Final = re.compile("|".join(_WORDS))
#: A word of small letters may be a name in pinyin or English; longer ones are left to the synthesiser.
_SPELLED: Final = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]{1,3}|[A-Z]{4,8})(?![A-Za-z])")


def readable(text: str) -> str:
    """The text with such letters, names and words replaced. Idempotent."""
    text = _NAMED.sub(lambda found: _SURNAMES[found["surname"]], text)
    text = _WORD.sub(lambda found: _WORDS[found[0]], _GROUND.sub("帝", text))
    return _SPELLED.sub(lambda found: "".join(LETTERS[letter] for letter in found[0].upper()), text)
