"""The manager interface's bytes: EOF, silence and rubbish first, then what Asterisk really sends."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.asterisk.wire import GREETING_AT_MOST, MESSAGE_AT_MOST, Message, MessageReader, encode
from callcenter.errors import ActionRefused

GREETING = b"Asterisk Call Manager/11.0.0\r\n"

_PIECES = st.sampled_from(
    [b"\r\n", b"\r\n\r\n", b": ", b":", b"Event: Hangup", b"Response: Success", b"ActionID: 1", b"ChanVariable: A=b",
     b"DestChanVariable: ", b"Output: x", b"\x00", b"\xff\xfe", "王".encode()[:2], b"\n", b"\r", b"a" * 300]
)  # fmt: skip
_STREAMS = st.lists(_PIECES | st.binary(max_size=40), max_size=40).map(b"".join)


def reader() -> MessageReader:
    made = MessageReader()
    assert made.feed(GREETING) == []
    return made


def test_silence_is_no_message() -> None:
    made = MessageReader()
    assert made.feed(b"") == []
    assert made.greeting == ""


def test_a_stream_that_ends_inside_a_message_gives_only_the_whole_ones() -> None:
    assert reader().feed(b"Event: A\r\n\r\nEvent: B\r\nUniq") == [{"Event": "A"}]


@given(stream=_STREAMS, cuts=st.lists(st.integers(min_value=1, max_value=60), max_size=60))
@settings(max_examples=400)
def test_any_bytes_are_read_the_same_however_they_are_cut(stream: bytes, cuts: list[int]) -> None:
    whole = MessageReader().feed(GREETING + stream)
    made = MessageReader()
    pieces: list[Message] = []
    rest = GREETING + stream
    for cut in cuts:
        pieces += made.feed(rest[:cut])
        rest = rest[cut:]
    pieces += made.feed(rest)
    assert pieces == whole
    assert [piece.variables for piece in pieces] == [piece.variables for piece in whole]


@given(stream=st.binary(max_size=600))
@settings(max_examples=200)
def test_any_greeting_is_bounded(stream: bytes) -> None:
    made = MessageReader()
    made.feed(stream)
    assert len(made.greeting) <= GREETING_AT_MOST


def test_memory_stays_flat_while_a_message_never_ends() -> None:
    made = reader()
    chunk = b"x" * 65536
    tracemalloc.start()
    try:
        for _ in range(1000):
            assert made.feed(chunk) == []
        assert tracemalloc.get_traced_memory()[1] < 4 * MESSAGE_AT_MOST
    finally:
        tracemalloc.stop()
    assert made.feed(b"\r\n\r\nEvent: Next\r\n\r\n") == [{"Event": "Next"}]
    assert made.too_long == 1


def test_a_dribble_of_single_bytes_costs_no_more_than_its_length() -> None:
    made = reader()
    message = b"Event: Slow\r\nValue: " + b"y" * 200_000 + b"\r\n\r\n"
    got = [message for byte in message for message in made.feed(bytes([byte]))]
    assert [one["Event"] for one in got] == ["Slow"]


def test_a_greeting_and_the_first_messages_in_one_packet() -> None:
    made = MessageReader()
    assert made.feed(GREETING[:20]) == []
    assert made.feed(GREETING[20:] + b"A: b\r\n\r\nC: d\r\n\r\n") == [{"A": "b"}, {"C": "d"}]
    assert made.greeting == "Asterisk Call Manager/11.0.0"


def test_the_first_of_a_repeated_header_counts() -> None:
    [message] = reader().feed(b"Event: UserEvent\r\nUniqueid: 1.1\r\nUniqueid: 6.6\r\n\r\n")
    assert message["Uniqueid"] == "1.1"


def test_variables_and_output_lines_are_kept_apart() -> None:
    [message] = reader().feed(
        b"Response: Success\r\nChanVariable: CC_ROLE=elder\r\nDestChanVariable: CC_TARGET=a=b\r\n"
        b"Output: one: 1\r\nOutput: \r\nAccountCode: \r\nEmpty:\r\n\r\n"
    )
    assert message.variables == {"CC_ROLE": "elder", "CC_TARGET": "a=b"}
    assert message.output == ["one: 1", ""]
    assert message["AccountCode"] == message["Empty"] == ""
    assert not message.is_event


def test_an_action_goes_out_line_by_line_in_utf8() -> None:
    packet = encode({"Action": "Originate", "Variable": ["A=1", "B=王"]})
    assert packet == "Action: Originate\r\nVariable: A=1\r\nVariable: B=王\r\n\r\n".encode()


@given(name=st.text(max_size=20), value=st.text(max_size=60))
@settings(max_examples=200)
def test_no_name_and_no_value_can_add_a_line(name: str, value: str) -> None:
    try:
        packet = encode({"Action": "Ping", name: value})
    except ActionRefused:
        return
    expected = 3 if name != "Action" else 2
    assert packet.count(b"\r\n") == expected
    assert packet.count(b"\n") == packet.count(b"\r") == expected
    assert packet.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "fields", [{"A": "x" * 1200}, {"Variable": [f"V{n}=1" for n in range(200)]}, {"A: b": "c"}, {"": "x"}]
)
def test_what_asterisk_would_throw_away_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ActionRefused):
        encode(fields)
