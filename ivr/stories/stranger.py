"""Who is it, when the line is unknown or several people's: she says so herself. Nobody is guessed, ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from callcenter.domain.people import Elder, Identity, Profile
from callcenter.errors import NeedsHuman, VoiceAway
from callcenter.services.who_calls import elders_with_last_four
from ivr.dialogue import Ask, Dialogue

_TWO_CHARACTERS: Final = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "司徒",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
    "东方",
)
_TITLES: Final = {"女": "女士", "男": "先生"}


async def who_is_it(dialogue: Dialogue, identity: Identity) -> Profile:
    """The elder: the only one it can be, or the one she names. Raises `NeedsHuman` in doubt.

    On her own line people are named in full. Who rings from elsewhere tells the last four digits of her number, and
    hears no more than a surname: anybody may dial four digits.
    """
    if identity.profile is not None:
        return identity.profile
    if identity.candidates:
        return await _which_of(dialogue, identity.candidates, [each.elder.name for each in identity.candidates])
    found = await elders_with_last_four(dialogue.desk, await _last_four(dialogue))
    return await _which_of(dialogue, found, [_addressed(each.elder) for each in found])


async def _last_four(dialogue: Dialogue) -> str:
    intents = tuple(f"digit_{digit}" for digit in range(10))
    return (await dialogue.ask(Ask(name="last_four", prompts=("ask_last_four",), intents=intents, digits=4))).meaning


async def _which_of(dialogue: Dialogue, candidates: Sequence[Profile], names: Sequence[str]) -> Profile:
    """Also for a single one: that four digits fit is not enough."""
    at_most = dialogue.desk.config.dialogue.choices_at_most
    if not 0 < len(candidates) <= at_most or len(set(names)) < len(names):
        raise NeedsHuman("who: cannot be told apart" if candidates else "who: unknown")
    by_key = {str(key): profile for key, profile in enumerate(candidates, start=1)}
    try:
        spoken = [
            await dialogue.spoken("which_of", name=name, key=key) for key, name in zip(by_key, names, strict=True)
        ]
    except VoiceAway as away:
        raise NeedsHuman("who: names cannot be spoken") from away
    ask = Ask(
        name="who",
        prompts=("ask_name", *(file for files in spoken for file in files), "which_of_none"),
        keys={key: key for key in by_key},
        phrases=dict(zip(names, by_key, strict=True)),
    )
    key = (await dialogue.ask(ask)).meaning
    await _greet(dialogue, names[int(key) - 1])
    chosen = by_key[key]
    dialogue.answers[-1] = f"{ask.name}: elder:{chosen.elder.id}"
    return chosen


async def _greet(dialogue: Dialogue, name: str) -> None:
    """She hears whom we take her for, and may still say no when her order is read back."""
    try:
        await dialogue.call.say(*await dialogue.spoken("hello_name", name=name))
    except VoiceAway:
        return


def _addressed(elder: Elder) -> str:
    """Surname and title."""
    surname = elder.name[:2] if elder.name.startswith(_TWO_CHARACTERS) else elder.name[:1]
    return surname + _TITLES.get(elder.sex, "老人")
