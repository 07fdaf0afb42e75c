"""`callcenter clients add|list|revoke`: programs that may ask the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.looking import add_look_options, look_words
from callcenter.app.cli.output import Column
from callcenter.app.client_verbs import client_verbs
from callcenter.app.clock import SystemClock
from callcenter.app.reach import ask_or, read
from callcenter.domain.clients import ApiClient, ApiScope
from callcenter.services.api_clients import new_token, token_hash_of
from storage.database import open_storage

_COLUMNS: Final = (
    Column(fact="name", en="client", zh="客户端"),
    Column(fact="scopes", en="scopes", zh="权限"),
    Column(fact="added_by", en="added by", zh="添加人"),
    Column(fact="ends_at", en="good until", zh="有效至"),
    Column(fact="revoked_at", en="revoked", zh="撤销时间"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "clients", "接口: programs that may ask the API")
    add = add_verb(group, "add", _add, "adds a client and says its token, once")
    add.add_argument("name", help="small letters, digits, dots, dashes")
    add.add_argument(
        "--scope", action="append", required=True, choices=[scope.value for scope in ApiScope], help="may be repeated"
    )
    add_look_options(add)
    add_verb(group, "list", _list, "all clients")
    revoke = add_verb(group, "revoke", _revoke, "ends a client's token for good")
    revoke.add_argument("name")
    add_look_options(revoke)


async def _add(command: Command) -> int:
    token = new_token()
    words = {
        "name": command.options.name,
        "scopes": sorted(set(command.options.scope)),
        "token_hash": token_hash_of(token).hex(),
        "by": look_words(command)["who"],
    }
    answer = await _change(command, "client_add", words)
    command.out.say(
        {**answer, "token": token},
        f"{answer['client']} has the token {token} (said only now)",
        f"{answer['client']} 的令牌：{token}（只显示这一次）",
    )
    return DONE


async def _list(command: Command) -> int:
    clients = await read(command.config, lambda work: work.api_clients.all())
    command.out.table(_COLUMNS, [_facts(client) for client in clients])
    return DONE


def _facts(client: ApiClient) -> dict[str, Any]:
    return {column.fact: getattr(client, column.fact) for column in _COLUMNS}


async def _revoke(command: Command) -> int:
    words = {"name": command.options.name, "by": look_words(command)["who"]}
    answer = await _change(command, "client_revoke", words)
    command.out.say(answer, f"{answer['client']} is revoked", f"{answer['client']} 已撤销")
    return DONE


async def _change(command: Command, verb: str, words: Mapping[str, Any]) -> Mapping[str, Any]:
    config = command.config

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return await client_verbs(storage, SystemClock(), config)[verb](words)

    return await ask_or(config, {"verb": verb, **words}, instead)
