"""`callcenter demo --desk`: the operators' desk with made-up people behind it, served until Ctrl-C.

Everything is the demo's own, as in the story; what rings is the telephone in the browser.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.app.ask_service import ask_service
from callcenter.app.cli.output import Output
from callcenter.app.demo_company import company
from callcenter.app.demo_house import DemoHouse
from callcenter.config import Config, load
from callcenter.domain.access import UserRole
from callcenter.errors import DemoFailed
from callcenter.services.passwords import Passwords

DOOR_OPENS_WITHIN_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class DemoUser:
    name: str
    shown: str
    role: UserRole
    extension: str = ""


USERS: Final = (
    DemoUser(name="wang", shown="王坐席", role=UserRole.AGENT, extension="1001"),
    DemoUser(name="li", shown="李坐席", role=UserRole.AGENT, extension="1002"),
    DemoUser(name="chief", shown="赵班长", role=UserRole.SUPERVISOR, extension="1003"),
    DemoUser(name="admin", shown="管理员", role=UserRole.ADMINISTRATOR),
)


def main(config_path: Path, out: Output) -> int:
    """Serves until SIGINT or SIGTERM. 0 after an orderly end."""
    out.note("The desk is being opened; a few seconds.", "正在打开坐席台，需几秒钟。")
    asyncio.run(_serve(config_path, out))
    return 0


async def _serve(config_path: Path, out: Output) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with DemoHouse(load(config_path), desk=True) as house:
        password = secrets.token_hex(5)
        await _add_users(house.config, password)
        async with company(house), _door(house):
            _tell(house.config, password, out)
            await stopping.wait()
            out.note("Closing.", "正在关闭。")


async def _add_users(config: Config, password: str) -> None:
    passwords = Passwords(config.access)
    try:
        password_hash = passwords.hashed_now(password)
    finally:
        passwords.close()
    for user in USERS:
        await ask_service(
            config, verb="add_user", name=user.name, shown=user.shown, role=user.role.value,
            password_hash=password_hash, extension=user.extension,
        )  # fmt: skip


@asynccontextmanager
async def _door(house: DemoHouse) -> AsyncIterator[None]:
    """The console's, a process of its own, as `callcenter run` has it. Raises `DemoFailed` when it does not open."""
    command = [sys.executable, "-m", "callcenter", "--config", str(house.folder / "config.yaml"), "door"]
    with open(house.folder / "door.log", "wb") as log:
        door = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        await _opens(house.config)
        yield
    finally:
        with suppress(ProcessLookupError):
            door.terminate()
        await door.wait()


async def _opens(config: Config) -> None:
    try:
        async with asyncio.timeout(DOOR_OPENS_WITHIN_SECONDS):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection(config.console.host, config.console.port)
                    writer.close()
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise DemoFailed("the console's door did not open") from None


def _tell(config: Config, password: str, out: Output) -> None:
    address = f"http://{config.console.host}:{config.console.port}"
    facts = {"address": address, "password": password, "users": [user.name for user in USERS]}
    if out.as_json:
        return out.say(facts, "", "")
    out.say({}, f"The desk: {address}   (password of all: {password})", f"坐席台：{address}   （密码都是 {password}）")
    for user in USERS:
        out.say({}, f"  {user.name:8}{user.role} {user.extension}", f"  {user.name:8}{user.shown} {user.extension}")
    out.say(
        {},
        "1. Sign in as wang, English at the top right if you like, Go online; let the browser have the microphone.\n"
        "2. In a private window sign in as admin: Demo presses a made-up elder's red key (she plays music).\n"
        "3. Back at the desk, F2 answers, and F1 tells the rest. The family and the simulated 120 pick up and speak.\n"
        "Ctrl-C ends it.",
        "1. 用 wang 登录，按「上线」，允许使用麦克风（虚构的老人放的是音乐）。\n"
        "2. 另开无痕窗口用 admin 登录，在「演示」里按下红键。\n"
        "3. 回到坐席台按 F2 接听，按 F1 看怎么用。家属和模拟的120会接听并说话。\n"
        "按 Ctrl-C 结束。",
    )
