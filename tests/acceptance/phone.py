"""The scripted phone, with an ear for test tones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from callcenter.app import phone
from tests.acceptance import wavcheck


class Phone(phone.Phone):
    """Knows which test tones it has heard."""

    async def hears(self, tone: int, *, within: float, seconds: float = 0.3) -> float:
        """Waits until the ear has heard this tone for so long; returns how long the wait was."""
        started = asyncio.get_running_loop().time()
        already = 0.0
        while True:
            already = wavcheck.seconds_of(self.heard, tone)
            waited = asyncio.get_running_loop().time() - started
            if already >= seconds:
                return waited
            if waited > within:
                raise AssertionError(f"{self.user}: {tone} Hz not heard within {within} s: {self.ear()}")
            await asyncio.sleep(0.15)

    async def hears_nothing_of(self, tone: int, *, for_seconds: float) -> None:
        """Waits until so much was heard in a row, whatever it was, without this tone."""
        async with asyncio.timeout(10 * for_seconds):
            while not any(
                not heard.tones and heard.end - heard.start >= for_seconds
                for heard in wavcheck.heard(self.heard, (tone,))[-1:]
            ):
                await asyncio.sleep(0.15)

    async def until_joined(self, tone: int, *, within: float) -> None:
        """Waits for a second of this tone without a break: speech has every tone in it, but none for so long."""
        try:
            async with asyncio.timeout(within):
                while not any(tone in h.tones and h.end - h.start >= 1.0 for h in wavcheck.heard(self.heard, (tone,))):
                    await asyncio.sleep(0.15)
        except TimeoutError:
            raise AssertionError(f"{self.user}: no steady {tone} Hz within {within} s") from None

    def forget(self) -> None:
        """Empties the recording, so that the next `hears` counts from now. The phone goes on writing."""
        if not self.heard.exists():
            return  # it has heard nothing yet
        with open(self.heard, "r+b") as file:
            data = file.read()
            file.seek(44)
            file.write(bytes(max(0, len(data) - 44)))

    def ear(self) -> list[wavcheck.Heard]:
        return wavcheck.heard(self.heard)


@asynccontextmanager
async def phones(make: Callable[[str], Phone], *names: str) -> AsyncIterator[list[Phone]]:
    """Several phones, started together and stopped whatever happens."""
    made = [make(name) for name in names]
    try:
        await asyncio.gather(*(phone.start() for phone in made))
        yield made
    finally:
        await asyncio.gather(*(phone.stop() for phone in made))
