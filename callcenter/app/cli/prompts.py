"""`callcenter prompts render|missing`."""

from __future__ import annotations

from callcenter.app.cli.command import DONE, FAILED, Command, Groups, add_group, add_verb
from ivr.voice import PromptVoice, missing


def add_to(groups: Groups) -> None:
    group = add_group(groups, "prompts", "the sounds of what the hotline says")
    add_verb(group, "render", _render, "makes every sound whose text or recording has changed")
    add_verb(group, "missing", _missing, "names the prompts without an up-to-date sound; exit code 1 if there are any")


async def _render(command: Command) -> int:
    async with PromptVoice(command.config) as voice:
        made = await voice.render_all()
    command.out.say({"made": made}, f"{len(made)} prompts made", f"已生成 {len(made)} 条提示音")
    return DONE


def _missing(command: Command) -> int:
    names = missing(command.config)
    command.out.say(
        {"missing": names},
        "\n".join(names) or "none is missing",
        "\n".join(names) or "没有缺少的提示音",
    )
    return FAILED if names else DONE
