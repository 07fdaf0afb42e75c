"""When somebody speaks, told within a fifth of a second, beside noise and the echo of what is being played. Pure.

Works on frames of 20 ms and on levels in dBFS. Four questions, the cheap ones first: is it louder than the line's noise
and than the echo of what was played lately; does its loudness change, as no tone's does; is it a voice; does its
loudness not just follow the played sound's.
"""

from __future__ import annotations

from collections import deque
from itertools import islice, pairwise
from statistics import fmean, pstdev
from typing import Final

from ivr.ears.audiosocket import FRAME_SECONDS
from ivr.ears.loudness import SILENT_DBFS, dbfs, is_voice, samples_of

#: The noise of the line is what the quietest tenth of the last three seconds stays below.
_NOISE_FRAMES: Final = 150
_NOISE_SHARE: Final = 0.1
#: Until a second is known, no noise is taken to be louder: the first sound may be her voice.
_NOISE_KNOWN_FRAMES: Final = 50
_NOISE_AT_FIRST_DBFS: Final = -45.0
_OVER_NOISE_DB: Final = 9.0
#: Nobody who wants to be heard is quieter than this on a telephone.
_QUIETEST_DBFS: Final = -48.0

#: So many loud frames among the last ones open the gate: 0.14 s among 0.2 s. A click or a knock has fewer.
_LOUD_FRAMES: Final = 7
_AMONG_FRAMES: Final = 10
_VOICE_FRAMES: Final = 3  #: among the loud ones
#: A dial tone, a busy tone and hum repeat themselves as a voice does, but keep their loudness: at most when they begin
#: and when they end two frames differ by more. Of 123 recorded voices this makes two later, by one frame.
_CHANGES: Final = 3
_CHANGES_DB: Final = 0.5

#: Echo comes back within half a second: buffers of the telephone, the air, the network.
_ECHO_FRAMES: Final = 25
_OVER_ECHO_DB: Final = 4.0
#: The echo's level against the played one: what is taken for granted, and from where it is looked for.
_ECHO_AT_FIRST_DB: Final = -14.0
_ECHO_KNOWN_FRAMES: Final = 10
_ECHO_REMEMBERED_FRAMES: Final = 50
#: A frame teaches echo only after it has turned out not to be the beginning of speech.
_TEACHES_AFTER_FRAMES: Final = 15
_PLAYED_DBFS: Final = -40.0  #: what is played below this teaches nothing
#: Levels that keep so close to the played ones are their echo. A voice over a prompt differs by 8 dB and more.
_FOLLOWS_WITHIN_DB: Final = 3.0
_FOLLOWED_FRAMES: Final = 14
_PRE_ECHO_FRAMES: Final = _ECHO_FRAMES + _FOLLOWED_FRAMES


