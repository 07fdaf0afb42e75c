"""Which agents have their telephone open in a browser. They are rung there first; a page may go and come back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from callcenter.asterisk.accounts import in_browser
from callcenter.asterisk.events import UP
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import Message
from callcenter.errors import ActionRefused, AsteriskAway

_GONE: Final = frozenset({"Removed", "Unreachable"})


class BrowserPhones:
    """`heard` and `down` are callbacks of the link.

    Asterisk is asked about an agent once, and again when it has told of a change: a ring waits for no question.

    Asterisk goes on ringing a page that is gone. Such a leg is given back, by its id, to `give_back`: as soon as the
    page is there again, at the latest after `page_returns_within_seconds`.
    """

    def __init__(self, link: AmiLink, page_returns_within_seconds: float, give_back: Callable[[str], object]) -> None:
        self._link = link
        self._page_returns_within_seconds = page_returns_within_seconds
        self._give_back = give_back
        self._there: dict[str, bool] = {}  #: by dial string
        self._changes = 0
        self._ringing: defaultdict[str, set[str]] = defaultdict(set)  #: legs by dial string
        self._left: dict[str, asyncio.TimerHandle] = {}  #: pages that went while they rang

    def heard(self, event: Message) -> None:
        match event["Event"]:
            case "ContactStatus":
                self._changed(f"PJSIP/{event.get('AOR', '')}", gone=event.get("ContactStatus") in _GONE)
            case "Hangup":
                self._rings_no_more(event.get("Uniqueid", ""))
            case "Newstate" if event.get("ChannelState") == UP:
                self._rings_no_more(event.get("Uniqueid", ""))

    def down(self) -> None:
        self._changes += 1
        self._there.clear()
        self._ringing.clear()
        for timer in self._left.values():
            timer.cancel()
        self._left.clear()

    async def nearest(self, phone: str) -> str:
        """What to ring for an agent's own phone, as in PJSIP/1001: the same agent's browser if a page is there.

        The agent's own phone too when Asterisk had to be asked and did not say.
        """
        browser = in_browser(phone)
        there = self._there.get(browser)
        if there is None:
            changes = self._changes
            try:
                there = await self._ask(browser)
            except (AsteriskAway, ActionRefused):
                return phone
            if changes == self._changes:  # otherwise the answer may be older than what happened meanwhile
                self._there[browser] = there
        return browser if there else phone

    def rings(self, destination: str, leg: str) -> None:
        """To be called when a leg is about to ring at a browser that `nearest` named."""
        self._ringing[destination].add(leg)

    def _changed(self, browser: str, *, gone: bool) -> None:
        self._changes += 1
        self._there.pop(browser, None)
        if not self._ringing.get(browser):
            return
        if not gone:
            self._end_ringing(browser)
        elif browser not in self._left:
            self._left[browser] = asyncio.get_running_loop().call_later(
                self._page_returns_within_seconds, self._end_ringing, browser
            )

    def _end_ringing(self, browser: str) -> None:
        if (timer := self._left.pop(browser, None)) is not None:
            timer.cancel()
        for leg in self._ringing.pop(browser, ()):
            self._give_back(leg)

    def _rings_no_more(self, leg: str) -> None:
        for browser in [browser for browser, legs in self._ringing.items() if leg in legs]:
            self._ringing[browser].discard(leg)
            if not self._ringing[browser]:
                del self._ringing[browser]

    async def _ask(self, browser: str) -> bool:
        account = browser.removeprefix("PJSIP/")
        answer = await self._link.act("Getvar", {"Variable": f"PJSIP_DIAL_CONTACTS({account})"})
        return answer.get("Value", "") != ""
