"""What a refused command says to the agent who gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from callcenter.console.house import Visit

_SAID: Final[Mapping[str, str]] = {
    "AgentBusy": "您的电话正在振铃或通话中。",
    "AgentNotFree": "对方现在不空闲。",
    "AgentUnknown": "没有这个分机的坐席。",
    "ActionRefused": "电话系统拒绝了这个操作。",
    "AsteriskAway": "电话系统没有应答。",
    "ChangedMeanwhile": "刚刚被别人改动，请再试一次。",
    "ChecklistUnfinished": "这个处置结果的核对项还没有全部勾选。",
    "DispositionUnknown": "没有这个处置结果。",
    "ElderConnected": "她正在通话中，不用回拨。",
    "EmergencyClosed": "这起警情已经结案。",
    "EmergencyNotYours": "这起警情不在您手上。",
    "EmergencyOpen": "这起警情没有结案，或者这位老人另有一起警情没有结案。",
    "EmergencyTaken": "已被别人接起。",
    "EmergencyUnattended": "现在没有人在处置这起警情。",
    "EmergencyUnknown": "没有这起警情。",
    "NobodyTookOver": "您选的接手人没有进入过这次通话。确实已经交接，请用下面的红色按钮确认。",
    "NobodyToInvite": "没有可以呼叫的号码：档案里没有联系人，或没有配置120线路。",
    "NotWhileStorageAway": "数据库暂时不可用，现在不能保存；警情仍然保留。",
    "OwnTalk": "这是您自己的通话。",
    "ReasonMissing": "请填写原因，1至200个字。",
    "StorageAway": "数据库暂时不可用。",
    "TookTooLong": "没有及时完成，请看队列里的最新状态。",
}
_OTHERWISE: Final = "没有完成这个操作。"


def refusal_text(visit: Visit, refused: str) -> str:
    """In the page's language."""
    return visit.language.t(_SAID.get(refused, _OTHERWISE))
