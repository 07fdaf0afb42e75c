"""A zip from somewhere becomes a folder of ours, and nothing outside that folder."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from callcenter.errors import ModelUnusable

AT_MOST_FILES: Final = 2000
AT_MOST_BYTES: Final = 8 * 2**30
#: The least space that stays free on the disk: the database lives there too.
KEPT_FREE_BYTES: Final = 256 * 2**20


def unpack(archive: Path, to: Path, *, at_most_files: int = AT_MOST_FILES, at_most_bytes: int = AT_MOST_BYTES) -> None:
    """Everything in the zip into the empty folder `to`. Raises `ModelUnusable`, and then `to` may hold a part of it."""
    try:
        with zipfile.ZipFile(archive) as zip_:
            members = zip_.infolist()
            _refuse_too_much(members, at_most_files, at_most_bytes)
            _refuse_full_disk(sum(member.file_size for member in members), to)
            for member in members:
                _write(zip_, member, to / _inside(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise ModelUnusable(f"{archive.name}: {error}") from error


def copy(folder: Path, to: Path, *, at_most_files: int = AT_MOST_FILES, at_most_bytes: int = AT_MOST_BYTES) -> None:
    """A folder that is unpacked already, without its symbolic links. Raises `ModelUnusable`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    sizes = [path.stat().st_size for path in files]
    if len(files) > at_most_files or sum(sizes) > at_most_bytes:
        raise ModelUnusable(f"{folder}: {len(files)} files, {sum(sizes)} bytes")
    _refuse_full_disk(sum(sizes), to)
    for path in files:
        target = to / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _refuse_too_much(members: Iterable[zipfile.ZipInfo], at_most_files: int, at_most_bytes: int) -> None:
    """By what the zip says of itself; `_write` takes no byte more than a member has announced."""
    sizes = [member.file_size for member in members]
    if len(sizes) > at_most_files:
        raise ModelUnusable(f"{len(sizes)} files, at most {at_most_files}")
    if sum(sizes) > at_most_bytes:
        raise ModelUnusable(f"{sum(sizes)} bytes unpacked, at most {at_most_bytes}")


def _refuse_full_disk(needed: int, to: Path) -> None:
    free = shutil.disk_usage(to).free
    if needed + KEPT_FREE_BYTES > free:
        raise ModelUnusable(f"{needed >> 20} MiB are needed on the disk, {free >> 20} MiB are free")


def _inside(member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename:
        raise ModelUnusable(f"a file that leads out of its folder: {member.filename[:80]!r}")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ModelUnusable(f"neither a file nor a folder: {member.filename[:80]!r}")
    return path


def _write(zip_: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    try:
        if member.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with zip_.open(member) as source, target.open("xb") as file:
            shutil.copyfileobj(source, file)
    except FileExistsError as error:
        raise ModelUnusable(f"stands twice: {member.filename[:80]!r}") from error
    except NotADirectoryError as error:
        raise ModelUnusable(f"a file and a folder at once: {member.filename[:80]!r}") from error
