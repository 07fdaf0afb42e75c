"""`callcenter prompts` on files, with the real espeak-ng."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from callcenter.config import load
from ivr import sound
from ivr.voice_shelf import Shelf
from tests.integration.cli_house import CliHouse

PROMPTS = """
thanks: {text: 谢谢。, en: Thank you., slow: true}
hello: {text: "{name}，您好。", en: "Hello, {name}."}
online: {text: 您已上线。, en: You are online., to: agent}
"""


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    (tmp_path / "prompts.yaml").write_text(PROMPTS, encoding="utf-8")
    return CliHouse(tmp_path, {"voice": {"prompts": "prompts.yaml", "recorded": "recorded", "sounds": "sounds"}})


def hum(path: Path, *, peak: int = 8000) -> Path:
    sound.write(path, array("h", [round(peak * (n % 16 / 8 - 1)) for n in range(8000)]))
    return path


def voices(house: CliHouse) -> dict[str, str]:
    return {row["prompt"]: row["voice"] for row in house.run("prompts", "list", "--json").facts}


def test_sounds_are_listed_made_measured_and_imported(house: CliHouse) -> None:
    assert voices(house) == {"thanks": "missing", "slow/thanks": "missing", "hello": "", "online": "missing"}
    assert house.run("prompts", "check").code == 1
    assert house.run("prompts", "render", "--json").facts == {"made": ["thanks", "slow/thanks", "online"]}

    checked = house.run("prompts", "check", "--json")
    assert checked.code == 0
    assert [row["prompt"] for row in checked.facts] == ["thanks", "slow/thanks", "online"]
    assert all(-20 <= row["loudness_dbfs"] <= -16 and not row["faults"] for row in checked.facts)
    plain, slow, _ = checked.facts
    assert slow["seconds"] > plain["seconds"] * 1.1
    assert slow["loudness_dbfs"] > plain["loudness_dbfs"] + 1

    ran = house.run("prompts", "import", str(hum(house.folder / "thanks.slow.wav")), "--json")
    assert (ran.code, ran.facts["refused"]) == (0, [])
    assert ran.facts["kept"][0]["prompt"] == "slow/thanks"
    assert voices(house) == {"thanks": "machine", "slow/thanks": "recorded", "hello": "", "online": "machine"}


def test_a_prompt_recorded_in_a_dialect_has_a_sound_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "prompts.yaml").write_text(PROMPTS, encoding="utf-8")
    voice = {"prompts": "prompts.yaml", "recorded": "recorded", "sounds": "sounds", "dialects": {"四川话": "sichuan"}}
    house = CliHouse(tmp_path, {"voice": voice})
    assert voices(house)["sichuan/thanks"] == "unrecorded"
    assert "sichuan/online" not in voices(house), "agents are spoken to in Mandarin"
    assert "sichuan/hello" not in voices(house), "a name is spoken when it is needed"
    take = hum(tmp_path / "thanks.sichuan.wav")
    assert house.run("prompts", "import", str(take), "--json").facts["kept"][0]["prompt"] == "sichuan/thanks"
    assert voices(house)["sichuan/thanks"] == "recorded" and voices(house)["thanks"] == "machine"
    assert house.run("prompts", "missing").code == 0
    shelf = Shelf(load(house.file))
    assert shelf.in_dialect("thanks", "四川话") == "sichuan/thanks"
    assert [shelf.in_dialect(*of) for of in (("online", "四川话"), ("thanks", "粤语"), ("thanks", ""))] == [
        "online", "thanks", "thanks",
    ]  # fmt: skip
    ran = house.run("prompts", "import", str(hum(tmp_path / "thanks.yue.wav")), "--json")
    assert (ran.code, len(ran.facts["refused"])) == (1, 1)


def test_each_file_that_is_refused_is_named_and_the_others_are_kept(house: CliHouse) -> None:
    folder = house.folder / "takes"
    (folder / "sub").mkdir(parents=True)
    (folder / "online.wav").write_bytes(b"ID3 an mp3")
    files = [folder / "online.wav", hum(folder / "hello.wav"), hum(folder / "thanks.wav"), folder / "absent.wav",
             hum(folder / "sub/thanks.slow.wav", peak=60)]  # fmt: skip
    ran = house.run("prompts", "import", *map(str, files))
    assert ran.code == 1
    assert ran.out.startswith("thanks kept: 1.0 s, -18.0 dBFS")
    assert [line.split(":")[0] for line in ran.err.splitlines()] == [
        "online.wav", "hello.wav", "absent.wav", "thanks.slow.wav",
    ]  # fmt: skip
    assert "Traceback" not in ran.err
    assert voices(house)["thanks"] == "recorded"
