"""The operators' desk in the browser: where the door listens, and what it lets through."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from callcenter.config.values import Listener, Port, Seconds

_Count = Annotated[int, Field(ge=1, le=100_000)]
_Bytes = Annotated[int, Field(ge=1024, le=1_073_741_824)]


class Console(Listener):
    """`host` and `port` are the door's: the one address that browsers know."""

    enabled: bool = True  #: False: no door, no telephones in browsers; agents have desk phones
    managed: bool = True  #: `callcenter run` starts and watches the door; False: somebody else does
    port: Port = 8000
    demo: bool = False  #: administrators may press a made-up elder's red key; refused beside trunks or a real 120
    certificate: Path | None = None  #: PEM, with its chain; without one the door speaks plain HTTP
    key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()  #: networks whose X-Forwarded-For and X-Forwarded-Proto are believed
    socket: Path = Path("var/run/console.sock")  #: where the service's own pages listen, mode 0600
    ticket_secret_file: Path = Path("var/secrets/phone-ticket")  #: what the door knows logged-in browsers by
    ticket_seconds: Seconds = 43200.0  #: a logged-in browser may ring and be rung for so long: a shift
    connections_at_most: _Count = 1000  #: of all browsers together
    request_within_seconds: Seconds = 10.0  #: a connection that has not asked for anything by then is closed
    requests_at_most: _Count = 200  #: waiting for the service at once
    request_bytes_at_most: _Bytes = 71_303_168
    connect_within_seconds: Seconds = 2.0  #: to the service or to Asterisk
    answer_within_seconds: Seconds = 15.0  #: until the service begins an answer, and between two parts of it
    links_at_most: _Count = 500  #: WebSockets to the service at once
    link_bytes_at_most: _Bytes = 1_048_576  #: one message on them
    phones_at_most: _Count = 500  #: telephones in browsers, connected at once
    phones_per_account_at_most: _Count = 4  #: of one agent: a page that is reloaded, an old one that is not gone yet
    phone_bytes_at_most: _Bytes = 16_384  #: one SIP message
    phone_messages_per_second_at_most: _Count = 50
    page_returns_within_seconds: Seconds = 2.0  #: a page that went while it rang; then somebody else is rung
    ping_every_seconds: Seconds = 5.0  #: a browser that does not answer within as much again is gone
    idle_seconds: Seconds = 300.0  #: a WebSocket that has carried nothing for so long, either way, is closed

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ipaddress.ip_network(network)
        return networks

    @model_validator(mode="after")
    def _is_private(self) -> Console:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        if self.certificate is None and not ipaddress.ip_address(self.host).is_loopback and not self.trusted_proxies:
            raise ValueError("beyond loopback the door needs a certificate, or trusted_proxies that have one")
        return self
