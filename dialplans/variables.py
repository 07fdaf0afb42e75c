"""Every name that Python and the dialplan share: channel variables, contexts, AstDB families, events.

The templates in `dialplans/templates` get these names as values, so each is written down once.
"""

from __future__ import annotations

from typing import Final

# Channel variables (see docs/architecture.md, "What a channel carries").
EMERGENCY: Final = "CC_EMERGENCY"  #: id of the emergency this channel belongs to; in manager.conf's channelvars
ROOM: Final = "CC_ROOM"  #: conference this channel belongs to; in channelvars
ROLE: Final = "CC_ROLE"  #: a `callcenter.domain.calls.Role`; in channelvars
TARGET: Final = "CC_TARGET"  #: who was rung, e.g. an agent's id; in channelvars
DONE: Final = "CC_DONE"  #: next dialplan step, set by Python at a story's orderly end; empty means fallback
ENTRY: Final = "CC_ENTRY"  #: AstDB key of this channel's entry mark
ASK: Final = "CC_ASK"  #: sound file of the question put to a contact or standby phone
SHEET: Final = "CC_SHEET"  #: sound file of the 120 hand-over sheet
JOIN: Final = "CC_JOIN"  #: "1" for somebody the agent invited: joins the room, claims nothing
SILENT: Final = "cc/silent"  #: AstDB family: rooms whose elder has not made a sound
KEY: Final = "CC_KEY"  #: how the call came in: a `callcenter.domain.calls.Key`
ACCOUNT: Final = "CC_ACCOUNT"  #: SIP account the call came from; "" on a trunk
PING: Final = "CC_PING"  #: which of the doctor's questions this channel carries
SAID: Final = "CC_SAID"  #: sound files that a room is told
WATCHED: Final = "CC_WATCHED"  #: channel of the agent to whom a supervisor listens
WATCH: Final = "CC_WATCH"  #: how: an extension of CONTEXT_WATCH
PLACE: Final = "CC_PLACE"  #: where the elder's channel is: wait, room, fallback or goodbye

# Recording a prompt by telephone.
SAY: Final = "CC_SAY"  #: sound files of the sentence to be read aloud
TAKE: Final = "CC_TAKE"  #: where what was read is written, without its ending
TAKE_SECONDS_AT_MOST: Final = 12  #: a prompt has 8, and silence at both ends is cut
TAKES_AT_MOST: Final = 5
RECORD_ANSWER_SECONDS: Final = 8  #: for a key after the playback
RECORD_SECONDS_AT_MOST: Final = 180  #: the whole call

# The roles a channel can have in a room.
ROLE_ELDER: Final = "elder"
ROLE_AGENT: Final = "agent"
ROLE_STANDBY: Final = "standby"
ROLE_CONTACT: Final = "contact"
ROLE_DISPATCHER: Final = "dispatcher"
ROLE_SUPERVISOR: Final = "supervisor"  #: listens; in a room she is an agent like any other

# What DONE may say. Only GOODBYE hangs an elder up.
DONE_ROOM: Final = "room"
DONE_GOODBYE: Final = "goodbye"
DONE_WAIT: Final = "wait"
DONE_CLAIM: Final = "claim"
DONE_REFUSED: Final = "refused"

# Stories: the last part of an agi:// address.
STORY_RED: Final = "red_key"  #: arguments: emergency, key, account, entry
STORY_GREEN: Final = "service"  #: the same
STORY_LANDLINE: Final = "landline"  #: the same
STORY_ASKED: Final = "contact_asked"  #: arguments: emergency, role, target
STORY_DISPATCHER: Final = "dispatcher_120"  #: the same
STORY_AGENT_PHONE: Final = "agent_phone"  #: arguments: the phone's SIP account, what it dialled
STORY_CHECK_IN: Final = "check_in"  #: arguments as of the red key; the entry is the leg's own id
STORY_CHECK_IN_CONTACT: Final = "check_in_contact"  #: the same, with nothing but the leg's id
STORY_PING: Final = "ping"  #: no arguments; says DONE_GOODBYE, so that `callcenter doctor` sees the way to Python
STORY_ROOM_KEY: Final = "room_key"  #: arguments: emergency, one of the wishes below, the disposition's digit

