"""The bound for our stack: Twisted on asyncio, a LineOnlyReceiver and a coroutine, nothing else."""

from __future__ import annotations

import asyncio

from twisted.internet import asyncioreactor

asyncioreactor.install(asyncio.new_event_loop())

from twisted.internet import defer, protocol, reactor  # noqa: E402
from twisted.protocols.basic import LineOnlyReceiver  # noqa: E402

from bench.fastagi.peers import commands  # noqa: E402


class HungUp(Exception):
    pass


class Call(LineOnlyReceiver):
    delimiter = b"\n"

    def connectionMade(self) -> None:
        self.environment: dict[str, str] = {}
        self.begun = False
        self.waiting = None
        self.transport.setTcpNoDelay(True)

    def lineReceived(self, line: bytes) -> None:
        if self.begun:
            waiting, self.waiting = self.waiting, None
            try:
                waiting.callback(commands.result(line.decode()))
            except ValueError:
                waiting.errback(HungUp())
        elif line:
            key, _, value = line.decode().partition(": ")
            self.environment[key] = value
        else:
            self.begun = True
            defer.ensureDeferred(self.talk())

    def connectionLost(self, reason: object = None) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.errback(HungUp())

    def command(self, line: str) -> defer.Deferred:
        self.waiting = waiting = defer.Deferred()
        self.transport.write(line.encode() + b"\n")
        return waiting

    async def talk(self) -> None:
        try:
            answer, welcome, menu, caller, choice, done = commands.lines(self.environment["agi_uniqueid"])
            await self.command(answer)
            await self.command(welcome)
            key = chr(await self.command(menu))
            await self.command(caller)
            await self.command(choice.format(key=key))
            await self.command(done)
        except HungUp:
            pass
        finally:
            self.transport.loseConnection()


if __name__ == "__main__":
    factory = protocol.Factory.forProtocol(Call)
    factory.noisy = False
    port = reactor.listenTCP(0, factory, backlog=commands.BACKLOG, interface="127.0.0.1")
    reactor.callWhenRunning(lambda: print(port.getHost().port, flush=True))
    reactor.run()
