"""The bound for any Python: an asyncio.Protocol with a step counter instead of a coroutine."""

from __future__ import annotations

import asyncio

from bench.fastagi.peers import commands


class Call(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.rest = b""
        self.step = 0
        self.to_say: list[str] = []

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        if not self.to_say:
            head, blank, data = data.partition(b"\n\n")
            if not blank:
                self.rest = head
                return
            environment = dict(line.partition(": ")[::2] for line in head.decode().split("\n"))
            self.to_say = commands.lines(environment["agi_uniqueid"])
            self.say()
        *replies, self.rest = data.split(b"\n")
        for reply in replies:
            self.heard(reply.decode())

    def heard(self, reply: str) -> None:
        try:
            number = commands.result(reply)
        except ValueError:
            self.transport.close()
            return
        if self.step == 3:
            self.to_say[4] = self.to_say[4].format(key=chr(number))
        if self.step == len(self.to_say):
            self.transport.close()
        else:
            self.say()

    def say(self) -> None:
        self.transport.write(self.to_say[self.step].encode() + b"\n")
        self.step += 1


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Call, "127.0.0.1", 0, backlog=commands.BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
