"""`callcenter prompts list|render|missing|check|record|import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from callcenter.app.cli.command import DONE, FAILED, Command, Groups, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.reach import read
from callcenter.app.record_prompt import take_by_phone
from callcenter.errors import AgentUnknown, HotlineError
from ivr.prompts import PromptSound, load_prompts
from ivr.recordings import keep, names_of, sound_named
from ivr.sound_check import Measured, measured_sounds
from ivr.voice import PromptVoice, missing
from ivr.voice_shelf import Shelf

_LIST: Final = (
    Column(fact="prompt", en="prompt", zh="提示音"),
    Column(fact="to", en="to", zh="对象"),
    Column(fact="voice", en="voice", zh="声音"),
    Column(fact="text", en="text", zh="内容"),
)
_CHECK: Final = (
    Column(fact="prompt", en="prompt", zh="提示音"),
    Column(fact="seconds", en="s", zh="秒"),
    Column(fact="loudness_dbfs", en="dBFS", zh="响度"),
    Column(fact="peak_dbfs", en="peak", zh="峰值"),
    Column(fact="syllables_per_second", en="syl/s", zh="字/秒"),
    Column(fact="voice_band_percent", en="band %", zh="频带%"),
    Column(fact="before_seconds", en="before", zh="前静音"),
    Column(fact="after_seconds", en="after", zh="后静音"),
    Column(fact="faults", en="out of bounds", zh="超出范围"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "prompts", "the sounds of what the hotline says")
    add_verb(group, "list", _list, "every prompt, who hears it, whose voice it has, its text")
    add_verb(group, "render", _render, "makes every sound whose text or recording has changed")
    add_verb(group, "missing", _missing, "names the prompts without an up-to-date sound; exit code 1 if there are any")
    add_verb(group, "check", _check, "measures every sound and says what is out of bounds; exit code 1 if anything is")
    record = add_verb(group, "record", _record, "rings an agent's phone, records what is read aloud; 1 keeps it")
    record.add_argument(
        "prompt", metavar="PROMPT", help="its name; slow/NAME for the slower sound, sichuan/NAME for one in a dialect"
    )
    record.add_argument("--on", required=True, metavar="EXTENSION", help="the agent's phone that rings")
    import_ = add_verb(
        group,
        "import",
        _import,
        "takes recordings named PROMPT.wav, PROMPT.slow.wav, or PROMPT.sichuan.wav of a dialect",
    )
    import_.add_argument("files", nargs="+", type=Path, metavar="FILE")


def _list(command: Command) -> int:
    config, out = command.config, command.out
    shelf, prompts = Shelf(config), load_prompts(config)
    voices = {each.name: _voice(shelf, each) for each in shelf.sounds()}
    shown = {
        "recorded": out.text("recorded", "真人"),
        "machine": out.text("machine", "机器"),
        "missing": out.text("missing", "缺少"),
        "unrecorded": out.text("not recorded: Mandarin", "未录，用普通话"),
        "": out.text("when needed", "用时合成"),
    }
    rows = [
        {
            "prompt": name,
            "to": prompt.to,
            "voice": voices.get(name, "" if name == prompt.name else "unrecorded"),
            "text": prompt.text,
            "en": prompt.en,
        }
        for prompt in prompts.values()
        for name in names_of(prompt, config)
    ]
    out.table(_LIST, rows if out.as_json else [row | {"voice": shown[row["voice"]]} for row in rows])
    return DONE


def _voice(shelf: Shelf, each: PromptSound) -> str:
    if not shelf.is_up_to_date(each):
        return "missing"
    return "recorded" if shelf.recording(each) else "machine"


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


def _check(command: Command) -> int:
    rows = [_facts(each) for each in measured_sounds(command.config)]
    command.out.table(_CHECK, rows)
    absent = missing(command.config)
    if absent:
        some = ", ".join(absent)
        command.out.note(f"not there or out of date: {some}", f"缺少或过期：{some}")
    return FAILED if absent or any(row["faults"] for row in rows) else DONE


def _facts(each: Measured) -> dict[str, Any]:
    return {
        "prompt": each.name,
        "recorded": each.recorded,
        "seconds": round(each.seconds, 2),
        "loudness_dbfs": round(each.loudness_dbfs, 1),
        "peak_dbfs": round(each.peak_dbfs, 1),
        "syllables_per_second": round(each.syllables_per_second, 1),
        "voice_band_percent": round(100 * each.voice_band),
        "bands_percent": [round(100 * share) for share in each.bands],
        "before_seconds": round(each.before_seconds, 2),
        "after_seconds": round(each.after_seconds, 2),
        "faults": list(each.faults),
    }


async def _record(command: Command) -> int:
    config, out, extension = command.config, command.out, command.options.on
    each = sound_named(config, command.options.prompt)
    if await read(config, lambda work: work.agents.by_extension(extension)) is None:
        raise AgentUnknown(extension)
    async with PromptVoice(config) as voice:
        await voice.render_all()
        example = await voice.sheet(each.prompt.text)
        out.note(
            f"{extension} rings. To be read: {each.prompt.text}", f"{extension} 正在振铃。请朗读：{each.prompt.text}"
        )
        take = await take_by_phone(config, extension, example, shown=each.name)
        if take is None:
            out.say({"prompt": each.name, "kept": False}, "nothing was kept", "没有保留")
            return FAILED
        try:
            result = keep(config, each, take)
        finally:
            take.unlink(missing_ok=True)
        await voice.render_all()
    _say_kept(command, result)
    return DONE


async def _import(command: Command) -> int:
    config, kept, refused = command.config, [], []
    for file in command.options.files:
        name, _, folder = file.stem.partition(".")
        try:
            each = sound_named(config, f"{folder}/{name}" if folder else name)
            kept.append(keep(config, each, file))
        except HotlineError as error:
            refused.append(f"{file.name}: {error}")
    async with PromptVoice(config) as voice:
        await voice.render_all()
    if command.out.as_json:
        command.out.say({"kept": [_facts(each) for each in kept], "refused": refused}, "", "")
    else:
        for result in kept:
            _say_kept(command, result)
        for fault in refused:
            command.out.note(fault, fault)
    return FAILED if refused else DONE


def _say_kept(command: Command, result: Measured) -> None:
    lasts, loud = f"{result.seconds:.1f}", f"{result.loudness_dbfs:.1f}"
    command.out.say(
        {"kept": True, **_facts(result)},
        f"{result.name} kept: {lasts} s, {loud} dBFS",
        f"已保留 {result.name}：{lasts} 秒，{loud} dBFS",
    )
