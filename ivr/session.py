"""AGI commands as pyst2 spells them, awaited. pyst2 writes and reads the words; the wire is `ivr.protocol`.

What pyst2 0.5.1 gets wrong is put right here; docs/decisions/0001 has the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from asterisk.agi import AGI, AGIAppError, AGIDBError, AGIError

from callcenter.errors import CallerHungUp, CommandRefused, PromptMissing
from ivr.protocol import AgiConnection

KEYS: Final = "0123456789*#"

_FILE = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_-]*\))?")
_REPLY = re.compile(r"200 result=(-?[0-9]{1,9})(?!\S)(?: \((.*)\))?")
_NOT_IN_A_LINE = {ord(character): None for character in "\r\n\0"}


class _CommandKnown(Exception):
    """Says that the first run of a pyst2 method has shown its command line."""


class _Words(AGI):  # type: ignore[misc]
    """pyst2's vocabulary without its input and output.

    Each method runs twice: the first time `execute` keeps the command line and stops it, the second time, with
    Asterisk's reply at hand, it goes through. So no thread is parked while a prompt plays.
    """

    def __init__(self) -> None:
        # Not pyst2's own: that one takes the process' SIGHUP and reads the environment from a blocking file.
        self.command = ""
        self.reply = ""

    def execute(self, command: str, *args: object) -> dict[str, tuple[str, str]]:
        if not self.reply:
            self.command = " ".join([command, *map(str, args)]).rstrip()
            raise _CommandKnown
        match = _REPLY.match(self.reply)
        if match is None:
            raise AGIError("reply not understood")
        result, data = match.groups("")
        if result == "-1":
            raise AGIAppError("-1")
        return {"result": (result, data)}

    def _quote(self, string: object) -> str:
        text = str(string).translate(_NOT_IN_A_LINE).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'

    def set_music(self, switch: str) -> None:
        """Missing in pyst2."""
        self.execute("SET MUSIC", switch)

    def gosub(self, context: str) -> None:
        """Missing in pyst2."""
        self.execute("GOSUB", context, "s", "1")


class AgiSession:
    """The AGI commands that calls need, one at a time. Each raises `CallerHungUp` once the session has ended.

    Each waits at most its own duration plus `reply_within_seconds`; no reply by then ends the session. `CommandRefused`
    means that Asterisk did not understand the command, or we its reply.
    """

    def __init__(self, connection: AgiConnection, *, reply_within_seconds: float) -> None:
        self._connection = connection
        self._within_seconds = reply_within_seconds
        self._words = _Words()

    async def answer(self) -> None:
        await self._say_and_hear(self._words.answer)

    async def stream_file(self, file: str, *, seconds: float) -> str:
        """Plays a file of the sounds folder (no ending), at most so many seconds long.

        Returns the key that cut in, or "". Raises `PromptMissing` when there is no such file.
        """
        if not _FILE.fullmatch(file):
            raise PromptMissing(f"not a prompt's name: {file[:80]!r}")
        try:
            return _key(await self._run(self._words.stream_file, file, KEYS, seconds=seconds))
        except AGIAppError:
            # -1 is said for a missing file and for a caller who left; only a channel that is there tells its status.
            await self.channel_status()
            raise PromptMissing(file) from None

    async def wait_for_digit(self, seconds: float) -> str:
        """Returns the key pressed within so many seconds, or ""."""
        return _key(await self._say_and_hear(self._words.wait_for_digit, int(seconds * 1000), seconds=seconds))

    async def set_variable(self, name: str, value: str) -> None:
        """Sets a channel variable, or a function such as `TIMEOUT(absolute)`. Line ends are taken out of the value."""
        await self._say_and_hear(self._words.set_variable, _checked(name), value)

    async def get_variable(self, name: str) -> str:
        """A channel variable or function; "" when it is not set."""
        return str(await self._say_and_hear(self._words.get_variable, _checked(name)))

    async def set_music(self, *, on: bool) -> None:
        await self._say_and_hear(self._words.set_music, "ON" if on else "OFF")

    async def gosub(self, context: str) -> None:
        """Runs a subroutine of the dialplan, to its Return."""
        await self._say_and_hear(self._words.gosub, context)

    async def audio_socket(self, sound: str, *, seconds: float) -> bool:
        """Joins the caller's sound to `uuid,host:port` until whoever listens there ends it, at most so many seconds.

        False when nobody could be reached there.
        """
        try:
            await self._run(self._words.appexec, "AudioSocket", sound, seconds=seconds)
        except AGIAppError:
            await self.channel_status()  # -1 is said for a refused connection and for a caller who left
            return False
        return True

    async def answering_machine(self, parameters: str, *, seconds: float) -> bool:
        """Runs `AMD` with these parameters, which last so many seconds at most. False when there is no such
        application.
        """
        try:
            await self._run(self._words.appexec, "AMD", parameters, seconds=seconds)
        except AGIAppError:
            await self.channel_status()
            return False
        return True

    async def channel_status(self) -> int:
        """Asterisk's number for the channel's state; 6 is up."""
        status = await self._say_and_hear(self._words.channel_status)
        if status < 0:
            raise CallerHungUp("channel gone")
        return int(status)

    async def database_del(self, family: str, key: str) -> bool:
        """Deletes an entry of AstDB; False when there was none."""
        try:
            await self._run(self._words.database_del, family, key)
        except AGIDBError:
            return False
        except AGIAppError:
            raise CallerHungUp("-1") from None
        return True

    async def _say_and_hear(self, method: Callable[..., Any], *args: object, seconds: float = 0.0) -> Any:
        """For commands whose -1 can only mean that the channel is gone."""
        try:
            return await self._run(method, *args, seconds=seconds)
        except AGIAppError:
            raise CallerHungUp("-1") from None

    async def _run(self, method: Callable[..., Any], *args: object, seconds: float = 0.0) -> Any:
        words = self._words
        words.reply = ""
        with suppress(_CommandKnown):
            method(*args)
        words.reply = await self._connection.reply_to(words.command, seconds + self._within_seconds)
        try:
            return method(*args)
        except AGIAppError:
            raise
        except (AGIError, ValueError, OverflowError) as error:
            raise CommandRefused(type(error).__name__) from None


def _checked(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise CommandRefused(f"not a variable's name: {name[:80]!r}")
    return name


def _key(digit: str) -> str:
    """A key that a telephone has; the military A to D count as none."""
    return digit if digit in KEYS else ""
