"""The switch: where it is, how it is spoken to, its trunks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from callcenter.config.values import Listener, Port, Seconds, Section, Word


class Node(Section):
    name: Word = "node1"


class Ami(Listener):
    port: Port = 5038
    user: Word = "hotline"
    secret_file: Path = Path("var/secrets/ami")
    reply_within_seconds: Seconds = 2.0
    ping_every_seconds: Seconds = 2.0
    reconnect_at_most_seconds: Seconds = 2.0


class Asterisk(Section):
    managed: bool = True  #: `callcenter run` starts a private Asterisk and leaves it running when it ends
    prefix: Path = Path("var/asterisk")  #: the private prefix; "/" for the system's own
    run_folder: Path = Path("var/ast")  #: its etc, run, spool …; keep the path short (unix socket, 107 characters)
    recordings: Path = Path("var/recordings")
    sip_secret_file: Path = Path("var/secrets/sip")  #: SIP passwords are derived from it, per account
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    http_port: Port = 8088  #: SIP over WebSocket, on loopback: the door's way in; only with `console.enabled`
    rtp_first_port: Port = 20000
    rtp_last_port: Port = 24999
    responder_rtp_timeout_seconds: Annotated[int, Field(ge=2, le=60)] = 3
    responder_rtp_timeout_hold_seconds: Annotated[int, Field(ge=2, le=600)] = 60  #: the same while the phone holds
    elder_rtp_timeout_seconds: Annotated[int, Field(ge=5, le=600)] = 30
    ami: Ami = Ami()


class FastAgi(Listener):
    port: Port = 4573
    backlog: Annotated[int, Field(ge=1024, le=65535)] = 1024
    environment_within_seconds: Seconds = 5.0
    reply_within_seconds: Seconds = 3.0  #: Asterisk's answer to a command, beyond the time its sound or wait takes
    lease_seconds: Annotated[int, Field(ge=9, le=60)] = 10  #: TIMEOUT(absolute) each session holds (design rule 5)
    calls_at_most: Annotated[int, Field(ge=10, le=100_000)] = 5000


class Trunk(Section):
    name: Word
    host: str = Field(min_length=1, max_length=200)
    port: Port = 5060
    match: tuple[str, ...] = ()  #: source addresses of the carrier
    user: str = Field(default="", pattern=r"^[A-Za-z0-9_.+-]{0,64}$")  #: empty: the carrier knows us by our address
    password_file: Path | None = None
    registers: bool = False  #: the carrier sends calls to where we have registered
    alive_every_seconds: Annotated[int, Field(ge=0, le=3600)] = 0  #: it is asked for a sign of life (OPTIONS); 0: never

    @model_validator(mode="after")
    def _only_a_user_has_a_password(self) -> Trunk:
        if not self.user and (self.registers or self.password_file is not None):
            raise ValueError("password_file and registers need a user")
        return self

    @property
    def password_variable(self) -> str:
        """The environment variable that may hold the password instead of the file."""
        return f"CALLCENTER_TRUNK_{self.name.upper().replace('-', '_')}_PASSWORD"
