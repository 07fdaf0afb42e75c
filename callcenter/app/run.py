"""`callcenter run`: set up what is missing, start Asterisk, then a parent that watches, a child that serves, and the
console's door.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog

from callcenter import logs
from callcenter.app.accounts import sip_accounts
from callcenter.app.clock import SystemClock
from callcenter.app.menu import speak_menu
from callcenter.app.service import serve
from callcenter.app.watchdog import beat, watch
from callcenter.asterisk.accounts import ensure_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.render import render
from callcenter.config import Config, load
from ivr.voice import PromptVoice
from storage.database import open_storage

log = structlog.get_logger()


def main(config: Config, path: Path) -> int:
    """Serves until SIGTERM or SIGINT; the exit status for the shell.

    The private Asterisk is left running at the end: talks go on, and new calls are its fallback's.
    """
    logs.configure(config.logging)
    asyncio.run(prepare(config))
    return watch(command("serve", path), config.watchdog, beside(config, path))


def command(verb: str, path: Path) -> list[str]:
    """The command line of a process of ours that reads this configuration."""
    return [sys.executable, "-m", "callcenter", "--config", str(path.resolve()), verb]


def beside(config: Config, path: Path) -> dict[str, list[str]]:
    """What runs beside the service and does not end with it: the console's door, unless somebody else starts it."""
    return {"door": command("door", path)} if config.console.enabled and config.console.managed else {}


async def prepare(config: Config) -> None:
    """Secrets, database, prompts, Asterisk: each only if it is missing. Raises a `HotlineError` that says what."""
    secrets = ensure_secrets(config)
    async with open_storage(config, SystemClock()) as storage:
        accounts = await storage.transact("accounts", lambda work: sip_accounts(config, work))
    async with PromptVoice(config) as voice:
        await voice.render_all()
        await speak_menu(voice, config)
    if config.asterisk.managed:
        started = await PrivateAsterisk(config).start(render(config, accounts, secrets))
        log.info("asterisk_running", started_now=started)


def child(path: Path) -> int:
    """The service itself, in the process that the parent started. Says "ready" on standard output once it is open."""

    def ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    config = load(path)
    return serve(config, path.resolve(), ready=ready, beat=lambda: beat(config.watchdog))