# What an agent may wish for by keys in the room.
DISPOSE: Final = "dispose"
INVITE_CONTACT: Final = "invite_contact"
INVITE_DISPATCH: Final = "invite_120"

# What an agent's phone may dial.
AGENT_OFFLINE: Final = "80"
AGENT_ONLINE: Final = "81"
AGENT_BREAK: Final = "82"

# Contexts.
CONTEXT_PAGER: Final = "from-pager"
CONTEXT_LANDLINE: Final = "from-landline"
CONTEXT_TRUNK: Final = "from-trunk"
CONTEXT_AGENT_PHONE: Final = "from-agent"
CONTEXT_ELDER: Final = "cc-elder"  #: the elder's channel: extensions start, wait, room, fallback, goodbye
CONTEXT_ELDER_SOUND: Final = "cc-elder-sound"  #: a subroutine: her recording, and a word when she makes a sound
CONTEXT_OFFER: Final = "cc-offer"  #: an agent's own phone answered: the claim
CONTEXT_TAKE_OVER: Final = "cc-take-over"  #: the same of a colleague to whom an agent transfers her elder
CONTEXT_ASK: Final = "cc-ask"  #: any other phone answered: claims by pressing 1
CONTEXT_DISPATCH: Final = "cc-dispatch"  #: 120 answered: hears the sheet, then joins
CONTEXT_CALL_BACK: Final = "cc-call-back"  #: an elder answered our call-back
CONTEXT_CHECK_IN: Final = "cc-check-in"  #: an elder answered her daily call
CONTEXT_CHECK_IN_CONTACT: Final = "cc-check-in-contact"  #: a contact of hers, because she did not
CONTEXT_SAYING: Final = "cc-saying"  #: a sentence into a room: extension voice speaks, room is where it is heard
CONTEXT_WATCH: Final = "cc-watch"  #: a supervisor's own phone answered: extensions listen, whisper, join
CONTEXT_PING: Final = "cc-ping"  #: where `callcenter doctor` has Asterisk ask Python for a sign of life
CONTEXT_RECORD: Final = "cc-record"  #: an agent's phone on which a prompt is read aloud
LEG_GROUP: Final = "cc_leg"  #: category of GROUP(): a room and what rings for it; the fallback rings no leg twice
CONTEXT_LEG_MARK: Final = "cc-fallback-mark"  #: runs on a leg before it rings: the fallback rings no leg twice

# AstDB families.
DB_ENTRY: Final = "cc/entry"  #: marks of red keys that Python has not yet committed

# UserEvents the dialplan sends.
EVENT_CLAIMED: Final = "CCClaimed"  #: Room, Emergency, Role, Target, Uniqueid of the responder that won
EVENT_LATE: Final = "CCLate"  #: a responder answered after another had claimed
EVENT_REFUSED: Final = "CCRefused"  #: somebody asked said no, pressed nothing, or was a machine
EVENT_SHEET: Final = "CCSheet"  #: the sheet was spoken; Times
EVENT_PING: Final = "CCPing"  #: Id, as given in PING; Done, what Python said
EVENT_RECORDED: Final = "CCRecorded"  #: Id, as given in PING; Kept, "1" or "0"
EVENT_STEP: Final = "CCStep"  #: the fallback did something; What


def together(files: tuple[str, ...]) -> str:
    """Several sound files in one channel variable, the way Playback() takes them."""
    return "&".join(files)


def apart(value: str) -> tuple[str, ...]:
    """The files of such a variable."""
    return tuple(file for file in value.split("&") if file)
