"""A real browser with our telephone in a page of it: Debian's Chromium, driven by Playwright, through the real door."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.asterisk.accounts import SipAccount, SipKind, browser_account, sip_password
from callcenter.console.door.ticket import COOKIE, PATH, issue, ticket_secret
from tests.acceptance import sounds
from tests.acceptance.hotline import Hotline

CHROMIUM = Path(__file__).parents[2] / "var" / "browser" / "bin" / "chromium"
STATIC = Path(__file__).parents[2] / "callcenter" / "console" / "static"
#: Without these a headless browser has no microphone, hides its address, talks with its maker, or takes the page, which
#: Playwright hands it, for one from the internet that must not reach this machine.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks",
)  # fmt: skip

_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>话机</title><link rel="icon" href="data:,">
<button>上线</button><script type="module">
import { Phone } from '/static/phone.js';
const ears = [], listen = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await listen(wanted);
  ears.push(...stream.getTracks());
  return stream;
};
window.unplug = () => ears.splice(0).forEach((track) => (track.stop(), track.dispatchEvent(new Event('ended'))));
const settings = await (await fetch('/settings')).json();
const phone = (window.phone = new Phone(settings));
for (const type of ['registered', 'unregistered', 'ringing', 'talking', 'ended', 'failed'])
  phone.addEventListener(type, ({ detail }) => window.happened(type, detail, Date.now()));
document.querySelector('button').onclick = () => phone.start().catch(() => {});
let ear, context;
window.loudest = () => {
  if (!phone.sound) return null;
  if (ear?.source !== phone.sound) {
    context ??= new AudioContext();
    const analyser = Object.assign(context.createAnalyser(), { fftSize: 8192, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(phone.sound).connect(analyser);
    ear = { source: phone.sound, analyser };
  }
  const bins = new Float32Array(ear.analyser.frequencyBinCount);
  ear.analyser.getFloatFrequencyData(bins);
  const top = bins.reduce((best, level, at) => (at > 0 && level > bins[best] ? at : best), 1);
  return { hz: (top * context.sampleRate) / ear.analyser.fftSize, db: bins[top] };
};
window.ready(true);
</script></html>"""


async def listens(host: str, port: int, *, within: float = 20.0) -> None:
    """Until somebody does."""
    async with asyncio.timeout(within):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return writer.close()


@dataclass
class Door:
    """The console's door as a process of its own."""

    hotline: Hotline
    process: asyncio.subprocess.Process | None = None

    async def open(self) -> None:
        console = self.hotline.config.console
        with open(self.hotline.folder / "door.log", "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "callcenter", "--config", str(self.hotline.file), "door",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        await listens(console.host, console.port)

    def stop(self) -> None:
        """It keeps its sockets and says nothing, like a network that is away."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@dataclass
class Happened:
    """What the page's telephone told, and when, on the scale of `time.time`."""

    what: str
    detail: dict[str, Any]
    at: float


@dataclass
class BrowserPhone:
    """An agent's telephone in a page."""

    page: Any
    account: str
    events: list[Happened] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def online(self) -> None:
        await self.page.click("button")
        await self.until("registered")

    async def until(self, what: str, *, within: float = 10.0, times: int = 1) -> Happened:
        """Waits until the telephone has told this so often."""

        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: len(self.told(what)) >= times)
        except TimeoutError:
            raise AssertionError(f"{self.account}: no {what} within {within} s: {self.events}") from None
        return self.told(what)[times - 1]

    def told(self, what: str) -> list[Happened]:
        """All of this since the last `forget`."""
        return [event for event in self.events if event.what == what]

    def forget(self) -> None:
        self.events.clear()

    async def do(self, verb: str, *arguments: Any) -> float:
        """Calls a method of `Phone`; when that was, on the scale of `time.time`."""
        given = ", ".join(json.dumps(argument) for argument in arguments)
        at = time.time()
        await self.page.evaluate(f"void phone.{verb}({given})")
        return at

    async def hears(self, tone: int, *, within: float = 5.0) -> None:
        """Waits until this tone is the loudest sound that arrives, by FFT of what the page would play."""
        heard = None
        try:
            async with asyncio.timeout(within):
                while True:
                    heard = await self.page.evaluate("loudest()")
                    if heard is not None and abs(heard["hz"] - tone) < 15 and heard["db"] > -60:
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{self.account}: {tone} Hz not heard within {within} s, but {heard}") from None

    async def _happened(self, what: str, detail: dict[str, Any], at_ms: float) -> None:
        async with self._news:
            self.events.append(Happened(what, detail, at_ms / 1000))
            self._news.notify_all()


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Any]:
    """A browser whose microphone hears `agent`'s tone for ever."""
    if not CHROMIUM.exists() or not (STATIC / "phone.js").exists():
        pytest.skip("no browser in var/browser, or no bundle: run `make browser`")
    playwright = pytest.importorskip("playwright.async_api")
    voice = sounds.tone(folder / "microphone.wav", sounds.VOICES["agent"], seconds=10)
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={voice}"],
            ignore_default_args=["--mute-audio"],
        )
        try:
            yield browser
        finally:
            await browser.close()


async def open_phone(browser: Any, hotline: Hotline, extension: str, *, microphone: bool = True) -> BrowserPhone:
    """A page with the telephone of this agent, logged in and not online yet. The microphone is granted or refused."""
    console = hotline.config.console
    account = browser_account(extension)
    origin = f"http://{console.host}:{console.port}"
    context = await browser.new_context(permissions=["microphone"] if microphone else [])
    ticket = issue(ticket_secret(hotline.config), account.name, datetime.now(UTC) + timedelta(hours=1))
    await context.add_cookies([{"name": COOKIE, "value": ticket, "url": origin + PATH, "sameSite": "Strict"}])
    return await _open_page(context, hotline, account)


async def second_tab(phone: BrowserPhone, hotline: Hotline) -> BrowserPhone:
    """The same page once more, in the same browser."""
    return await _open_page(phone.page.context, hotline, SipAccount(kind=SipKind.BROWSER, name=phone.account))


async def _open_page(context: Any, hotline: Hotline, account: SipAccount) -> BrowserPhone:
    console = hotline.config.console
    page = await context.new_page()
    phone = BrowserPhone(page, account.name)
    ready = asyncio.get_running_loop().create_future()
    page.on("pageerror", lambda error: ready.done() or ready.set_exception(AssertionError(str(error))))
    await page.expose_function("happened", phone._happened)
    await page.expose_function("ready", lambda _: ready.done() or ready.set_result(None))
    settings = {
        "url": f"ws://{console.host}:{console.port}{PATH}",
        "account": account.name,
        "password": sip_password(hotline.secrets.sip, account),
        # A steady tone is noise, and would be suppressed.
        "audio": {"noiseSuppression": False, "echoCancellation": False, "autoGainControl": False},
    }

    async def page_itself(route: Any) -> None:
        await route.fulfill(body=_PAGE, content_type="text/html; charset=utf-8")

    async def its_settings(route: Any) -> None:
        await route.fulfill(json=settings)

    await page.route("**/page", page_itself)
    await page.route("**/settings", its_settings)
    await page.goto(f"http://{console.host}:{console.port}/page")
    async with asyncio.timeout(10):
        await ready
    return phone
