"""AGI commands over the wire: pyst2's words, its faults put right, and every way a session can end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from callcenter.errors import CallerHungUp, CommandRefused, PromptMissing
from callcenter.ports.story_call import StoryCall
from ivr.session import AgiSession
from tests.integration.fake_asterisk_agi import DEAD, FakeCall, serving

Use = Callable[[AgiSession], Awaitable[Any]]


async def session_with(use: Use, **of: Any) -> tuple[Any, FakeCall]:
    """What `use` returned, or the error it raised, and the call."""
    came: list[Any] = []

    async def story(call: StoryCall) -> None:
        try:
            came.append(await use(call._session))  # type: ignore[attr-defined]
        except Exception as error:
            came.append(error)

    settings = {"reply_within_seconds": of.pop("reply_within_seconds", 3.0)}
    async with serving({"s": story}, **settings) as server:
        call = await FakeCall.connect(server.port, "s", **of)
        await call.run()
    return came[0], call


# ------------------------------------------------------------------------------------------- words


async def test_each_command_in_asterisks_words() -> None:
    async def everything(agi: AgiSession) -> list[object]:
        await agi.answer()
        keys = [await agi.stream_file("cc/received", seconds=8), await agi.wait_for_digit(1.5)]
        await agi.set_variable("CC_DONE", "room")
        values = [await agi.get_variable("CC_DONE"), await agi.get_variable("CC_NOT_SET")]
        await agi.set_music(on=True)
        await agi.set_music(on=False)
        deleted = [await agi.database_del("cc/entry", "main-1.1") for _ in range(2)]
        return [*keys, *values, *deleted, await agi.channel_status()]

    said, call = await session_with(everything, keys="1*", database={"cc/entry/main-1.1"})
    assert said == ["1", "*", "room", "", True, False, 6]
    assert call.commands == [
        "ANSWER",
        'STREAM FILE cc/received "0123456789*#" 0',
        "WAIT FOR DIGIT 1500",
        'SET VARIABLE "CC_DONE" "room"',
        'GET VARIABLE "CC_DONE"',
        'GET VARIABLE "CC_NOT_SET"',
        "SET MUSIC ON",
        "SET MUSIC OFF",
        'DATABASE DEL "cc/entry" "main-1.1"',
        'DATABASE DEL "cc/entry" "main-1.1"',
        "CHANNEL STATUS",
    ]


@pytest.mark.parametrize(
    "value",
    [
        'he said "hi"',
        "a\\",
        'a\\"',
        "王奶奶",
        "${SYSTEM(id)}",
        "",
        " ",
        "(x)",
        "tab\there",
        "hangup",
        "-1",
        "result=-1",
    ],
)
async def test_a_value_comes_back_as_it_was_sent(value: str) -> None:
    async def there_and_back(agi: AgiSession) -> str:
        await agi.set_variable("CC_X", value)
        return await agi.get_variable("CC_X")

    said, call = await session_with(there_and_back)
    assert (said, call.variables["CC_X"]) == (value, value)


async def test_a_value_never_becomes_a_second_command() -> None:
    _, call = await session_with(lambda agi: agi.set_variable("CC_X", 'x"\r\nHANGUP\n\0y'))
    assert call.commands == [r'SET VARIABLE "CC_X" "x\"HANGUPy"']


@pytest.mark.parametrize("name", ["", "1A", "A B", 'A"', "A\nHANGUP", "A(b", "SHELL(rm -rf x)", "A" * 3 + "}"])
async def test_a_name_that_is_none_is_not_sent(name: str) -> None:
    for use in (lambda agi: agi.set_variable(name, "x"), lambda agi: agi.get_variable(name)):
        said, call = await session_with(use)
        assert isinstance(said, CommandRefused)
        assert call.commands == []


@pytest.mark.parametrize("file", ["", "/etc/passwd", "../x", "a b", "a&b", "a\nHANGUP", "cc/x/", "cc//x", "CC", 'a"b'])
async def test_a_file_name_that_is_none_is_not_sent(file: str) -> None:
    said, call = await session_with(lambda agi: agi.stream_file(file, seconds=8))
    assert isinstance(said, PromptMissing)
    assert call.commands == []


async def test_a_command_that_asterisk_would_cut_in_two_is_not_sent() -> None:
    said, call = await session_with(lambda agi: agi.set_variable("CC_X", "长" * 700))
    assert isinstance(said, CommandRefused)
    assert call.commands == []


# ----------------------------------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (b"200 result=-1\nHANGUP\n", "-1"),
        (b"HANGUP\n", "HANGUP"),
        (b"HANGUP\n200 result=-1\n", "HANGUP"),
        (DEAD, "511"),
        (b"200 result=-1\n", "-1"),
    ],
)
async def test_a_caller_who_leaves_is_one_error(reply: bytes, why: str) -> None:
    said, _ = await session_with(lambda agi: agi.wait_for_digit(1), replies={"WAIT": reply})
    assert isinstance(said, CallerHungUp)
    assert said.detail == why


async def test_after_the_end_every_command_raises_and_none_is_sent() -> None:
    async def on_and_on(agi: AgiSession) -> list[str]:
        said = []
        for use in (
            agi.answer,
            agi.channel_status,
            lambda: agi.wait_for_digit(1),
            lambda: agi.stream_file("x", seconds=1),
        ):
            with pytest.raises(CallerHungUp) as caught:
                await use()
            said.append(str(caught.value.detail))
        return said

    said, call = await session_with(on_and_on, replies={"ANSWER": b"HANGUP\n"})
    assert said == ["HANGUP"] * 4
    assert call.commands == ["ANSWER"]


async def test_a_socket_that_closes_is_the_same_error() -> None:
    came: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def story(call: StoryCall) -> None:
        try:
            await call.answer()
        except CallerHungUp as error:
            came.set_result(error)

    async with serving({"s": story}) as server:
        call = await FakeCall.connect(server.port, "s")
        await call.next_command()
        await call.close()
        assert str(await came) == f"{CallerHungUp.__doc__} (EOF)"


async def test_silence_instead_of_a_reply_ends_the_session_in_time() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    said, _ = await session_with(lambda agi: agi.wait_for_digit(0.1), replies={"WAIT": b""}, reply_within_seconds=0.2)
    assert isinstance(said, CallerHungUp)
    assert said.detail == "reply late"
    assert 0.25 < loop.time() - before < 2.0


async def test_a_cancelled_command_ends_the_session() -> None:
    async def give_up(agi: AgiSession) -> Any:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await agi.answer()
        return await agi.answer()

    said, call = await session_with(give_up, replies={"ANSWER": b""})
    assert isinstance(said, CallerHungUp)
    assert said.detail == "command cancelled"
    assert call.commands == ["ANSWER"]


async def test_two_commands_at_once_are_a_mistake_of_ours() -> None:
    async def both(agi: AgiSession) -> Any:
        return await asyncio.gather(agi.answer(), agi.channel_status(), return_exceptions=True)

    (first, second), _ = await session_with(both)
    assert first is None
    assert isinstance(second, RuntimeError)


# ---------------------------------------------------------------------------------- unusual replies


async def test_trying_is_skipped() -> None:
    said, _ = await session_with(lambda agi: agi.wait_for_digit(1), replies={"WAIT": b"100 Trying...\n200 result=49\n"})
    assert said == "1"


@pytest.mark.parametrize(
    "reply",
    [
        b"510 Invalid or unknown command\n",
        b"520 Invalid command syntax.  Proper usage not available.\n",
        b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n\n200 result=1\n520 End of proper usage.\n",
        b"200 nonsense\n",
        b"200 result=12345678901234567890\n",
        b"200 result=\n",
        b"200 result=4L\n",
        b"200 result=1114112\n",
    ],
)
async def test_a_refused_command_leaves_the_session_usable(reply: bytes) -> None:
    async def refused_then_fine(agi: AgiSession) -> str:
        with pytest.raises(CommandRefused):
            await agi.wait_for_digit(1)
        await agi.set_variable("CC_X", "y")
        return await agi.get_variable("CC_X")

    said, _ = await session_with(refused_then_fine, replies={"WAIT": reply})
    assert said == "y"


@pytest.mark.parametrize(
    "reply",
    [
        b"rubbish\n",
        b"\xff\xfe\x00\n",
        b"\n",
        b"999\n",
        b"520-x\n" + b"y\n" * 200,
        b"x" * 9000,
        b"200 result=0\n200 result=0\n",
    ],
)
async def test_a_reply_that_makes_no_sense_ends_the_session(reply: bytes) -> None:
    async def twice(agi: AgiSession) -> None:
        await agi.answer()
        await asyncio.sleep(0)
        await agi.answer()

    said, _ = await session_with(twice, replies={"ANSWER": reply})
    assert isinstance(said, CallerHungUp)


async def test_a_missing_sound_is_told_from_a_caller_who_left() -> None:
    said, call = await session_with(lambda agi: agi.stream_file("cc/x", seconds=8), missing=frozenset({"cc/x"}))
    assert isinstance(said, PromptMissing)
    assert len(call.commands) == 2
    said, _ = await session_with(lambda agi: agi.stream_file("cc/x", seconds=8), hang_up_after=1)
    assert isinstance(said, CallerHungUp)


async def test_a_key_no_telephone_has_is_none() -> None:
    said, _ = await session_with(lambda agi: agi.wait_for_digit(1), replies={"WAIT": b"200 result=65\n"})
    assert said == ""
