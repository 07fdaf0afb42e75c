"""What a setting may be: a port, a time, a number to dial, an address to listen on."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from callcenter.domain.emergency_numbers import dials_emergency_number


def _refuse_emergency_number(destination: str) -> str:
    if dials_emergency_number(destination):
        raise ValueError("would dial an emergency number, which only a route's live may (dispatch.routes)")
    return destination


Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Dial = Annotated[str, Field(pattern=r"^(PJSIP|Local)/[A-Za-z0-9_.@+-]+(/n)?$", max_length=80)]
HarmlessDial = Annotated[Dial, AfterValidator(_refuse_emergency_number)]
Number = Annotated[str, Field(pattern=r"^[0-9*#+]{1,20}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Listener(Section):
    host: str = "127.0.0.1"
    port: Port
    named_networks: tuple[str, ...] = ()  #: networks that `host` may listen on beyond loopback

    @model_validator(mode="after")
    def _on_loopback_or_named(self) -> Listener:
        address = ipaddress.ip_address(self.host)
        if address.is_loopback:
            return self
        if any(address in ipaddress.ip_network(network) for network in self.named_networks):
            return self
        raise ValueError(f"host {self.host} is neither loopback nor in named_networks")
