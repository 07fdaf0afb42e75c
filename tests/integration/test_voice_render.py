"""The voice, with the real espeak-ng in its real worker process."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pypinyin import Style, lazy_pinyin

from callcenter.config import Config, check
from callcenter.errors import VoiceAway
from ivr import sound
from ivr.prompts import load_prompts, sounds_of
from ivr.say_zh import spoken
from ivr.sound_check import measured_sounds
from ivr.voice import SHEET_AT_MOST_PIECES, PromptVoice, missing
from ivr.voice_shelf import espeak_voice

PROJECT = Path(__file__).parents[2]
SHEET = "李桂兰，82岁，3号楼2单元501。"
LONG_SHEET = (
    "这里是平安热线，有老人紧急求助，请派救护车。李桂兰，女，82岁。地址：东城区幸福街道安乐苑3号楼2单元501室。"
    "附近：幸福超市对面。进门：门锁密码在物业。持钥匙人王，电话13900000001。疾病：高血压、冠心病、糖尿病2型。"
    "用药：阿司匹林100mg，每天1次；二甲双胍0.5g，每天2次。过敏：青霉素。回拨电话13900000002。"
)
TWO_PROMPTS = """
hello: {text: "您好，这里是{hotline}。", en: Hello.}
thanks: {text: 谢谢。, en: Thank you.}
"""


def settings(folder: Path, **voice: object) -> Config:
    voice = {"prompts": folder / "prompts.yaml", "recorded": folder / "recorded", "sounds": folder / "sounds"} | voice
    return check({"voice": voice}, folder)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "prompts.yaml").write_text(TWO_PROMPTS, encoding="utf-8")
    (tmp_path / "recorded").mkdir()
    return settings(tmp_path)


@pytest.fixture
async def voice(config: Config) -> AsyncIterator[PromptVoice]:
    async with PromptVoice(config) as voice:
        yield voice


def made_files(config: Config) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (config.voice.sounds / "cc").glob("*.wav")}


async def test_the_hotlines_own_prompts_are_all_made_and_fit_the_telephone(tmp_path: Path) -> None:
    config = check({"voice": {"sounds": tmp_path / "sounds"}}, PROJECT)
    sounds = sounds_of(load_prompts(config).values())
    names = [sound.name for sound in sounds]
    assert {"received", "slow/landline_greeting"} < set(names)
    assert missing(config) == names
    async with PromptVoice(config) as voice:
        assert await voice.render_all() == names
    assert missing(config) == []
    assert {each.name: faults for each in measured_sounds(config) if (faults := each.faults)} == {}


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="the command espeak-ng is not installed, only its library")
def test_espeak_reads_a_name_in_mandarin() -> None:
    command = ["espeak-ng", "-q", "-b", "1", "-x", "-v", espeak_voice("cmn"), "李桂兰"]
    phonemes = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    assert "(en)" not in phonemes
    assert len(phonemes.split()) == 3


#: What sheets and prompts with names and addresses in them are made of.
SAID_TO_RESPONDERS = """
地址：幸福路三号楼二单元。附近：超市对面，地铁站旁。进门：钥匙在地毯下，门锁密码在物业。持钥匙人电话。疾病：高血压，
糖尿病，冠心病，呕吐，肋骨，中风后遗症，腰椎骨折，咳嗽，骨质疏松。用药：阿司匹林，胰岛素，每天两次。过敏：青霉素。老人身份未知，来电号码未知，请直接询问地址。
成都，重庆，厦门，朝阳区，长安街，重阳路，行政村，调理，人参，着凉，暖和，睡觉，头发，长庚，音乐，单元，了解，曾经。
"""


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="the command espeak-ng is not installed, only its library")
def test_every_character_gets_its_right_reading() -> None:
    """pypinyin knows words with two readings by its own dictionary; both name the syllables in espeak-ng's phonemes."""
    texts = [prompt.text for prompt in load_prompts(check({}, PROJECT)).values()]
    said = [re.findall(r"[\u4e00-\u9fff]", spoken(re.sub(r"[a-z]|\d", "", text))) for text in texts]
    wanted = [re.findall(r"[\u4e00-\u9fff]", re.sub(r"[a-z]|\d", "", text)) for text in texts]
    for written in re.findall(r"[\u4e00-\u9fff]+", SAID_TO_RESPONDERS):
        wanted.append(list(written))
        said.append(list(spoken(written)))
    heard = phonemes(["".join(each) for each in said])
    right = phonemes([" ".join(lazy_pinyin("".join(each), style=Style.TONE3)) for each in wanted])
    wrong = [(text, a, b) for text, a, b in zip(wanted, heard, right, strict=True) if a != b]
    assert wrong == []


