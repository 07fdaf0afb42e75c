"""A small private Asterisk for the manager link's tests, and a phone that does what the number rung says."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

from callcenter.app.free_port import free_port
from callcenter.asterisk.events import READ

PREFIX = Path(__file__).parents[2] / "var" / "asterisk"
SECRET = "made-up-for-tests"
BOOT_SECONDS = 20.0

_MODULES = """
load = res_timing_timerfd.so
load = codec_alaw.so
load = codec_ulaw.so
load = format_wav.so
load = format_sln.so
load = format_pcm.so
load = bridge_simple.so
load = bridge_softmix.so
load = bridge_holding.so
load = bridge_builtin_features.so
load = chan_bridge_media.so
load = res_crypto.so
load = res_srtp.so
load = res_rtp_asterisk.so
load = res_sorcery_config.so
load = res_sorcery_memory.so
load = res_sorcery_astdb.so
load = res_pjproject.so
load = res_pjsip.so
load = res_pjsip_session.so
load = res_pjsip_sdp_rtp.so
load = res_pjsip_caller_id.so
load = res_pjsip_pubsub.so
load = res_pjsip_rfc3326.so
load = res_pjsip_endpoint_identifier_ip.so
load = chan_pjsip.so
load = pbx_config.so
load = res_musiconhold.so
load = app_confbridge.so
load = app_playtones.so
load = app_userevent.so
load = func_channel.so
load = func_db.so
load = func_talkdetect.so
"""

_FILES = {
    "asterisk.conf": """
[directories]
astetcdir => {run}/etc
astmoddir => {modules}
astvarlibdir => {run}/lib
astdbdir => {run}/lib
astkeydir => {run}/lib
astdatadir => {run}/data
astagidir => {run}/lib
astspooldir => {run}/spool
astrundir => {run}/run
astlogdir => {run}/log
astcachedir => {run}/lib
[options]
nocolor = yes
""",
    "logger.conf": "[general]\n[logfiles]\nconsole => warning,error\n",
    "modules.conf": "[modules]\nautoload = no\n" + _MODULES,
    "manager.conf": """
[general]
enabled = yes
webenabled = no
port = {ami_port}
bindaddr = 127.0.0.1
displayconnects = no
channelvars = CC_EMERGENCY,CC_ROOM,CC_ROLE,CC_TARGET
[hotline]
secret = {secret}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = system,call,user,reporting
write = system,call,originate,reporting
"""
    + "".join(f"eventfilter(action(include),name({event})) =\n" for event in sorted(READ)),
    "pjsip.conf": """
