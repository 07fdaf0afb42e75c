"""Right, rejected or wrong: one clip's answer beside what was said, with and without the matching by sound."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.speech.clips import Clip
from ivr.intent_words import HELP, NAMES, UNCLEAR
from ivr.intents import Intents
from ivr.pinyin import as_heard, closest

#: These are hard for every recogniser, so that nobody is measured by them.
REPORTED_ONLY: Final = ("spliced",)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One clip and what was made of it. Phrases are "" for none, intents `unclear`."""

    clip: Clip
    heard: str
    phrase: str  #: what was heard, if it is a phrase as it stands
    matched: str  #: the phrase that sounds most like it
    meant: str  #: the intent of what was said
    intent: str  #: of what was heard, if it is a phrase as it stands
    understood: str  #: by the matching that the stories use

    @property
    def right(self) -> bool:
        return bool(self.clip.transcript) and self.phrase == as_heard(self.clip.transcript)

    @property
    def right_matched(self) -> bool:
        return bool(self.clip.transcript) and self.matched == as_heard(self.clip.transcript)

    def false_alarm(self, intent: str) -> bool:
        return intent == HELP and self.meant != HELP

    def missed_alarm(self, intent: str) -> bool:
        return intent != HELP and self.meant == HELP


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of clips. Of each pair the second is with the matching by sound."""

    kind: str
    clips: int
    right: tuple[int, int]
    rejected: tuple[int, int]
    wrong: tuple[int, int]
    with_intent: int  #: clips whose words mean something
    intent_right: tuple[int, int]
    character_errors: float  #: CER, of 1; rejections count as all characters lost
    false_alarms: tuple[int, int]
    missed_alarms: tuple[int, int]


class Judge:
    """Knows the phrases that were listened for and what they mean."""

    def __init__(self, intents: Intents, phrases: Sequence[str]) -> None:
        self._intents = intents
        self._phrases = {as_heard(phrase): phrase for phrase in phrases}

    def answer(self, clip: Clip, heard: str) -> Answer:
        said = as_heard(heard)
        as_it_stands = said if said in self._phrases else ""
        matched = closest(said, tuple(self._phrases)) if said else None
        return Answer(
            clip=clip,
            heard=heard,
            phrase=as_it_stands,
            matched=matched or "",
            meant=clip.intent or (self._meaning(clip.transcript) if clip.transcript else UNCLEAR),
            intent=self._meaning(as_it_stands) if as_it_stands else UNCLEAR,
            understood=self._meaning(heard) if heard else UNCLEAR,
        )

    def _meaning(self, words: str) -> str:
        return self._intents.understand(words, NAMES).intent


def rows(answers: Sequence[Answer]) -> list[Row]:
    """A row a kind, in the order of the clips."""
    return [row(kind, [each for each in answers if each.clip.kind == kind]) for kind in _kinds(answers)]


def row(kind: str, answers: Sequence[Answer]) -> Row:
    meaning = [each for each in answers if each.meant != UNCLEAR]
    return Row(
        kind=kind,
        clips=len(answers),
        right=_pair(answers, lambda each: each.right, lambda each: each.right_matched),
        rejected=_pair(answers, lambda each: not each.phrase, lambda each: not each.matched),
        wrong=_pair(
            answers,
            lambda each: bool(each.phrase) and not each.right,
            lambda each: bool(each.matched) and not each.right_matched,
        ),
        with_intent=len(meaning),
        intent_right=_pair(meaning, lambda each: each.intent == each.meant, lambda each: each.understood == each.meant),
        character_errors=character_error_rate((each.clip.transcript, each.heard) for each in answers),
        false_alarms=_pair(
            answers, lambda each: each.false_alarm(each.intent), lambda each: each.false_alarm(each.understood)
        ),
        missed_alarms=_pair(
            answers, lambda each: each.missed_alarm(each.intent), lambda each: each.missed_alarm(each.understood)
        ),
    )


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Characters to change, add or leave out, over those that were said; 0 where nothing was to be said."""
    errors = said = 0
    for transcript, heard in pairs:
        if transcript:
            errors += edits(as_heard(transcript), as_heard(heard))
            said += len(as_heard(transcript))
    return errors / said if said else 0.0


def edits(a: str, b: str) -> int:
    """Levenshtein's distance."""
    before = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        now = [i]
        for j, right in enumerate(b, 1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (left != right)))
        before = now
    return before[-1]


def fewer_right(bare: Sequence[Row], ours: Sequence[Row]) -> list[str]:
    """Kinds of which ours has fewer right than the bare recogniser, those aside that are reported only."""
    by_kind = {each.kind: each for each in bare}
    return [
        f"{each.kind}: {each.right[1]} right, the bare recogniser {by_kind[each.kind].right[0]}"
        for each in ours
        if each.kind not in REPORTED_ONLY and each.right[1] < by_kind[each.kind].right[0]
    ]


def _pair(
    answers: Collection[Answer], plain: Callable[[Answer], bool], matched: Callable[[Answer], bool]
) -> tuple[int, int]:
    return sum(map(plain, answers)), sum(map(matched, answers))


def _kinds(answers: Sequence[Answer]) -> list[str]:
    return list(dict.fromkeys(each.clip.kind for each in answers))
