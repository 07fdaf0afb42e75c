"""`python -m callcenter.app.speech_probe MODEL`: loads a model, hears a second of silence, says what that took as JSON.

A process of its own, because a damaged model may end the process that reads it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

from ivr.ears.recognizer import Recognizer

_SILENCE: Final = bytes(16000)


def main(model: Path) -> None:
    before, begun = _resident_mib(), time.perf_counter()
    recognizer = Recognizer(model)
    load_seconds = time.perf_counter() - begun
    stream = recognizer.stream(("一",))
    stream.feed(_SILENCE)
    stream.finish()
    json.dump({"memory_mib": _resident_mib() - before, "load_seconds": load_seconds}, sys.stdout)


def _resident_mib() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("no VmRSS in /proc/self/status")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
