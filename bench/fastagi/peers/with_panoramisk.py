"""panoramisk's FastAGI application, as its documentation shows it but for a backlog that survives a burst."""

from __future__ import annotations

import asyncio

from panoramisk import fast_agi

from bench.fastagi.peers import commands


async def talk(request: fast_agi.Request) -> None:
    async def command(line: str) -> str:
        reply = await request.send_command(line)
        if reply.get("error"):
            raise ConnectionError(reply["error"])
        return reply["result"][0]

    answer, welcome, menu, caller, choice, done = commands.lines(request.headers["agi_uniqueid"])
    try:
        await command(answer)
        await command(welcome)
        key = chr(int(await command(menu)))
        await command(caller)
        await command(choice.format(key=key))
        await command(done)
    except ConnectionError:
        return


async def serve() -> None:
    application = fast_agi.Application(loop=asyncio.get_running_loop())
    application.add_route("bench", talk)
    server = await asyncio.start_server(application.handler, "127.0.0.1", 0, backlog=commands.BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
