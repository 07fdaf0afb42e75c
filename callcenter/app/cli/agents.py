"""`callcenter agents add|list|online|offline|break`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from callcenter.app.cli.command import DONE, Command, Groups, Verb, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.cli.telephones import let_register
from callcenter.app.clock import SystemClock
from callcenter.app.new_people import NewAgent, add_agent
from callcenter.app.reach import ask_or, read, write
from callcenter.asterisk.accounts import SipAccount, SipKind, ensure_secrets, sip_password
from callcenter.domain.people import Agent, Presence
from callcenter.errors import AgentUnknown
from callcenter.ports.storage import UnitOfWork

_COLUMNS = (
    Column(fact="extension", en="extension", zh="分机"),
    Column(fact="name", en="name", zh="姓名"),
    Column(fact="presence", en="presence", zh="状态"),
    Column(fact="since", en="since", zh="始于"),
    Column(fact="skills", en="skills", zh="技能"),
    Column(fact="supervisor", en="supervisor", zh="班长"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "agents", "坐席: who answers")
    add = add_verb(group, "add", _add, "adds an agent and says the password of the phone, once")
    add.add_argument("name", type=_name)
    add.add_argument("extension", type=_extension, help="the SIP account of the agent's own phone, e.g. 1004")
    add.add_argument(
        "--skill", action="append", default=[], type=_skill, help="e.g. medical or dialect:cantonese; may be repeated"
    )
    add.add_argument("--supervisor", action="store_true", help="班长")
    add_verb(group, "list", _list, "all agents and where they are")
    for word, presence in (("online", Presence.FREE), ("offline", Presence.OFFLINE), ("break", Presence.BREAK)):
        verb: Verb = partial(_change, presence=presence)
        add_verb(group, word, verb, f"makes an agent {presence.value}").add_argument("extension", type=_extension)


def _name(text: str) -> str:
    if not 1 <= len(text.strip()) <= 40 or not text.isprintable():
        raise argparse.ArgumentTypeError("a name has 1 to 40 letters")
    return text.strip()


def _extension(text: str) -> str:
    if not re.fullmatch(r"[0-9]{2,8}", text):
        raise argparse.ArgumentTypeError("an extension has 2 to 8 digits")
    return text


def _skill(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_:-]{0,39}", text):
        raise argparse.ArgumentTypeError("a skill is a word of small letters, e.g. medical")
    return text


async def _add(command: Command) -> int:
    options, config = command.options, command.config
    new = NewAgent(
        name=options.name,
        extension=options.extension,
        skills=frozenset(options.skill),
        supervisor=options.supervisor,
    )
    words = {
        "verb": "add_agent", "name": new.name, "extension": new.extension,
        "skills": sorted(new.skills), "supervisor": new.supervisor,
    }  # fmt: skip

    async def instead() -> Mapping[str, Any]:
        agent = await write(config, "add agent", lambda work: add_agent(work, SystemClock(), new))
        return {"agent": agent.extension}

    await ask_or(config, words, instead)
    password = sip_password(ensure_secrets(config).sip, SipAccount(kind=SipKind.AGENT, name=new.extension))
    command.out.say(
        {"extension": new.extension, "name": new.name, "sip_user": new.extension, "sip_password": password},
        f"{new.name} has extension {new.extension}. SIP user {new.extension}, password {password} (said only now)",
        f"已添加{new.name}，分机{new.extension}。SIP用户名{new.extension}，密码{password}（只显示这一次）",
    )
    await let_register(command)
    return DONE


async def _list(command: Command) -> int:
    agents = await read(command.config, lambda work: work.agents.all())
    command.out.table(_COLUMNS, [_facts(agent) for agent in agents])
    return DONE


def _facts(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "extension": agent.extension,
        "name": agent.name,
        "presence": agent.presence,
        "since": agent.presence_since,
        "skills": agent.skills,
        "supervisor": agent.supervisor,
    }


async def _change(command: Command, presence: Presence) -> int:
    extension, config = command.options.extension, command.config

    async def instead() -> Mapping[str, Any]:
        await write(config, "change presence", lambda work: _set_presence(work, extension, presence))
        return {"agent": extension, "presence": presence}

    await ask_or(config, {"verb": "presence", "agent": extension, "presence": presence.value}, instead)
    word = command.out.cell(presence)
    command.out.say({"extension": extension, "presence": presence}, f"{extension} is {word}", f"{extension}：{word}")
    return DONE


def _set_presence(work: UnitOfWork, extension: str, presence: Presence) -> None:
    agent = work.agents.by_extension(extension)
    if agent is None:
        raise AgentUnknown(extension)
    work.agents.set_presence(agent.id, presence, SystemClock().now())