class SpeechGate:
    """Listens to one telephone. Time is counted in frames that were taken."""

    def __init__(self) -> None:
        self.open = False  #: speech has begun; it stays so
        self.loud_frames = 0  #: since the gate opened, those before that made it open included
        self._taken = 0
        self._last_loud = 0
        self._noise = _NOISE_AT_FIRST_DBFS
        self._levels: deque[float] = deque(maxlen=_NOISE_FRAMES)
        self._played: deque[float] = deque([SILENT_DBFS] * _PRE_ECHO_FRAMES, maxlen=_PRE_ECHO_FRAMES)
        self._loud: deque[bool] = deque(maxlen=_AMONG_FRAMES)
        self._sound: deque[bytes] = deque(maxlen=_AMONG_FRAMES + 1)
        self._echo_db = _ECHO_AT_FIRST_DB
        self._returns: deque[float] = deque(maxlen=_ECHO_REMEMBERED_FRAMES)
        self._may_teach: deque[float | None] = deque(maxlen=_TEACHES_AFTER_FRAMES)

    @property
    def quiet_seconds(self) -> float:
        """Since the last loud frame, in seconds of sound."""
        return (self._taken - self._last_loud) * FRAME_SECONDS

    @property
    def loud_now(self) -> bool:
        """Whether the last frame was louder than noise and echo."""
        return bool(self._loud) and self._loud[-1]

    def take(self, frame: bytes, *, played_dbfs: float = SILENT_DBFS) -> None:
        """20 ms of the caller, and how loud was what she was played at that moment."""
        level = dbfs(samples_of(frame))
        self._taken += 1
        self._played.append(played_dbfs)
        self._levels.append(level)
        self._sound.append(frame)
        if self._taken % 5 == 0:
            self._learn_noise()
        played = max(islice(self._played, _PRE_ECHO_FRAMES - _ECHO_FRAMES, None))
        loud = level > max(self._noise + _OVER_NOISE_DB, _QUIETEST_DBFS, played + self._echo_db + _OVER_ECHO_DB)
        self._loud.append(loud)
        if loud:
            self._last_loud = self._taken
            self.loud_frames += self.open
        if self.open:
            return
        self._learn_echo(level - played if played > _PLAYED_DBFS and not loud else None)
        if loud and sum(self._loud) >= _LOUD_FRAMES and self._changes() and self._has_voice():
            if played > SILENT_DBFS and self._follows_played():
                self._loud.clear()
            else:
                self.open = True
                self.loud_frames = sum(self._loud)

    def _learn_noise(self) -> None:
        quietest = sorted(self._levels)[int(len(self._levels) * _NOISE_SHARE)]
        known = len(self._levels) >= _NOISE_KNOWN_FRAMES
        self._noise = quietest if known else min(quietest, _NOISE_AT_FIRST_DBFS)

    def _learn_echo(self, returned_db: float | None) -> None:
        if len(self._may_teach) == _TEACHES_AFTER_FRAMES and (oldest := self._may_teach[0]) is not None:
            self._returns.append(oldest)
            if len(self._returns) >= _ECHO_KNOWN_FRAMES:
                self._echo_db = max(self._returns)
        self._may_teach.append(returned_db)

    def _changes(self) -> bool:
        lately = islice(self._levels, len(self._levels) - len(self._loud), None)
        levels = [level for level, loud in zip(lately, self._loud, strict=True) if loud]
        return sum(abs(later - earlier) > _CHANGES_DB for earlier, later in pairwise(levels)) >= _CHANGES

    def _has_voice(self) -> bool:
        frames = list(self._sound)
        loud = (False, *self._loud)[-len(frames) :]
        pairs = [a + b for a, b, is_loud in zip(frames, frames[1:], loud[1:], strict=False) if is_loud]
        voices = 0
        for place, pair in enumerate(pairs):
            voices += is_voice(samples_of(pair))
            if voices >= _VOICE_FRAMES:
                return True
            if voices + len(pairs) - place - 1 < _VOICE_FRAMES:
                return False
        return False

    def _follows_played(self) -> bool:
        """Whether the last levels are the played ones', so much later and so much weaker; then it learns that."""
        heard = list(self._levels)[-_FOLLOWED_FRAMES:]
        played = list(self._played)
        floor = self._noise
        for delay in range(_ECHO_FRAMES):
            end = len(played) - delay
            before = played[end - len(heard) - 1 : end - 1]
            then = played[end - len(heard) : end]
            for candidate in (then, [(a + b) / 2 for a, b in zip(before, then, strict=True)]):
                pairs = [(h, p) for h, p in zip(heard, candidate, strict=True) if h > floor + _OVER_NOISE_DB]
                if len(pairs) < _LOUD_FRAMES:
                    continue
                gain = fmean(h - p for h, p in pairs)
                missed = [h - max(floor, p + gain) for h, p in zip(heard, candidate, strict=True)]
                if gain < 0 and pstdev(missed) < _FOLLOWS_WITHIN_DB:
                    self._returns.extend([gain] * _ECHO_KNOWN_FRAMES)
                    self._echo_db = max(self._returns)
                    return True
        return False
