"""The speech model: fetched, compared with its SHA-256, unpacked, tried, and only then put where the ears look.

The model's path is a symbolic link beside the folders it may point to, so that a new model replaces the old one in one
step of the file system. Whatever goes wrong before that step, the old one stays.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.app.speech_download import Progress, fetch
from callcenter.app.speech_unpack import copy, unpack
from callcenter.errors import ModelUnusable

#: The publisher's own; Apache-2.0, 43,898,754 bytes.
OFFICIAL: Final = "https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip"
#: Of that file, as third parties publish it.
OFFICIAL_SHA256: Final = "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba"
LOADS_WITHIN_SECONDS: Final = 300.0
#: Without these a model cannot be told which words to expect, and rejects nothing.
_GRAMMAR: Final = ("graph/HCLr.fst", "graph/Gr.fst")
_ACOUSTIC: Final = "am/final.mdl"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """`sha256` is "" for a folder. `verified`: it is the SHA-256 that was given or that is known."""

    model: Path
    sha256: str
    verified: bool
    memory_mib: int  #: what a process grows by when it loads the model
    load_seconds: float


async def install(source: str, model: Path, progress: Progress, *, sha256: str = "") -> Installed:
    """Puts the model from a URL, a zip or a folder at `model`.

    What comes by the network must have the SHA-256 that is given, or the official model's. Raises `ModelNotFetched` and
    `ModelUnusable`; then whatever stood at `model` still does. Running ears go on with the model they have loaded.
    """
    model.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _alone(model):
            return await _install(source, model, progress, sha256.lower())
    except OSError as error:
        raise ModelUnusable(str(error)) from error


async def _install(source: str, model: Path, progress: Progress, sha256: str) -> Installed:
    folder = Path(tempfile.mkdtemp(prefix=_prefix(model), dir=model.parent))
    try:
        digest, verified = await _bring(source, model.parent, folder, progress, sha256)
        found = _find(folder)
        memory_mib, load_seconds = await _try(found)
        _put(found, model, folder)
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise
    return Installed(model=model, sha256=digest, verified=verified, memory_mib=memory_mib, load_seconds=load_seconds)


async def _bring(source: str, beside: Path, folder: Path, progress: Progress, sha256: str) -> tuple[str, bool]:
    """Fills `folder`; (SHA-256, whether it is the one that was expected)."""
    if source.startswith(("http://", "https://")):
        part = await fetch(source, beside, progress)
        digest = await asyncio.to_thread(_digest, part)
        try:
            verified = _verified(digest, sha256 or OFFICIAL_SHA256)
            await asyncio.to_thread(unpack, part, folder)
        finally:
            part.unlink()
        return digest, verified
    path = Path(source).expanduser()
    if source and path.is_dir():
        if not (path / _ACOUSTIC).is_file():
            raise ModelUnusable(f"{source}: no {_ACOUSTIC} in it")
        if sha256:
            raise ModelUnusable("a folder has no SHA-256: leave --sha256 away, or give the zip")
        await asyncio.to_thread(copy, path, folder)
        return "", False
    if not path.is_file():
        raise ModelUnusable(f"{source}: neither a URL nor a file nor a folder")
    digest = await asyncio.to_thread(_digest, path)
    verified = _verified(digest, sha256) if sha256 else digest == OFFICIAL_SHA256
    await asyncio.to_thread(unpack, path, folder)
    return digest, verified


def _verified(digest: str, expected: str) -> bool:
    if digest != expected:
        raise ModelUnusable(f"its SHA-256 is {digest}, expected {expected}")
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find(folder: Path) -> Path:
    """The folder of the model, at any depth: zips mostly hold one folder. Raises `ModelUnusable`."""
    found = [path.parents[1] for path in sorted(folder.rglob(_ACOUSTIC))]
    if len(found) != 1:
        raise ModelUnusable(f"{len(found)} folders with {_ACOUSTIC}, expected one")
    missing = [name for name in _GRAMMAR if not (found[0] / name).is_file()]
    if missing:
        raise ModelUnusable(f"{', '.join(missing)} missing: it takes no list of words; the small models do")
    return found[0]


async def _try(model: Path) -> tuple[int, float]:
    """(MiB, seconds) it takes to load, in a process of its own: a damaged model may end the process that reads it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callcenter.app.speech_probe", str(model),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LOADS_WITHIN_SECONDS):
            out, err = await process.communicate()
    except TimeoutError:
        raise ModelUnusable(f"it did not load within {LOADS_WITHIN_SECONDS:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = err.decode(errors="replace").split("\n")
        why = next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {process.returncode}")
        raise ModelUnusable(f"it does not load: {why[:200]}")
    facts = json.loads(out)
    return facts["memory_mib"], facts["load_seconds"]


def _put(found: Path, model: Path, folder: Path) -> None:
    folder.chmod(0o755)  # the ears may run as another user
    _save(folder)
    link = model.with_name(f".{model.name}.link")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(found, model.parent))
    if model.is_dir() and not model.is_symlink():  # put there by hand
        model.rename(tempfile.mkdtemp(prefix=_prefix(model), dir=model.parent))
    link.replace(model)
    _save_names(model.parent)
    for old in model.parent.glob(f"{_prefix(model)}*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)


def _save(folder: Path) -> None:
    """A power cut after this leaves whole files."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _save_names(path)
    _save_names(folder)


def _save_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prefix(model: Path) -> str:
    return f".{model.name}-"


@contextmanager
def _alone(model: Path) -> Iterator[None]:
    with model.with_name(f".{model.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ModelUnusable("another installation runs") from None
        yield
