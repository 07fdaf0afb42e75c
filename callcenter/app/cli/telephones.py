"""Bringing Asterisk's files up to date with the configuration and with whose telephones may register."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.app.accounts import sip_accounts
from callcenter.app.cli.command import Command
from callcenter.app.reach import read
from callcenter.asterisk.accounts import SipSecrets, ensure_secrets
from callcenter.asterisk.install import install
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.render import render
from callcenter.config import Config
from callcenter.errors import AsteriskAway


async def rendered(config: Config, secrets: SipSecrets) -> Mapping[str, str]:
    """Every file as it ought to be now. Raises `ConfigurationFaulty`, `StorageAway`."""
    return render(config, await read(config, lambda work: sip_accounts(config, work)), secrets)


async def bring_up_to_date(config: Config) -> tuple[list[str], bool]:
    """Installs what has changed and makes a running Asterisk read it: the changed files, and whether one runs.

    Calls go on meanwhile. Raises `AsteriskAway` when it runs and does not answer.
    """
    asterisk = PrivateAsterisk(config)
    files = await rendered(config, ensure_secrets(config))
    asterisk.lay_out()
    changed = install(files, asterisk.layout.etc)
    runs = asterisk.layout.control.exists() and (asterisk.pid is not None or not config.asterisk.managed)
    if runs:
        await asterisk.reload(changed)
    return changed, runs


async def let_register(command: Command) -> None:
    """After new accounts: the telephones of a running Asterisk may register at once. Says so if they may not."""
    asterisk = PrivateAsterisk(command.config)
    if not asterisk.layout.control.exists():
        return  # it reads its files when it starts
    try:
        await bring_up_to_date(command.config)
    except AsteriskAway as away:
        command.out.note(
            f"The phone cannot register before `callcenter dialplan install` has been run: {away}",
            f"运行 callcenter dialplan install 之后，话机才能注册：{away}",
        )