def phonemes(lines: list[str]) -> list[str]:
    """What espeak-ng says for each line, without tones and stress."""
    found = []
    for line in lines:
        command = ["espeak-ng", "-q", "-b", "1", "-x", "-v", espeak_voice("cmn"), line]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
        found.append(re.sub(r"[\s0-9',_|;]", "", done.stdout))
    return found


async def test_only_what_has_changed_is_made_again(config: Config, voice: PromptVoice) -> None:
    assert await voice.render_all() == ["hello", "thanks"]
    before = made_files(config)
    assert await voice.render_all() == []
    path = config.path(config.voice.prompts)
    path.write_text(path.read_text(encoding="utf-8").replace("谢谢", "多谢您"), encoding="utf-8")
    assert missing(config) == ["thanks"]
    assert await voice.render_all() == ["thanks"]
    assert made_files(config)["hello.wav"] == before["hello.wav"]


async def test_a_changed_speed_a_lost_an_empty_and_a_half_made_file_are_made_again(
    config: Config, voice: PromptVoice, tmp_path: Path
) -> None:
    await voice.render_all()
    assert missing(settings(tmp_path, words_per_minute=120)) == ["hello", "thanks"]
    sounds = config.voice.sounds / "cc"
    (sounds / "hello.wav").write_bytes(b"")
    (sounds / "thanks.from").unlink()
    assert await voice.render_all() == ["hello", "thanks"]
    (sounds / "hello.wav").unlink()
    assert await voice.render_all() == ["hello"]


async def test_a_human_recording_wins_and_its_removal_brings_the_machine_back(
    config: Config, voice: PromptVoice
) -> None:
    await voice.render_all()
    machine, _ = sound.read(config.voice.sounds / "cc/thanks.wav")
    person = array("h", [round(9000 * (n % 50 / 25 - 1)) for n in range(8000)])
    sound.write(config.voice.recorded / "thanks.wav", person)
    assert missing(config) == ["thanks"]
    assert await voice.render_all() == ["thanks"]
    samples, _ = sound.read(config.voice.sounds / "cc/thanks.wav")
    assert sound.seconds(samples) == pytest.approx(1.0, abs=0.05)
    assert -20 <= sound.speech_dbfs(samples) <= -16
    (config.voice.recorded / "thanks.wav").unlink()
    assert await voice.render_all() == ["thanks"]
    again, _ = sound.read(config.voice.sounds / "cc/thanks.wav")
    assert sound.seconds(again) == pytest.approx(sound.seconds(machine), abs=0.03)  # espeak-ng never speaks twice alike


async def test_a_recording_that_cannot_be_used_is_named_and_the_others_are_made(
    config: Config, voice: PromptVoice
) -> None:
    (config.voice.recorded / "hello.wav").write_bytes(b"ID3 an mp3")
    with pytest.raises(VoiceAway, match=r"hello: hello\.wav: file does not start with RIFF id"):
        await voice.render_all()
    assert missing(config) == ["hello"]


async def test_a_prompt_that_is_too_long_is_named(config: Config, voice: PromptVoice) -> None:
    config.path(config.voice.prompts).write_text(
        f"long: {{text: {'请不要挂机' * 9}, en: On and on.}}", encoding="utf-8"
    )
    with pytest.raises(VoiceAway, match=r"long: it lasts [0-9.]+ s, longer than 8 s"):
        await voice.render_all()
    assert made_files(config) == {}


