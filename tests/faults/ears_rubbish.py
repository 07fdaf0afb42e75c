"""What no Asterisk of ours sends, thrown at a worker's door for sound, by strangers and by streams it expects."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from callcenter.config.speech import EarsWorker
from ivr.ears.audiosocket import FRAME_BYTES, Kind, encoded
from ivr.ears.commands import Refusal
from tests.integration.ears_house import Caller, Service

_LANES = 6  #: connections at once; the worker takes 32 whom it does not know
_FRAMES = 20  #: thrown by each connection that is not ended before
_PAUSE_SECONDS = 0.02
_LATE_SECONDS = 0.3
_ENDED_WITHIN_SECONDS = 5.0
_UNKNOWN_KINDS = (0x02, 0x11, 0x42, 0x7F, 0xFE)
_SOUND = encoded(Kind.AUDIO, bytes(FRAME_BYTES))


@dataclass
class Rubbish:
    """Throws as long as `thrown` is open, some hundred connections a second."""

    worker: EarsWorker
    seeded: random.Random = field(default_factory=lambda: random.Random(7))
    connections: int = 0

    @asynccontextmanager
    async def thrown(self) -> AsyncIterator[None]:
        """Raises `AssertionError` or `TimeoutError` when a stream that was expected is not told to have ended, once."""
        over = asyncio.Event()
        throwing = asyncio.create_task(self._throw(over))
        try:
            yield
            assert not throwing.done(), "nothing was thrown meanwhile"
        finally:
            over.set()
            await throwing

    async def _throw(self, over: asyncio.Event) -> None:
        service = await Service.connect(self.worker.control.port)
        kinds = (self._stranger, self._nobody, self._cut_off, self._oversized, self._unknown, self._silent)

        async def strangers() -> None:
            while not over.is_set():
                self.connections += 1
                await self.seeded.choice(kinds)()
                await asyncio.sleep(_PAUSE_SECONDS)

        async def expected() -> None:
            while not over.is_set():
                self.connections += 1
                await self._expected(service)

        try:
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(expected())
                for _ in range(_LANES):
                    lanes.create_task(strangers())
        finally:
            await service.close()

    # ------------------------------------------------------------------------------ whom nobody expects

    async def _stranger(self) -> None:
        """A uuid that nobody has ordered, and sound."""
        await self._thrown(encoded(Kind.UUID, uuid4().bytes) + _SOUND * _FRAMES)

    async def _nobody(self) -> None:
        """Sound before any uuid, or a uuid of the wrong length."""
        await self._thrown(self.seeded.choice([_SOUND * _FRAMES, encoded(Kind.UUID, bytes(15)) + _SOUND]))

    async def _cut_off(self) -> None:
        """A frame that ends in the middle."""
        frame = encoded(Kind.UUID, uuid4().bytes)
        await self._thrown(frame[: self.seeded.randrange(1, len(frame))])

    async def _oversized(self) -> None:
        await self._thrown(bytes((self.seeded.choice([Kind.UUID, Kind.AUDIO, 0x42]),)) + b"\xff\xff" + bytes(20000))

    async def _unknown(self) -> None:
        kind = self.seeded.choice(_UNKNOWN_KINDS)
        await self._thrown((bytes((kind,)) + b"\x00\x05hello") * _FRAMES + self.seeded.randbytes(200))

    async def _silent(self) -> None:
        """Connects and says nothing."""
        await self._thrown(b"")

    async def _thrown(self, data: bytes) -> None:
        caller = await Caller.connect(self.worker.audio.port)
        caller.write(data)
        await caller.hang_up()

    # ------------------------------------------------------------------------------ whom somebody expects

    async def _expected(self, service: Service) -> None:
        uuid = uuid4()
        if await service.expect(uuid, seconds=30.0) is not Refusal.NONE:
            return await asyncio.sleep(_LATE_SECONDS)  # the processor is busy: what is left of it is hers
        caller = await Caller.connect(self.worker.audio.port, uuid)
        ways: tuple[Callable[[Caller], Awaitable[None]], ...] = (_late, _odd, _too_long, _too_fast)
        await self.seeded.choice(ways)(caller)
        await caller.hang_up()
        await service.ending(uuid, within=_ENDED_WITHIN_SECONDS)
        assert service.times_ended[uuid] == 1, "its end was told twice"


async def _late(caller: Caller) -> None:
    """Nothing for a while, and then all at once."""
    for _ in range(3):
        await asyncio.sleep(_LATE_SECONDS)
        caller.write(_SOUND * round(_LATE_SECONDS / 0.02))


async def _odd(caller: Caller) -> None:
    """Halves of samples, unknown kinds, keys that are none, nothing at all."""
    for size in (1, 7, 319, 321, 0, 960):
        caller.write(encoded(Kind.AUDIO, bytes(size)) + b"\x42\x00\x02hi" + encoded(Kind.KEY, b"\xff"))
        await asyncio.sleep(0.01)


async def _too_long(caller: Caller) -> None:
    caller.write(_SOUND * 3 + b"\x10\xff\xff" + bytes(4000))


async def _too_fast(caller: Caller) -> None:
    caller.write(encoded(Kind.AUDIO, bytes(8000)) * 20)
