"""Is the database there, of this program's revision, and does the data key fit? Does Redis answer, if one is named?"""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
from redis.asyncio import Redis
from redis.exceptions import RedisError

from callcenter.app.checks.finding import Finding, fault, ok, warn
from callcenter.config import Config, secret
from storage.arrival import check_key, is_blank
from storage.engines import open_engine
from storage.migrations import head, revision
from storage.vault import Vault, read_data_key


async def check_database(config: Config) -> list[Finding]:
    """Raises `DataKeyMissing` and `WrongDataKey`, whose sentences say what is wrong."""
    if await asyncio.to_thread(is_blank, config):
        return [
            warn(
                "database",
                "not made yet",
                "尚未创建",
                "the first `callcenter run` makes it",
                "首次运行 callcenter run 时创建",
            )
        ]
    vault = Vault(read_data_key(config.path(config.database.data_key_file)))
    try:
        now, needed = await asyncio.to_thread(_look, config, vault)
    except sa.exc.DBAPIError as error:
        why = type(error.orig).__name__
        return [fault("database", f"does not answer ({why})", f"没有回答（{why}）", "bring it back", "恢复数据库")]
    findings = [ok("database", "the data key fits", "数据密钥匹配")]
    if now == needed:
        return [*findings, ok("database", f"migrations are at their head, {now}", f"数据表已是最新版本 {now}")]
    behind = f"revision {now}, this program needs {needed}"
    return [*findings, warn("database", behind, f"版本 {now}，程序需要 {needed}",
                            "`callcenter run` brings it up to date", "运行 callcenter run 时自动升级")]  # fmt: skip


def _look(config: Config, vault: Vault) -> tuple[str | None, str | None]:
    engine = open_engine(config, read_only=True)
    try:
        with engine.connect() as connection:
            check_key(connection, vault)
            return revision(connection), head()
    finally:
        engine.dispose()


async def check_redis(config: Config) -> list[Finding]:
    section = config.redis
    if not section.url:
        return [ok("redis", "none is named: one node, in process", "未配置：单节点，进程内运行")]
    password = secret(config, section.password_file, "CALLCENTER_REDIS_PASSWORD") if section.password_file else None
    within = section.answer_within_seconds
    redis: Any = Redis.from_url(section.url, password=password, socket_timeout=within, socket_connect_timeout=within)
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        why = type(error).__name__
        return [
            warn("redis", f"does not answer ({why}): nodes do not see each other's agents",
                 f"没有回答（{why}）：各节点互相看不到坐席", "bring it back; no emergency depends on it",
                 "恢复 Redis；警情不依赖它")
        ]  # fmt: skip
    finally:
        await redis.aclose()
    return [ok("redis", "answers", "正常")]
