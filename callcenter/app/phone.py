"""A scripted SIP phone for the demo and the tests: baresip, told over its control socket what a hand would do."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from callcenter.app.free_port import free_port, give_back
from callcenter.app.heard import RATE, samples_of

_START_SECONDS = 10.0
_REPLY_SECONDS = 2.0
_TRIES = 3
_HANG_UP_SECONDS = 5.0
_ASK_AFTER_SECONDS = 3.0  #: without the event that is waited for
_LISTED = re.compile(r"id (\w+)\]\s+\S+\s+([A-Z]+)")
_REPEATABLE = ("reginfo", "accept", "ausrc", "quit")
_DIAL = "dial"
_KEY = "sndcode"  #: a key that comes twice is worse than one that is lost
_QUIET = 300  #: amplitude below which a line is silent, of 32767
_CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{sip_port}
rtp_ports 10000-11998
net_interface 127.0.0.1
sip_cafile
call_local_timeout 120
call_max_calls 4
audio_path {folder}
audio_player aufile,{heard}
audio_source aufile,{play}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
jitter_buffer_type off
rtp_stats no
module_path {modules}
module g711.so
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app ctrl_tcp.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:{control_port}
statmode_default off
ringback_disabled yes
"""


class Phone:
    """Registers (unless told not to), rings, is answered, sends keys, dies. Records what its ear hears."""

    def __init__(
        self,
        *,
        prefix: Path,
        folder: Path,
        user: str,
        server_port: int,
        play: Path,
        password: str = "",
        display: str = "",
        answers: bool = False,
        registers: bool = True,
        sip_port: int = 0,
        also: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`also`: further accounts that ring here, with their passwords."""
        folder.mkdir(parents=True, exist_ok=True)
        self.user = user
        self.heard = folder / "heard.wav"
        self.events: list[dict[str, Any]] = []
        self._server = f"127.0.0.1:{server_port}"
        self._prefix, self._folder, self._registers = prefix, folder, registers
        self._control_port = free_port()
        self._news = asyncio.Condition()
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        (folder / "config").write_text(
            _CONFIG.format(
                sip_port=sip_port,
                folder=folder,
                heard=self.heard,
                play=play,
                modules=prefix / "usr/lib/baresip/modules",
                control_port=self._control_port,
            )
        )
        mode = "auto" if answers else "manual"
        (folder / "accounts").write_text(
            "".join(
                f'"{display}" '
                f"<sip:{name}@{self._server};transport=udp>;auth_user={name};auth_pass={secret};"
                f"audio_codecs=pcma/8000/1;regint={60 if registers else 0};answermode={mode};"
                f"dtmfmode=rtpevent;ptime=20;catchall=yes\n"
                for name, secret in {user: password, **also}.items()
            )
        )
        (folder / "contacts").write_text("")

    async def start(self) -> None:
        """Raises `RuntimeError` with the phone's own words when it cannot start or register."""
        with open(self._folder / "out.log", "wb") as log:
            self._process = subprocess.Popen(
                [self._prefix / "bin/baresip", "-4", "-f", self._folder],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            async with asyncio.timeout(_START_SECONDS):
                reader = await self._connect()
                self._reading = asyncio.create_task(self._read(reader))
                while self._registers and "OK " not in (await self.command("reginfo")).get("data", ""):
                    await asyncio.sleep(0.05)
        except (TimeoutError, OSError) as error:
            await self.kill()
            raise RuntimeError(f"{self.user}: {error!r}: {(self._folder / 'out.log').read_text()[-2000:]}") from error

    async def command(self, name: str, parameters: str = "") -> dict[str, Any]:
        """What the phone replies. Now and then its control socket loses one, either way: then what it did tells.

        A command that changes nothing when it comes twice is sent again; any other has been heard if an event followed.
        Raises `TimeoutError`.
        """
        for _ in range(_TRIES):
            before = len(self.events)
            try:
                return await self._ask(name, parameters)
            except TimeoutError:
                if name == _DIAL and not await self._calls():
                    continue
                if name not in _REPEATABLE and (name == _KEY or len(self.events) > before):
                    return {}
        raise TimeoutError(f"{self.user}: no reply to {name}: {self._reading} {self.events[-3:]}")

    async def _make_good(self) -> None:
        """The control socket may lose an event as well: the phone's own list of calls tells what it was."""
        with suppress(TimeoutError):
            listed = await self._calls()
            known = {(event.get("type"), event.get("id")) for event in self.events}
            rings = [("CALL_INCOMING", id_) for id_, state in listed.items() if state == "INCOMING"]
            talks = [("CALL_ESTABLISHED", id_) for id_, state in listed.items() if state == "ESTABLISHED"]
            async with self._news:
                for type_, id_ in rings + talks:
                    if (type_, id_) not in known:
                        self.events.append({"type": type_, "id": id_, "at": time.monotonic(), "lost": True})
                self._news.notify_all()

    async def _calls(self) -> dict[str, str]:
        """Its calls by their ids, with the phone's own words for their states. Raises `TimeoutError`."""
        return dict(_LISTED.findall((await self._ask("listcalls", "")).get("data", "")))

    async def _ask(self, name: str, parameters: str) -> dict[str, Any]:
        token = os.urandom(6).hex()
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[token] = reply
        text = json.dumps({"command": name, "params": parameters, "token": token}).encode()
        assert self._writer is not None
        self._writer.write(b"%d:%s," % (len(text), text))
        await self._writer.drain()
        try:
            async with asyncio.timeout(_REPLY_SECONDS):
                return await reply
        finally:
            del self._replies[token]

    async def dial(self, number: str) -> None:
        await self.command("dial", f"sip:{number}@{self._server}")

    async def answer(self) -> None:
        await self.command("accept")

    async def hang_up(self) -> None:
        """Hangs up, or rejects a call that rings. A call just dialled cannot be hung up before it rings: then it is.

        Raises `TimeoutError`.
        """
        async with asyncio.timeout(_HANG_UP_SECONDS):
            while not (await self.command("hangup")).get("ok", True) and await self._calls():
                await asyncio.sleep(0.005)

    async def press(self, digits: str) -> None:
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(0.2)

    async def say(self, sound: Path) -> None:
        """Plays another file into the call from now on."""
        await self.command("ausrc", f"aufile,{sound}")

    async def until(self, event: str, *, within: float = 10.0, times: int = 1) -> dict[str, Any]:
        """Waits until this event (CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED …) has come so often."""

        def seen() -> list[dict[str, Any]]:
            return [e for e in self.events if e.get("type") == event]

        async def wait() -> None:
            async with self._news:
                await self._news.wait_for(lambda: len(seen()) >= times)

        try:
            async with asyncio.timeout(within):
                while not await _done_within(wait(), _ASK_AFTER_SECONDS):
                    await self._make_good()
        except TimeoutError:
            got = [(e.get("type"), e.get("param")) for e in self.events]
            told = (self._folder / "out.log").read_text(errors="replace")[-1500:]
            raise TimeoutError(f"{self.user}: no {event} × {times} within {within} s, only {got}; {told}") from None
        return seen()[times - 1]

    @staticmethod
    def clock() -> float:
        """Now, on the scale of an event's `at`."""
        return time.monotonic()

    def hears_sound(self, *, seconds: float) -> bool:
        """Whether the last so many seconds of what it recorded hold anything louder than a line's hiss."""
        recent = samples_of(self.heard)[-int(seconds * RATE) :]
        return len(recent) >= seconds * RATE and max(map(abs, recent)) > _QUIET

    def count(self, event: str) -> int:
        return sum(e.get("type") == event for e in self.events)

    def freeze(self) -> None:
        """No more packets, and the phone still seems alive: a cable pulled out. `kill` works afterwards."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    async def kill(self) -> None:
        """Dies at once, without BYE."""
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        await self._close()

    async def stop(self) -> None:
        if self._process is None or self._process.poll() is not None or self._reading is None:
            return await self.kill()
        with suppress(TimeoutError, OSError):
            await self.command("quit")
        try:
            await asyncio.to_thread(self._process.wait, 3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        await self._close()

    async def _connect(self) -> asyncio.StreamReader:
        while True:
            try:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._control_port)
            except OSError:
                assert self._process is not None
                if self._process.poll() is not None:
                    raise
                await asyncio.sleep(0.02)
            else:
                return reader

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Netstrings of JSON: replies carry our token, the rest are events."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(length + 1))[:-1])
                if message.get("event"):
                    message["at"] = time.monotonic()
                    async with self._news:
                        self.events.append(message)
                        self._news.notify_all()
                elif (reply := self._replies.get(message.get("token", ""))) and not reply.done():
                    reply.set_result(message)

    async def _close(self) -> None:
        give_back(self._control_port)
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()


async def _done_within(waiting: Coroutine[Any, Any, None], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):  # Python 3.11's wait_for may swallow a cancellation
            await waiting
    except TimeoutError:
        return False
    return True
