"""`callcenter dialplan render|install`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.telephones import bring_up_to_date, rendered
from callcenter.asterisk.accounts import SipSecrets, ensure_secrets
from callcenter.asterisk.install import install
from callcenter.asterisk.render import SECRET_FILES

_SECRET: Final = re.compile(r"^(secret|password) = .*$", re.MULTILINE)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "dialplan", "Asterisk's files, made from the configuration and the accounts")
    render = add_verb(group, "render", _render, "prints the files without their secrets, or writes them to a folder")
    render.add_argument("--to", type=Path, metavar="FOLDER", help="write them here, secrets too (mode 0600)")
    add_verb(group, "install", _install, "puts them in place and makes a running Asterisk read them; calls go on")


async def _render(command: Command) -> int:
    config, folder = command.config, command.options.to
    if folder is not None:
        changed = install(await rendered(config, ensure_secrets(config)), folder)
        command.out.say(
            {"folder": str(folder), "changed": changed},
            f"{len(changed)} files written to {folder}",
            f"已写入 {len(changed)} 个文件：{folder}",
        )
        return DONE
    hidden = SipSecrets(ami="hidden", sip="hidden", trunks={trunk.name: "hidden" for trunk in config.trunks})
    files = {
        name: _SECRET.sub(r"\1 = (hidden)", text) if name in SECRET_FILES else text
        for name, text in (await rendered(config, hidden)).items()
    }
    text = "\n".join(f";;; {name}\n{content.rstrip()}\n" for name, content in files.items())
    command.out.say(files, text, text)
    return DONE


async def _install(command: Command) -> int:
    changed, runs = await bring_up_to_date(command.config)
    names = ", ".join(changed) or "-"
    command.out.say(
        {"changed": changed, "asterisk_running": runs},
        f"changed: {names}; "
        + ("Asterisk has read them" if runs else "Asterisk does not run, it reads them at its start"),
        f"已更新：{names}；" + ("Asterisk 已重新读取" if runs else "Asterisk 未运行，启动时读取"),
    )
    return DONE