async def test_a_sheet_comes_in_pieces_a_session_can_play(config: Config, voice: PromptVoice) -> None:
    files = await voice.sheet(LONG_SHEET)
    assert 6 < len(files) < 20
    lasts = []
    for file in files:
        samples, rate = sound.read(config.voice.sounds / f"{file}.wav")
        assert rate == 8000
        lasts.append(sound.seconds(samples))
    assert max(lasts) <= 8
    assert sum(lasts) > 25


@pytest.mark.parametrize("words_per_minute", [80, 300])
async def test_pieces_fit_at_any_speed(tmp_path: Path, config: Config, words_per_minute: int) -> None:
    async with PromptVoice(settings(tmp_path, words_per_minute=words_per_minute, render_within_seconds=30)) as voice:
        assert len(await voice.sheet(LONG_SHEET)) > 2


async def test_a_sheet_is_made_once_even_when_many_ask(config: Config, voice: PromptVoice) -> None:
    answers = await asyncio.gather(*(voice.sheet(SHEET) for _ in range(5)))
    assert len(set(answers)) == 1
    before = made_sheets(config)
    assert await voice.sheet(SHEET) == answers[0]
    assert {path.name: path.read_bytes() for path in before} == {p.name: p.read_bytes() for p in made_sheets(config)}
    assert len(before) == len(answers[0])
    assert await voice.sheet("王，90岁。") != answers[0]


def made_sheets(config: Config) -> list[Path]:
    return sorted((config.voice.sounds / "said").iterdir())


async def test_sheets_are_forgotten_when_nobody_asks_for_them(config: Config, voice: PromptVoice) -> None:
    (old,), (used,) = await voice.sheet("李，82岁。"), await voice.sheet("王，90岁。")
    long_ago = time.time() - 1000
    for file in (old, used):
        os.utime(config.voice.sounds / f"{file}.wav", (long_ago, long_ago))
    await voice.sheet("王，90岁。")
    assert voice.forget_sheets(older_than_seconds=900) == 1
    assert [f"said/{path.stem}" for path in made_sheets(config)] == [used]


async def test_what_nobody_would_listen_to_is_cut_at_the_end(tmp_path: Path, config: Config) -> None:
    async with PromptVoice(settings(tmp_path, render_within_seconds=60)) as voice:
        files = await voice.sheet("地址一号楼。" + "".join(f"服药第{n}种。" for n in range(1000)))
        assert len(files) == SHEET_AT_MOST_PIECES
        assert len("&".join(files)) < 1024


@pytest.mark.parametrize("text", ["", "。，！", "\0\n\r\t"])
async def test_a_text_with_nothing_to_say_is_refused(voice: PromptVoice, text: str) -> None:
    with pytest.raises(VoiceAway, match="nothing to say"):
        await voice.sheet(text)


@pytest.mark.parametrize(
    "text", ["[[h@l'oU]]您好", "<speak>您好</speak>", "'; rm -rf / #您好", "$(reboot)您好", "您好\n--voices"]
)
async def test_whatever_stands_in_a_name_is_only_spoken(config: Config, voice: PromptVoice, text: str) -> None:
    files = await voice.sheet(text)
    samples, _ = sound.read(config.voice.sounds / f"{files[-1]}.wav")
    assert sound.seconds(samples) > 0.5


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_killed_or_hung_worker_is_replaced(tmp_path: Path, config: Config, how: signal.Signals) -> None:
    async with PromptVoice(settings(tmp_path, render_within_seconds=2)) as voice:
        await voice.sheet(SHEET)
        first = children()
        os.kill(first[0], how)
        if how is signal.SIGSTOP:
            with pytest.raises(VoiceAway, match="no answer in time"):
                await voice.sheet("您好。")
        assert await voice.sheet("您好。")
        assert len(children()) == 1
        assert children() != first
    assert children() == []


