"""What the command line prints, and how it is taken apart."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from callcenter.app.cli.entry import parser, run
from callcenter.app.cli.output import Column, Output, aligned, width
from callcenter.app.cli.story import facts, show
from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Closed, Step, TimelineEntry
from callcenter.domain.people import Presence
from callcenter.services.timeline import Told
from callcenter.words import Words

START = datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC)
ID = UUID("01a203be-b04c-7224-86af-825f2e86cdc0")
WORDS = Words({"presence": {"free": "空闲"}, "step": {"claimed": "接警"}, "role": {"agent": "坐席"}})


def output(*, chinese: bool = False, as_json: bool = False) -> Output:
    return Output(as_json=as_json, chinese=chinese, words=lambda: WORDS)


def test_a_hanzi_is_two_places_wide() -> None:
    assert width("王ab，") == 6
    assert width("e\u0301") == 1


def test_columns_begin_below_each_other() -> None:
    lines = aligned([["姓名", "x"], ["a", "王"], ["很长的名字", ""]])
    assert lines == ["姓名        x", "a           王", "很长的名字"]


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (None, "-", "-"),
        ("", "-", "-"),
        (True, "yes", "是"),
        (Presence.FREE, "free", "空闲"),
        (Presence.WRAP_UP, "wrap up", "wrap_up"),
        (frozenset({"b", "a"}), "a, b", "a, b"),
        (frozenset(), "-", "-"),
        ("two\nlines", "two lines", "two lines"),
        (START, "2026-03-02 07:59:58", "2026-03-02 07:59:58"),
        (0, "0", "0"),
    ],
)
def test_a_fact_fits_on_one_line(value: object, english: str, chinese: str) -> None:
    assert output().cell(value) == english
    assert output(chinese=True).cell(value) == chinese


def test_json_holds_the_facts_and_not_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [Column(fact="presence", en="presence", zh="状态")]
    row = {"id": ID, "presence": Presence.FREE, "at": START, "skills": frozenset({"b", "a"})}
    output(chinese=True, as_json=True).table(columns, [row])
    assert json.loads(capsys.readouterr().out) == [
        {"id": str(ID), "presence": "free", "at": "2026-03-01T23:59:58+00:00", "skills": ["a", "b"]}
    ]


def test_global_options_stand_before_or_behind_the_verb() -> None:
    before = parser().parse_args(["--json", "--config", "a.yaml", "agents", "list"])
    behind = parser().parse_args(["agents", "list", "--json", "--config", "a.yaml"])
    assert (before.json, before.config) == (behind.json, behind.config)
    assert before.json
    assert not parser().parse_args(["agents", "list"]).json


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["nonsense"],
        ["agents"],
        ["agents", "add", "王"],
        ["agents", "add", "王", "10a1"],
        ["agents", "add", "", "1001"],
        ["agents", "add", "王", "1001", "--skill", "Two words"],
        ["agents", "online"],
        ["simulate", "power-cut", "0"],
        ["simulate", "power-cut", "many"],
        ["emergencies", "list", "--state", "nearly"],
        ["emergencies", "close", "01", "--by", "1001"],
        ["elders", "list", "--after", "nobody"],
        ["config", "show", "--language", "fr"],
    ],
)
def test_wrong_usage_ends_with_two(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(wrong)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_every_command_is_known_to_its_own_module(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--help"])
    listed = re.findall(r"^    (\w+)  ", capsys.readouterr().out, re.MULTILINE)
    assert len(listed) > 10
    for command in listed:
        with pytest.raises(SystemExit) as ended:
            parser(command).parse_args([command, "--help"])
        assert ended.value.code == 0
        assert f"usage: callcenter {command} " in capsys.readouterr().out


def told(*entries: TimelineEntry) -> Told:
    emergency = Closed(
        id=ID, elder=None, account="p1001", key=Key.RED, ladder="default", room="cc-1", node="node1", opened_at=START,
        closed_at=START + timedelta(seconds=90), closed_by="1001", disposition="test_call",
    )  # fmt: skip
    return Told(emergency=emergency, entries=entries, elder="", names={"agent:1001": "王坐席"})


def entry(step: Step, *, seconds: float = 0.0, who: str = "", detail: str = "") -> TimelineEntry:
    return TimelineEntry(id=ID, emergency=ID, at=START + timedelta(seconds=seconds), step=step, who=who, detail=detail)


def test_a_timeline_says_when_what_and_who(capsys: pytest.CaptureFixture[str]) -> None:
    show(output(chinese=True), told(entry(Step.CLAIMED, seconds=4.25, who="agent:1001")))
    head, line = capsys.readouterr().out.splitlines()
    assert head.startswith(str(ID))
    assert "身份不明" in head
    assert line.split() == ["2026-03-02", "08:00:02", "+4.2", "s", "接警", "坐席", "王坐席", "1001"]


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        (entry(Step.OFFER_ENDED, detail="no_answer"), "no answer", "no_answer"),
        (entry(Step.LADDER_RESTARTED, detail="round 2"), "round 2", "第2轮"),
        (entry(Step.RUNG_TRIED, detail="all_agents: nobody free"), "all agents: nobody free", "无人空闲"),
        (entry(Step.JOINED_BY_ALARM, detail="red ×3"), "red ×3", "×3"),
        (entry(Step.CLOSED, who="1001", detail="test_call"), "王坐席 1001", "test_call"),
        (entry(Step.RAISED, who="account:p1001", detail="red"), "account p1001", "账号 p1001"),
        (entry(Step.CALL_BACK_ENDED, detail="a word nobody knows"), "a word nobody knows", "a word nobody knows"),
    ],
)
def test_every_detail_reads_as_words(
    said: TimelineEntry, english: str, chinese: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show(output(), told(said))
    assert english in capsys.readouterr().out.splitlines()[-1]
    show(output(chinese=True), told(said))
    assert chinese in capsys.readouterr().out.splitlines()[-1]


def test_json_tells_the_same_timeline() -> None:
    story = told(entry(Step.CLAIMED, seconds=4.25, who="agent:1001"))
    assert facts(story)["timeline"] == [
        {
            "at": START + timedelta(seconds=4.25),
            "seconds": 4.25,
            "step": Step.CLAIMED,
            "who": "agent:1001",
            "name": "王坐席",
            "detail": "",
        }
    ]
