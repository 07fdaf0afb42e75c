"""Where an elder is in life, and what she has agreed to. Standard library only."""

from __future__ import annotations

from enum import StrEnum


class ElderStatus(StrEnum):
    """状态. Whoever is not at home is not called in the morning; a key that is pressed counts all the same."""

    AT_HOME = "at_home"  #: 在家
    HOSPITAL = "hospital"  #: 住院
    AWAY = "away"  #: 外出
    MOVED = "moved"  #: 迁出
    DECEASED = "deceased"  #: 已故: with its date, and how we know


class Purpose(StrEnum):
    """同意事项: what she is asked about. Not asked is neither yes nor no."""

    DAILY_CALLS = "daily_calls"  #: 平安问候; a no ends planning and dialling
    TRANSCRIPT = "transcript"  #: 语音转写; a no ends listening along
    PHOTO = "photo"  #: 保存照片; a no refuses an upload
    HEALTH_TO_FAMILY = "health_to_family"  #: 向家属告知健康情况: for the agent who talks with them
