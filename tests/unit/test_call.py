"""What a story may do with a call: prompts, keys, waiting, the lease, and the orderly end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from callcenter.domain.calls import Key
from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import StoryCall
from dialplans import variables
from ivr.call import AgiCall
from tests.integration.fake_asterisk_agi import FakeCall, serving

Tell = Callable[[AgiCall], Awaitable[Any]]
RENEWAL = 'SET VARIABLE "TIMEOUT(absolute)" "10"'


async def told(tell: Tell, *arguments: str, **of: Any) -> tuple[Any, FakeCall]:
    """What the story returned, or the error it raised, and the call as Asterisk saw it."""
    came: list[Any] = []

    async def story(call: StoryCall) -> None:
        try:
            came.append(await tell(cast(AgiCall, call)))
        except Exception as error:
            came.append(error)

    async with serving({"s": story}, lease_seconds=10) as server:
        call = await (await FakeCall.connect(server.port, "s", *arguments, **of)).run()
    return came[0], call


def let_pass(call: AgiCall, seconds: float) -> None:
    """As if the lease had been taken so much earlier."""
    call._leased_at -= seconds


# ----------------------------------------------------------------------------------- prompts and keys


async def test_prompts_play_one_after_another() -> None:
    said, call = await told(lambda call: call.say("received", "please_hold", "said/1f3a"))
    assert said == ""
    assert call.prompts == ["cc/received", "cc/please_hold", "said/1f3a"]


@pytest.mark.parametrize(
    ("cause", "machine"),
    [
        ("LONGGREETING-2500-2500", True),
        ("MAXWORDS-9-9", True),
        ("INITIALSILENCE-1500-1500", False),
        ("HUMAN-700-700", False),
        ("TOOLONG-4000", False),
        ("", False),
    ],
)
async def test_silence_is_never_taken_for_a_machine(cause: str, machine: bool) -> None:
    said, call = await told(
        lambda call: call.greets_like_a_machine(), replies={"EXEC": b"200 result=0\n"}, variables={"AMDCAUSE": cause}
    )
    assert said is machine
    assert sum(command.startswith("EXEC AMD") for command in call.commands) == 1


async def test_an_asterisk_that_cannot_tell_a_machine_takes_none_for_one() -> None:
    said, _ = await told(lambda call: call.greets_like_a_machine(), replies={"EXEC": b"200 result=-2\n"})
    assert said is False


async def test_a_key_cuts_in() -> None:
    said, call = await told(lambda call: call.say("received", "please_hold", "still_here"), keys=" #")
    assert said == "#"
    assert call.prompts == ["cc/received", "cc/please_hold"]


async def test_a_missing_prompt_is_left_out_and_logged(capfd: pytest.CaptureFixture[str]) -> None:
    said, call = await told(lambda call: call.say("nowhere", "received"), missing=frozenset({"cc/nowhere"}))
    assert said == ""
    assert call.prompts == ["cc/received"]
    out, err = capfd.readouterr()
    assert "prompt_missing" in out + err


async def test_a_prompt_with_a_wicked_name_is_left_out() -> None:
    _, call = await told(lambda call: call.say("../../etc/passwd", 'a"b', "received"))
    assert call.prompts == ["cc/received"]


@pytest.mark.parametrize(
    ("keys", "answer", "commands"),
    [
        ("1", "1", 1),
        (" 1", "1", 2),
        ("   1", "1", 4),
        ("", "", 4),  # the prompt, and six seconds in three pieces
        ("5", "", 1),
        (" 5", "", 2),
    ],
)
async def test_a_question_is_answered_within_its_time(keys: str, answer: str, commands: int) -> None:
    said, call = await told(lambda call: call.ask("ask_standby", seconds=6, keys="12"), keys=keys)
    assert said == answer
    assert len(call.commands) == commands


async def test_waiting_has_music_and_short_commands() -> None:
    async def wait_and_speak(call: AgiCall) -> str:
        await call.wait(5)
        await call.wait(1)
        return await call.say("still_here")

    _, call = await told(wait_and_speak)
    assert call.commands == [
        "SET MUSIC ON",
        "WAIT FOR DIGIT 1666",
        "WAIT FOR DIGIT 1666",
        "WAIT FOR DIGIT 1666",
        "WAIT FOR DIGIT 1000",
        "SET MUSIC OFF",
        'STREAM FILE cc/still_here "0123456789*#" 0',
    ]


async def test_a_key_ends_the_wait() -> None:
    said, call = await told(lambda call: call.wait(60), keys=" 3")
    assert said == "3"
    assert len(call.commands) == 3


# --------------------------------------------------------------------------------------------- lease


async def test_a_fresh_lease_is_not_renewed() -> None:
    _, call = await told(lambda call: call.answer())
    assert call.commands == ["ANSWER"]


async def test_a_lease_is_renewed_once_a_third_has_gone() -> None:
    async def late(call: AgiCall) -> None:
        let_pass(call, 3.4)
        await call.answer()
        await call.set_variable("CC_X", "y")

    _, call = await told(late)
    assert call.commands == [RENEWAL, "ANSWER", 'SET VARIABLE "CC_X" "y"']


async def test_a_prompt_that_does_not_fit_the_rest_renews_first() -> None:
    async def talk(call: AgiCall) -> None:
        let_pass(call, 1.1)
        await call.say("received")
        let_pass(call, 1.1)
        await call.wait(2)

    _, call = await told(talk)
    assert call.commands[:2] == [RENEWAL, 'STREAM FILE cc/received "0123456789*#" 0']
    assert RENEWAL not in call.commands[2:]


@pytest.mark.parametrize("passed", [3.4, 9.9, 300.0])
@pytest.mark.parametrize(
    "verb",
    [
        lambda call: call.answer(),
        lambda call: call.say("received"),
        lambda call: call.ask("received", seconds=1, keys="1"),
        lambda call: call.wait(1),
        lambda call: call.set_variable("CC_X", "y"),
        lambda call: call.get_variable("CC_X"),
        lambda call: call.forget_entry(),
        lambda call: call.go_on("room"),
    ],
)
async def test_every_verb_keeps_the_lease(verb: Tell, passed: float) -> None:
    async def late(call: AgiCall) -> None:
        let_pass(call, passed)
        await verb(call)

    _, call = await told(late)
    assert call.commands[0] == RENEWAL
    assert call.commands.count(RENEWAL) == 1


# ------------------------------------------------------------------------------- variables, entry, end


async def test_the_orderly_end_names_the_next_step() -> None:
    async def wait_then_room(call: AgiCall) -> str:
        await call.wait(1)
        await call.go_on(variables.DONE_ROOM)
        return call.next_step

    said, call = await told(wait_then_room)
    assert said == "room"
    assert call.variables == {"CC_DONE": "room"}
    assert call.commands[-2:] == ["SET MUSIC OFF", 'SET VARIABLE "CC_DONE" "room"']


async def test_a_step_that_is_none_is_refused() -> None:
    said, call = await told(lambda call: call.go_on("room,1)"))
    assert isinstance(said, ValueError)
    assert call.commands == []


async def test_the_entry_mark_is_deleted_by_its_own_id() -> None:
    arguments = ("", "red", "8001", "node1-1763999999.7")
    mark = "cc/entry/node1-1763999999.7"
    _, call = await told(lambda call: call.forget_entry(), *arguments, database={mark})
    assert call.database == set()
    said, _ = await told(lambda call: call.forget_entry(), *arguments)
    assert said is None


async def test_variables_go_both_ways() -> None:
    said, call = await told(lambda call: call.get_variable("CC_ROOM"), variables={"CC_ROOM": "cc-1"})
    assert said == "cc-1"
    _, call = await told(lambda call: call.set_variable("CC_EMERGENCY", "0192"))
    assert call.variables["CC_EMERGENCY"] == "0192"


async def test_hanging_up_is_an_error_in_every_verb() -> None:
    async def all_verbs(call: AgiCall) -> int:
        verbs: list[Tell] = [
            lambda c: c.answer(),
            lambda c: c.say("received"),
            lambda c: c.ask("received", seconds=1, keys="1"),
            lambda c: c.wait(1),
            lambda c: c.set_variable("CC_X", "y"),
            lambda c: c.get_variable("CC_X"),
            lambda c: c.forget_entry(),
            lambda c: c.go_on("room"),
        ]
        for verb in verbs:
            with pytest.raises(CallerHungUp):
                await verb(call)
        return len(verbs)

    said, call = await told(all_verbs, hang_up_after=1)
    assert said == 8
    assert call.commands == ["ANSWER"]


async def test_what_the_dialplan_says_about_the_call() -> None:
    arguments = ("0192-e", "green", "8001", "node1-1763999999.7")
    entry, _ = await told(_look, *arguments, agi={"callerid": "13900000001"})
    assert entry.argument == "0192-e"
    assert entry.arguments == arguments
    assert (entry.channel, entry.uniqueid) == ("PJSIP/8001-00000001", "main-1764000000.1")
    assert (entry.entry.key, entry.entry.account) == (Key.GREEN, "8001")
    assert entry.entry.uniqueid == "node1-1763999999.7"
    assert (entry.entry.line, entry.entry.line_raw) == ("+8613900000001", "13900000001")
    assert entry.entry.at.tzinfo is not None


@pytest.mark.parametrize(
    "callerid", ["unknown", "anonymous", "Anonymous", "", "王奶奶", "x" * 200, "'; DROP TABLE elders", "${SYSTEM(id)}"]
)
async def test_a_number_that_is_none_is_kept_raw_only(callerid: str) -> None:
    call, _ = await told(_look, "", "landline", "", "", agi={"callerid": callerid})
    assert call.entry.line == ""
    assert len(call.entry.line_raw) <= 40
    assert call.entry.uniqueid == "main-1764000000.1"


async def test_what_makes_no_sense_is_the_most_urgent_key() -> None:
    call, _ = await told(_look, "", "purple", "80 01;rm", "a b")
    assert (call.entry.key, call.entry.account, call.entry.uniqueid) == (Key.RED, "", "main-1764000000.1")
    bare, _ = await told(_look)
    assert (bare.argument, bare.arguments, bare.entry.key) == ("", (), Key.RED)


async def _look(call: AgiCall) -> AgiCall:
    return call
