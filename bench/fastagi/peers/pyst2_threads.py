"""pyst2's AGI with one thread per call, which is how it is meant. What it needs to run on Python 3 at all is marked."""

from __future__ import annotations

import io
import socketserver

from asterisk.agi import AGI, AGIException

from bench.fastagi.peers import commands


class Unheard(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


class Session(AGI):
    def __init__(self, stdin: object, stdout: object) -> None:
        # Needed: pyst2's own calls signal.signal, which only the main thread may.
        self.stdin, self.stdout, self.stderr = stdin, stdout, Unheard()
        self._got_sighup = False
        self.env = {}
        self._get_agi_env()


class Call(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        # Needed: pyst2 writes str to the socket file.
        with io.TextIOWrapper(self.wfile, "utf-8", write_through=True) as words:
            try:
                agi = Session(self.rfile, words)
                agi.answer()
                agi.stream_file(commands.WELCOME, commands.KEYS)
                key = agi.stream_file(commands.MENU, commands.KEYS)
                agi.set_variable("CC_CALLER", agi.env["agi_uniqueid"])
                agi.set_variable("CC_CHOICE", key)
                agi.set_variable("CC_DONE", "room")
            except (AGIException, OSError, ValueError, KeyError):
                return  # ValueError: what pyst2 makes of EOF


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = commands.BACKLOG


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Call) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
