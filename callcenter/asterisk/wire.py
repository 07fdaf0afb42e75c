"""The manager interface's bytes: blocks of `Name: value` lines, each block ended by an empty line.

Nothing here raises on what the other side sends: rubbish is a `Message` nobody knows, and what is too long is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from callcenter.errors import ActionRefused

#: Longest message that is read: Asterisk's events stay below 10 KiB, a long command's output below 500 KiB.
MESSAGE_AT_MOST: Final = 1 << 20
GREETING_AT_MOST: Final = 200
#: Asterisk 22 refuses an action with a line over 1,024 bytes or with more than 128 headers.
LINE_BYTES_AT_MOST: Final = 1000
HEADERS_AT_MOST: Final = 120

_END: Final = b"\r\n\r\n"
_UNSAFE = re.compile(r"[\r\n\x00]")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class Message(dict[str, str]):
    """One event or response. Of a header sent twice the first counts, so that nothing added behind can replace it.

    `variables` holds the channel's variables (manager.conf's `channelvars`), `output` a command's lines.
    """

    __slots__ = ("output", "variables")

    def __init__(self) -> None:
        super().__init__()
        self.variables: dict[str, str] = {}
        self.output: list[str] = []

    @property
    def is_event(self) -> bool:
        """An OriginateResponse event carries `Response` too, so only the absence of `Event` makes a response."""
        return "Event" in self


class MessageReader:
    """Cuts a byte stream into messages. Memory is bounded by `MESSAGE_AT_MOST` plus what one `feed` brings."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._left_out = False
        self.greeting = ""  #: the first line, once it has come
        self.too_long = 0  #: messages left out because of their length

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now, in order."""
        pending = self._pending
        searched = max(0, len(pending) - len(_END) + 1)
        pending += data
        if not self.greeting:
            if not self._cut_greeting():
                return []
            searched = 0
        end = pending.rfind(_END, searched)
        if end < 0:
            self._drop_if_too_long()
            return []
        blocks = bytes(pending[:end]).decode(errors="replace").split("\r\n\r\n")
        del pending[: end + len(_END)]
        if self._left_out:  # the tail of a message whose head is gone
            self._left_out = False
            blocks = blocks[1:]
        self._drop_if_too_long()
        return [message for block in blocks if (message := _message(block))]

    def _cut_greeting(self) -> bool:
        end = self._pending.find(b"\n")
        if end < 0 and len(self._pending) <= GREETING_AT_MOST:
            return False
        line = self._pending[: end if end >= 0 else GREETING_AT_MOST]
        self.greeting = bytes(line).decode(errors="replace").strip()[:GREETING_AT_MOST] or "(none)"
        del self._pending[: len(line) + 1]
        return True

    def _drop_if_too_long(self) -> None:
        if len(self._pending) > MESSAGE_AT_MOST:
            self.too_long += not self._left_out
            self._left_out = True
            del self._pending[: -len(_END) + 1]


def _message(block: str) -> Message:
    message = Message()
    for line in block.split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon:
            name, _, value = line.partition(":")
        if name.endswith("ChanVariable"):
            variable, _, held = value.partition("=")
            message.variables.setdefault(variable, held)
        elif name == "Output":
            message.output.append(value)
        elif name and name not in message:
            message[name] = value
    return message


def encode(fields: Mapping[str, str | Sequence[str]]) -> bytes:
    """An action as it goes over the wire; a sequence becomes a repeated header.

    Raises `ActionRefused` if a value holds CR, LF or NUL (it could carry a second action) or is too long for Asterisk.
    """
    lines: list[bytes] = []
    for name, values in fields.items():
        if not _HEADER.fullmatch(name):
            raise ActionRefused(f"{name[:20]!r} is no header name")
        for value in (values,) if isinstance(values, str) else values:
            if _UNSAFE.search(value):
                raise ActionRefused(f"{name} holds a line end or a NUL")
            lines.append(f"{name}: {value}\r\n".encode(errors="replace"))
    if len(lines) > HEADERS_AT_MOST or any(len(line) > LINE_BYTES_AT_MOST for line in lines):
        raise ActionRefused("longer than Asterisk reads")
    return b"".join(lines) + b"\r\n"
