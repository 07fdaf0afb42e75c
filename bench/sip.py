"""Many SIP phones on one UDP socket: they register, call, ring, and note when an INVITE went out or came in.

Just enough of RFC 3261 for Asterisk on the loopback: digest by MD5, no retransmissions, no sound of their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import time
from dataclasses import dataclass, field
from itertools import count

_WITHIN_SECONDS = 20.0
_PARAMETER = re.compile(r'(\w+)="?([^",]+)"?')
_USER = re.compile(r"sips?:([^@>;]+)@")
_NAME = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class Account:
    name: str
    password: str


@dataclass(frozen=True)
class Message:
    """One request or response."""

    start: str
    headers: dict[str, str]  #: lower case; the first where there are several, Via with all of them

    @property
    def method(self) -> str:
        """Of the request, or of the request that this answers."""
        return self.headers["cseq"].split()[1]

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0


@dataclass
class OutgoingCall:
    """A call that one of our phones makes."""

    account: Account
    number: str
    id: str
    tag: str
    branch: str = ""
    sequence: int = 0
    authorization: str = ""
    sent_at: float = 0.0  #: when its first INVITE left
    to: str = ""
    target: str = ""  #: where requests within the dialogue go, once it is answered
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Rang:
    """One of our phones began to ring."""

    at: float
    account: str
    shown: str  #: the caller's name on its screen


class Phones(asyncio.DatagramProtocol):
    """All phones of one bench. `rung` gets a `Rang` for every INVITE that comes in."""

    def __init__(self, server_port: int) -> None:
        self._server = f"127.0.0.1:{server_port}"
        self._server_address = ("127.0.0.1", server_port)
        self._count = count(1)
        self._calls: dict[str, OutgoingCall] = {}
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._ringing: dict[str, Message] = {}
        self.rung: asyncio.Queue[Rang] = asyncio.Queue()
        self._sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # takes what Asterisk plays, and is never read
        self._sound.bind(("127.0.0.1", 0))

    async def __aenter__(self) -> Phones:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._here = "127.0.0.1:{}".format(self._transport.get_extra_info("sockname")[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()
        self._sound.close()

    async def register(self, account: Account) -> None:
        """Raises `TimeoutError`, or `ConnectionRefusedError` when Asterisk does not take the password."""
        call_id, authorization = f"register-{account.name}@bench", ""
        for sequence in (1, 2):
            answer = asyncio.get_running_loop().create_future()
            self._answers[call_id] = answer
            headers = {"Contact": f"<sip:{account.name}@{self._here}>", "Expires": "3600"}
            if authorization:
                headers["Authorization"] = authorization
            address = f"<sip:{account.name}@{self._server}>"
            self._request("REGISTER", f"sip:{self._server}", address, address, call_id, sequence, headers=headers)
            async with asyncio.timeout(_WITHIN_SECONDS):
                message = await answer
            if message.status == 200:
                return
            authorization = self._authorization(account, "REGISTER", f"sip:{self._server}", message)
        raise ConnectionRefusedError(account.name)

    def press(self, account: Account, number: str) -> OutgoingCall:
        """Calls as every pager and telephone does: Asterisk asks for the password, and gets it at once."""
        call = OutgoingCall(account, number, id=f"call-{next(self._count)}@bench", tag=f"tag{next(self._count)}")
        call.to = f"<sip:{number}@{self._server}>"
        self._calls[call.id] = call
        call.sent_at = time.perf_counter()
        self._invite(call)
        return call

    async def hang_up(self, call: OutgoingCall) -> None:
        """Cancels, or says good-bye; waits until the call is over. A call that is over already is no error."""
        if not call.over.is_set():
            if call.target:
                self._in_call(call, "BYE", call.target, call.sequence + 1)
            else:
                self._in_call(call, "CANCEL", self._uri(call), call.sequence, branch=call.branch, to=self._to(call))
            async with asyncio.timeout(_WITHIN_SECONDS):
                await call.over.wait()
        self._calls.pop(call.id, None)

    # ------------------------------------------------------------------------------------- what comes in

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        now = time.perf_counter()
        message = _parse(data.decode("utf-8", "replace"))
        call = self._calls.get(message.headers["call-id"])
        if not message.status:
            self._asked(message, call, now)
        elif message.method == "REGISTER":
            answer = self._answers[message.headers["call-id"]]
            if not answer.done():
                answer.set_result(message)
        elif call is not None:
            self._answered(call, message)

    def _asked(self, message: Message, call: OutgoingCall | None, now: float) -> None:
        call_id = message.headers["call-id"]
        match message.method:
            case "INVITE" if call is None:
                if call_id not in self._ringing:
                    self._ringing[call_id] = message
                    caller = _NAME.search(message.headers["from"])
                    account = _USER.search(message.start)
                    assert account is not None
                    self.rung.put_nowait(Rang(now, account.group(1), caller.group(1) if caller else ""))
                self._reply(message, "180 Ringing")
            case "CANCEL":
                self._reply(message, "200 OK")
                invited = self._ringing.pop(call_id, None)
                if invited is not None:
                    self._reply(invited, "487 Request Terminated")
            case "BYE":
                self._reply(message, "200 OK")
                if call is not None:
                    call.over.set()
            case "ACK":
                pass
            case _:
                self._reply(message, "200 OK")

    def _answered(self, call: OutgoingCall, message: Message) -> None:
        if message.method == "BYE":
            call.over.set()
        if message.method != "INVITE" or message.status < 200:
            return
        if message.status == 200:
            call.to = message.headers["to"]
            call.target = message.headers["contact"].strip("<>").partition(">")[0]
            self._in_call(call, "ACK", call.target, call.sequence)
            return
        self._in_call(call, "ACK", self._uri(call), call.sequence, branch=call.branch, to=message.headers["to"])
        if message.status == 401 and not call.authorization:
            call.authorization = self._authorization(call.account, "INVITE", self._uri(call), message)
            self._invite(call)
        else:
            call.over.set()

    # ------------------------------------------------------------------------------------- what goes out

    def _invite(self, call: OutgoingCall) -> None:
        call.sequence += 1
        call.branch = f"z9hG4bK{next(self._count)}"
        port = self._sound.getsockname()[1]
        sound = (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        headers = {"Contact": f"<sip:{call.account.name}@{self._here}>", "Content-Type": "application/sdp"}
        if call.authorization:
            headers["Authorization"] = call.authorization
        self._request(
            "INVITE", self._uri(call), self._from(call), self._to(call), call.id, call.sequence,
            branch=call.branch, headers=headers, body=sound,
        )  # fmt: skip

    def _in_call(
        self, call: OutgoingCall, method: str, uri: str, sequence: int, *, branch: str = "", to: str = ""
    ) -> None:
        self._request(method, uri, self._from(call), to or call.to, call.id, sequence, branch=branch)

    def _uri(self, call: OutgoingCall) -> str:
        return f"sip:{call.number}@{self._server}"

    def _to(self, call: OutgoingCall) -> str:
        return f"<{self._uri(call)}>"

    def _from(self, call: OutgoingCall) -> str:
        return f"<sip:{call.account.name}@{self._server}>;tag={call.tag}"

    def _request(
        self,
        method: str,
        uri: str,
        from_: str,
        to: str,
        call_id: str,
        sequence: int,
        *,
        branch: str = "",
        headers: dict[str, str] | None = None,
        body: str = "",
    ) -> None:
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch={branch or f'z9hG4bK{next(self._count)}'};rport",
            f"From: {from_ if ';tag=' in from_ else f'{from_};tag=bench'}",
            f"To: {to}",
            f"Call-ID: {call_id}",
            f"CSeq: {sequence} {method}",
            "Max-Forwards: 70",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
            f"Content-Length: {len(body)}",
        ]
        self._send(lines, body)

    def _reply(self, message: Message, status: str) -> None:
        to = message.headers["to"]
        lines = [
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in message.headers["via"].split("\n")),
            f"From: {message.headers['from']}",
            f"To: {to if ';tag=' in to else f'{to};tag=bench'}",
            f"Call-ID: {message.headers['call-id']}",
            f"CSeq: {message.headers['cseq']}",
            f"Contact: <sip:bench@{self._here}>",
            "Content-Length: 0",
        ]
        self._send(lines, "")

    def _send(self, lines: list[str], body: str) -> None:
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self._server_address)

    def _authorization(self, account: Account, method: str, uri: str, challenge: Message) -> str:
        asked = dict(_PARAMETER.findall(challenge.headers["www-authenticate"]))
        own = _md5(f"{account.name}:{asked['realm']}:{account.password}")
        response = _md5(f"{own}:{asked['nonce']}:00000001:bench:auth:{_md5(f'{method}:{uri}')}")
        opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return (
            f'Digest username="{account.name}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="bench"{opaque}'
        )


def _parse(text: str) -> Message:
    head = text.partition("\r\n\r\n")[0]
    start, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key, value = name.strip().lower(), value.strip()
        if key == "via" and key in headers:
            headers[key] += "\n" + value
        else:
            headers.setdefault(key, value)
    return Message(start, headers)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