[system]
type = system
timer_t1 = 100
timer_b = 6400
[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{sip_port}
[phone](!)
type = endpoint
transport = udp
disallow = all
allow = alaw
direct_media = no
context = nowhere
[phones](phone)
aors = phones
[phones]
type = aor
contact = sip:127.0.0.1:{phone_port}
[deaf](phone)
aors = deaf
[deaf]
type = aor
contact = sip:127.0.0.1:{deaf_port}
[watched](phone)
aors = watched
[watched]
type = aor
contact = sip:127.0.0.1:{deaf_port}
qualify_frequency = 1
qualify_timeout = 0.5
[unregistered](phone)
aors = unregistered
[unregistered]
type = aor
max_contacts = 1
""",
    "rtp.conf": "[general]\nrtpstart = {rtp_first}\nrtpend = {rtp_last}\n",
    "confbridge.conf": """
[general]
[default_user]
type = user
quiet = yes
[default_bridge]
type = bridge
[responder]
type = user
quiet = yes
marked = yes
""",
    **{f"{name}.conf": "; empty\n" for name in ("acl", "cdr", "cel", "features", "musiconhold", "pjproject", "udptl")},
    "extensions.conf": """
[wait]
exten => s,1,Answer()
 same => n,UserEvent(Arrived,Held: ${{CC_TARGET}})
 same => n,PlayTones(425)
 same => n,Wait(60)
exten => moved,1,UserEvent(Moved)
 same => n,Wait(60)
[claims]
exten => s,1,Set(who=Role: ${{CC_ROLE}},Target: ${{CC_TARGET}})
 same => n,UserEvent(CCClaimed,Room: ${{CC_ROOM}},Emergency: ${{CC_EMERGENCY}},${{who}})
 same => n,UserEvent(CCSheet,Room: ${{CC_ROOM}},Times: 2)
 same => n,UserEvent(CCLate)
 same => n,UserEvent(CCRefused)
 same => n,ConfBridge(${{CC_ROOM}},default_bridge,responder)
 same => n,UserEvent(OutOfRoom)
 same => n,Wait(60)
[talks]
exten => s,1,Set(TALK_DETECT(set)=300)
 same => n,Wait(60)
exten => tones,1,Answer()
 same => n,PlayTones(425/500,0/1000)
 same => n,Wait(60)
""",
}


class SmallAsterisk:
    """Use as `async with SmallAsterisk() as asterisk`; `kill` and `start` again at the same ports."""

    def __init__(self) -> None:
        self.ami_port = free_port()
        self.sip_port = free_port(socket.SOCK_DGRAM)
        self.deaf_port = free_port(socket.SOCK_DGRAM)
        self.callee = Callee()
        self.run = Path(tempfile.mkdtemp(prefix="ast-"))  # short: its control socket's name has 107 characters at most
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> SmallAsterisk:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self.callee, local_addr=("127.0.0.1", 0))
        self._write_files()
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        self.callee.close()
        shutil.rmtree(self.run, ignore_errors=True)

    async def start(self) -> None:
        (self.run / "run" / "asterisk.ctl").unlink(missing_ok=True)
        with (self.run / "console.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                PREFIX / "bin" / "asterisk", "-f", "-C", self.run / "etc" / "asterisk.conf",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()

    def _write_files(self) -> None:
        for folder in ("etc", "lib", "lib/keys", "data", "spool", "run", "log"):
            (self.run / folder).mkdir()
        documentation = PREFIX / "usr" / "share" / "asterisk" / "documentation"
        (self.run / "data" / "documentation").symlink_to(documentation)
        first = 30000 + self.ami_port % 200 * 100
        words = {
            "run": self.run,
            "modules": next((PREFIX / "usr" / "lib").glob("*/asterisk/modules")),
            "secret": SECRET,
            "ami_port": self.ami_port,
            "sip_port": self.sip_port,
            "phone_port": self.callee.port,
            "deaf_port": self.deaf_port,
            "rtp_first": first,
            "rtp_last": first + 99,
        }
        for name, text in _FILES.items():
            (self.run / "etc" / name).write_text(text.format(**words))


class Callee(asyncio.DatagramProtocol):
    """A phone that is scripted by the number that is rung: `answer`, `ring`, or a SIP status such as `486`.

    `mute` says nothing at all, `trying` and `progress` say 100 and 183 and no more.
    """

    def __init__(self) -> None:
        self.port = 0
        self.rung: list[str] = []  #: every number that was rung
        self.shown: list[str] = []  #: the caller as each ring showed it
        self.cancelled: list[str] = []  #: the Reason header of every CANCEL
        self._ringing: dict[str, str] = {}  #: by Call-ID: the INVITE to end when it is cancelled

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        method = text.split(" ", 1)[0]
        if method == "INVITE" and "tag=" not in _header(text, "To"):
            number = text.split(" ", 2)[1].removeprefix("sip:").split("@")[0]
            self.rung.append(number)
            self.shown.append(_header(text, "From"))
            if number == "mute":
                return
            if number == "answer":
                self._reply(text, address, "200 OK", _sdp())
            elif number.isdigit():
                self._reply(text, address, f"{number} As the number says")
            else:
                said = {"trying": "100 Trying", "progress": "183 Session Progress"}.get(number, "180 Ringing")
                self._reply(text, address, said, _sdp() if number == "progress" else "")
                self._ringing[_header(text, "Call-ID")] = text
        elif method == "CANCEL":
            self.cancelled.append(_header(text, "Reason"))
            self._reply(text, address, "200 OK")
            if invite := self._ringing.pop(_header(text, "Call-ID"), ""):
                self._reply(invite, address, "487 Request Terminated")
        elif method not in ("ACK", "SIP/2.0"):
            self._reply(text, address, "200 OK", _sdp() if method == "INVITE" else "")

    def _reply(self, request: str, address: tuple[str, int], status: str, body: str = "") -> None:
        kept = [line for line in request.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq):", line, re.IGNORECASE)]
        to = _header(request, "To")
        lines = [
            f"SIP/2.0 {status}",
            *kept,
            f"To: {to}" + ("" if "tag=" in to else ";tag=callee"),
            f"Contact: <sip:callee@127.0.0.1:{self.port}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), address)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.*?)\r$", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _sdp() -> str:
    """Port 9 throws away what is sent to it."""
    origin = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    return origin + "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
