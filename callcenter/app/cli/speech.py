"""`callcenter speech install|check|listen`: the model that the ears understand with, and what they understand."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from pathlib import Path
from typing import Final

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.cli.progress import ProgressBar
from callcenter.app.speech_check import Said, hear
from callcenter.app.speech_install import OFFICIAL, install
from callcenter.config import Config
from callcenter.ports.story_call import Heard
from ivr.intent_words import NAMES
from ivr.intents import Intents

_SAID: Final = (
    Column(fact="at_seconds", en="s", zh="秒"),
    Column(fact="kind", en="", zh=""),
    Column(fact="words", en="words", zh="文字"),
    Column(fact="confidence", en="confidence", zh="可信度"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "speech", "语音识别: the model, and what is understood with it")
    fetch = add_verb(group, "install", _install, "puts a speech model where the ears look for it (speech.model)")
    fetch.add_argument(
        "--from", dest="source", default=OFFICIAL, metavar="FILE_OR_URL", help=f"zip, folder or URL ({OFFICIAL})"
    )
    fetch.add_argument("--sha256", type=_sha256, metavar="HEX", help="that the zip must have")
    check = add_verb(group, "check", _check, "what is understood of a recording, and when")
    check.add_argument("file", type=Path, metavar="FILE.wav", help="16 bit, 8,000 samples a second or more")
    check.add_argument(
        "--phrases",
        type=_phrases,
        default=(),
        metavar="FILE",
        help="listen for these, divided by spaces or lines; otherwise for everything",
    )
    listen = add_verb(group, "listen", _listen, "the same through a simulated call: telephone, Asterisk, ears")
    listen.add_argument("file", type=Path, metavar="FILE.wav")
    listen.add_argument("--phrases", type=_phrases, metavar="FILE", help="otherwise all of prompts/intents.yaml")


def model_folder(config: Config) -> Path:
    """Where the model is, or its link; `Config.path` would follow that."""
    return Path(os.path.abspath(config.folder / config.speech.model))


async def _install(command: Command) -> int:
    out, options = command.out, command.options
    with ProgressBar(silent=out.as_json) as bar:
        done = await install(options.source, model_folder(command.config), bar.show, sha256=options.sha256 or "")
    if done.sha256 and not done.verified:
        out.note(f"Not compared with anything: its SHA-256 is {done.sha256}", f"未经比对，SHA-256 为 {done.sha256}")
    out.say(
        {
            "model": str(done.model),
            "sha256": done.sha256,
            "verified": done.verified,
            "memory_mib": done.memory_mib,
            "load_seconds": round(done.load_seconds, 2),
        },
        f"{done.model}: loads in {done.load_seconds:.1f} s and takes {done.memory_mib} MiB in each ears worker. "
        "Workers that run take it at their next start.",
        f"{done.model}：{done.load_seconds:.1f} 秒载入，每个语音进程占 {done.memory_mib} MiB。"
        "运行中的进程下次启动时使用。",
    )
    return DONE


async def _check(command: Command) -> int:
    out, options = command.out, command.options
    heard = await asyncio.to_thread(hear, model_folder(command.config), options.file, options.phrases)
    if heard.dropped:
        dropped = " ".join(heard.dropped)
        out.note(f"Not in the model's vocabulary: {dropped}", f"模型词汇中没有：{dropped}")
    if out.as_json:
        facts = {"words": heard.words, "confidence": heard.confidence, "rejected": heard.rejected}
        times = {"sound_seconds": heard.sound_seconds, "processor_seconds": heard.processor_seconds}
        said = [_facts(each) for each in heard.said]
        out.say(facts | times | {"dropped": list(heard.dropped), "said": said}, "", "")
        return DONE
    out.table(_SAID, [_facts(each) for each in heard.said])
    words = heard.words or out.text("nothing", "无")
    if heard.rejected:
        words = out.text("something that is none of the phrases", "不在所列词语之内")
    out.say(
        {},
        f"{words}; confidence {heard.confidence:.2f}; "
        f"{heard.processor_seconds:.2f} s of processor time for {heard.sound_seconds:.1f} s of sound",
        f"{words}；可信度 {heard.confidence:.2f}；"
        f"{heard.sound_seconds:.1f} 秒声音用处理器 {heard.processor_seconds:.2f} 秒",
    )
    return DONE


async def _listen(command: Command) -> int:
    from callcenter.app.speech_listen import listen  # only here: it brings the telephone and Twisted

    out, config = command.out, command.config
    intents = Intents.load(config.path(config.voice.prompts).with_name("intents.yaml"))
    out.note("A telephone calls. This takes some seconds longer than the recording.", "正在拨打，约比录音多几秒。")

    def tell(at_seconds: float, heard: Heard) -> None:
        understood = intents.understand(heard.words, NAMES).intent
        facts = {"at_seconds": round(at_seconds, 2), "ending": heard.ending, "words": heard.words}
        out.say(
            facts | {"confidence": round(heard.confidence, 2), "intent": understood},
            f"{at_seconds:6.2f} s  {heard.ending}  {heard.words or '-'}  {understood}",
            f"{at_seconds:6.2f} 秒  {heard.ending}  {heard.words or '-'}  {understood}",
        )

    await listen(config, command.options.file, command.options.phrases or intents.phrases(NAMES), tell)
    return DONE


def _facts(said: Said) -> dict[str, object]:
    return {
        "at_seconds": f"{said.at_seconds:.2f}",
        "kind": "final" if said.final else "partial",
        "words": said.words,
        "confidence": f"{said.confidence:.2f}" if said.final else "",
    }


def _phrases(file: str) -> tuple[str, ...]:
    try:
        return tuple(Path(file).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("64 hexadecimal digits")
    return text