async def test_a_cancelled_render_does_not_leave_its_answer_to_the_next(voice: PromptVoice, config: Config) -> None:
    await voice.sheet("您好。")
    long = asyncio.create_task(voice.sheet(LONG_SHEET))
    await asyncio.sleep(0)  # it has asked by now, and the answer takes a second
    await asyncio.sleep(0)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    (file,) = await voice.sheet("谢谢。")
    samples, _ = sound.read(config.voice.sounds / f"{file}.wav")
    assert sound.seconds(samples) < 2


async def test_the_worker_dies_with_its_parent(tmp_path: Path) -> None:
    program = (
        "import os, signal, subprocess, sys\n"
        "command = [sys.executable, '-m', 'ivr.voice_worker', 'cmn-latn-pinyin', '150', str(os.getpid())]\n"
        "worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "from ivr.voice_worker import frame, receive\n"
        f"worker.stdin.write(frame(dict(text='您好', to='{tmp_path}/a.wav', at_most_seconds=8, clear=False)))\n"
        "worker.stdin.flush()\n"
        "receive(worker.stdout)\n"
        "print(worker.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout
    worker = os.pidfd_open(int(await asyncio.wait_for(parent.stdout.readline(), 20)))
    try:
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(worker, gone.set)
        parent.kill()
        await asyncio.wait_for(gone.wait(), 5)
    finally:
        asyncio.get_running_loop().remove_reader(worker)
        os.close(worker)
        await parent.wait()


@pytest.mark.parametrize(
    ("worker", "fault"),
    [
        (("false",), "its worker dies"),
        (("/nonexistent/worker",), "its worker dies"),
        (("sh", "-c", "exec sleep 60"), "no answer in time"),
        (("sh", "-c", r"printf '\377\377\377\377'; exec sleep 60"), "its worker dies"),
        (("sh", "-c", r"printf '\0\0\0\2[]'; exec sleep 60"), "its worker dies"),
        (("sh", "-c", r"printf '\0\0\0\2{}'; exec sleep 60"), "an answer nobody understands"),
        (("sh", "-c", r"printf '\0\0\0\9'; exit"), "its worker dies"),
    ],
)
async def test_an_end_silence_and_rubbish_from_a_worker_are_voice_away(
    tmp_path: Path, config: Config, worker: tuple[str, ...], fault: str
) -> None:
    async with PromptVoice(settings(tmp_path, render_within_seconds=1), worker=worker) as voice:
        with pytest.raises(VoiceAway, match=fault):
            await voice.sheet(SHEET)


async def test_without_espeak_it_says_so(tmp_path: Path, config: Config) -> None:
    without = ("env", "LD_PRELOAD=", sys.executable, "-c", NO_ESPEAK)
    async with PromptVoice(config, worker=without) as voice:
        with pytest.raises(VoiceAway, match="espeak-ng is not installed or does not start"):
            await voice.sheet(SHEET)


NO_ESPEAK = """
import ctypes
real = ctypes.CDLL
def without(name, *a, **k):
    if name and 'espeak' in str(name):
        raise OSError(f'{name}: cannot open shared object file')
    return real(name, *a, **k)
ctypes.CDLL = ctypes.cdll.LoadLibrary = without
from ivr.voice_worker import main
main()
"""


async def test_an_unknown_voice_is_never_replaced_by_another(tmp_path: Path, config: Config) -> None:
    async with PromptVoice(settings(tmp_path, language="klingon")) as voice:
        with pytest.raises(VoiceAway, match="espeak-ng has no voice klingon"):
            await voice.sheet(SHEET)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, config: Config) -> None:
    (tmp_path / "sounds").write_text("in the way")
    async with PromptVoice(config) as voice:
        with pytest.raises(VoiceAway, match="sounds"):
            await voice.sheet(SHEET)


def children() -> list[int]:
    """Our own child processes that still run."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in listed if "voice_worker" in Path(f"/proc/{pid}/cmdline").read_text()]
