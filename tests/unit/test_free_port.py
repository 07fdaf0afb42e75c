"""A drawn port stays the drawer's own: nobody else draws it, and until a server listens whoever connects is refused."""

from __future__ import annotations

import socket

import pytest

from callcenter.app import free_port as ports
from callcenter.app.free_port import free_port, give_back


def test_whoever_connects_is_refused_until_a_server_listens_and_when_it_is_gone() -> None:
    address = ("127.0.0.1", free_port())
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        with socket.create_server(address), socket.create_connection(address):
            pass


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_nobody_else_draws_it_before_it_is_given_back(kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port(kind)
    free = free_port()
    give_back(free)
    draws = [port, port, free]
    monkeypatch.setattr(ports.random, "randrange", lambda *_: draws.pop(0))
    assert free_port() == free
    assert not draws
    give_back(port)
    give_back(port)
    with socket.socket() as another:
        another.bind(("127.0.0.1", port))
