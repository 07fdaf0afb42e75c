"""An agent's desk in a real browser: signed in, on duty, its telephone heard by FFT."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from callcenter.app.ask_service import ask_service
from tests.acceptance.hotline import Emergency, Hotline, Phone
from tests.acceptance.sounds import VOICES
from tests.unit.browser import PASSWORD, password_hash

#: Hears what the page's telephone plays: the loudest tone of the newest call, by FFT.
_EAR = """
(() => {
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({ streams, track }) => {
        const context = (window.earContext ??= new AudioContext());
        const analyser = Object.assign(context.createAnalyser(), { fftSize: 8192, smoothingTimeConstant: 0 });
        context.createMediaStreamSource(streams[0] ?? new MediaStream([track])).connect(analyser);
        window.ear = analyser;
      });
    }
  };
  window.loudest = () => {
    if (!window.ear) return null;
    const bins = new Float32Array(window.ear.frequencyBinCount);
    window.ear.getFloatFrequencyData(bins);
    const top = bins.reduce((best, level, at) => (at > 0 && level > bins[best] ? at : best), 1);
    return { hz: (top * window.earContext.sampleRate) / window.ear.fftSize, db: bins[top] };
  };
})();
"""

#: Its microphone takes a steady tone for noise after a while, and suppresses it.
_MOUTH = """
(() => {
  const listen = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const plain = { noiseSuppression: false, echoCancellation: false, autoGainControl: false };
  navigator.mediaDevices.getUserMedia = () => listen({ audio: plain });
})();
"""

#: When each profile was first on the screen.
_EYE = """
window.painted = {};
new MutationObserver(() => {
  const id = document.querySelector('#profile article')?.dataset.emergency;
  if (id && !window.painted[id]) requestAnimationFrame(() => (window.painted[id] ??= Date.now()));
}).observe(document, { childList: true, subtree: true });
"""


@dataclass
class Desk:
    """An agent's page, and what is wrong on it."""

    page: Any
    faults: list[str]

    async def shows(self, selector: str, text: str, *, within: float = 5.0) -> None:
        from playwright.async_api import expect

        await expect(self.page.locator(selector)).to_contain_text(text, timeout=within * 1000)

    async def titled(self, begins: str) -> None:
        """The window's title begins so: what an agent sees of it from elsewhere."""
        from playwright.async_api import expect

        await expect(self.page).to_have_title(re.compile(re.escape(begins)))

    async def painted_after(self, emergency: Emergency) -> float:
        """Seconds from the emergency's beginning to its profile on the screen."""
        began = datetime.fromisoformat(emergency.row["opened_at"]).replace(tzinfo=UTC).timestamp()
        return float(await self.page.evaluate(f"painted['{emergency.id}'] / 1000")) - began

    async def key(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def answers(self, elder: Phone) -> None:
        """She presses, it rings here, and by one key they talk."""
        await elder.dial("120001")
        await self.page.wait_for_selector("body.rings")
        await self.key("F2")
        await elder.hears(VOICES["agent"], within=8)

    async def picture(self, name: str) -> None:
        """Kept to be looked at, where `CC_PICTURES` names a folder."""
        if folder := os.environ.get("CC_PICTURES"):
            await self.page.screenshot(path=f"{folder}/{name}.png")

    async def hears(self, tone: int, *, within: float = 5.0) -> None:
        heard = None
        try:
            async with asyncio.timeout(within):
                while True:
                    heard = await self.page.evaluate("loudest()")
                    if heard is not None and abs(heard["hz"] - tone) < 15 and heard["db"] > -60:
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{tone} Hz not heard within {within} s, but {heard}") from None


@asynccontextmanager
async def open_desk(hotline: Hotline, browser: Any, name: str, extension: str) -> AsyncIterator[Desk]:
    """Signed in by the log-in page, and on duty by its button: all by keys."""
    await _user(hotline, name, extension)
    console = hotline.config.console
    context = await browser.new_context(
        permissions=["microphone"], base_url=f"http://{console.host}:{console.port}", locale="zh-CN",
        viewport={"width": 1366, "height": 768},
    )  # fmt: skip
    page = await context.new_page()
    await page.add_init_script(_EAR)
    await page.add_init_script(_EYE)
    await page.add_init_script(_MOUTH)
    desk = Desk(page, [])
    page.on("pageerror", lambda error: desk.faults.append(str(error)))
    page.on("console", lambda said: desk.faults.append(said.text) if said.type == "error" else None)
    await page.goto("/desk")
    await page.wait_for_selector("[name=name]:focus")
    for text, key in ((name, "Tab"), (PASSWORD, "Enter")):
        await page.keyboard.type(text)
        await page.keyboard.press(key)
    await page.wait_for_url("**/desk")
    while await page.evaluate("document.activeElement.id") != "online":
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await desk.shows("#presence", "空闲", within=10)
    yield desk
    assert not desk.faults


async def _user(hotline: Hotline, name: str, extension: str) -> None:
    rows = hotline.rows("select name from users where name = ?", name)
    if not rows:
        await ask_service(
            hotline.config, verb="add_user", name=name, shown=f"坐席{extension}", role="agent",
            password_hash=password_hash(), extension=extension,
        )  # fmt: skip
