"""Zips that would write elsewhere, fill the disk, or are no zips."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from callcenter.app.speech_unpack import copy, unpack
from callcenter.errors import ModelUnusable


def archive(folder: Path, **members: bytes) -> Path:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip_:
        for name, content in members.items():
            zip_.writestr(name, content)
    return path


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside" / "inside"
    folder.mkdir(parents=True)
    return folder


def all_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_everything_is_unpacked(tmp_path: Path, inside: Path) -> None:
    unpack(archive(tmp_path, **{"m/am/final.mdl": b"1", "m/conf/": b"", "m/README": b"2"}), inside)
    assert (inside / "m/am/final.mdl").read_bytes() == b"1"
    assert (inside / "m/conf").is_dir()


@pytest.mark.parametrize("name", ["../evil", "m/../../evil", "/evil", "..\\evil", "C:evil", "m/../../../evil"])
def test_nothing_is_written_outside(tmp_path: Path, inside: Path, name: str) -> None:
    with pytest.raises(ModelUnusable):
        unpack(archive(tmp_path, **{name: b"x"}), inside)
    assert all_files(tmp_path) == ["model.zip"]


def test_a_symbolic_link_is_refused(tmp_path: Path, inside: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as zip_:
        link = zipfile.ZipInfo("m")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zip_.writestr(link, "..")
        zip_.writestr("m/evil", b"x")
    with pytest.raises(ModelUnusable, match="neither"):
        unpack(path, inside)
    assert all_files(tmp_path) == ["model.zip"]


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, inside: Path) -> None:
    with pytest.raises(ModelUnusable, match="at most 1000000"):
        unpack(archive(tmp_path, a=bytes(2_000_000)), inside, at_most_bytes=1_000_000)
    with pytest.raises(ModelUnusable, match="at most 2"):
        unpack(archive(tmp_path, a=b"", b=b"", c=b""), inside, at_most_files=2)
    assert all_files(inside) == []


def test_a_member_that_lies_about_its_size_writes_no_more_than_it_says(tmp_path: Path, inside: Path) -> None:
    path = archive(tmp_path, a=bytes(1_000_000))
    lie = path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(lie)
    with pytest.raises(ModelUnusable):
        unpack(path, inside)
    assert sum(each.stat().st_size for each in inside.rglob("*")) <= 1000


def test_what_is_larger_than_the_disk_is_refused(tmp_path: Path, inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.app.speech_unpack.KEPT_FREE_BYTES", 2**60)
    with pytest.raises(ModelUnusable, match="are free"):
        unpack(archive(tmp_path, a=b"x"), inside)


def test_a_damaged_member_is_refused(tmp_path: Path, inside: Path) -> None:
    path = archive(tmp_path, a=bytes(range(256)) * 100)
    content = bytearray(path.read_bytes())
    content[60:80] = b"\x00" * 20
    path.write_bytes(content)
    with pytest.raises(ModelUnusable):
        unpack(path, inside)


@pytest.mark.parametrize("content", [b"", b"PK", b"<html>404</html>", bytes(100_000)])
def test_what_is_no_zip_is_refused(tmp_path: Path, inside: Path, content: bytes) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    with pytest.raises(ModelUnusable):
        unpack(path, inside)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path, inside: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as zip_, pytest.warns(UserWarning, match="Duplicate"):
        zip_.writestr("a", b"1")
        zip_.writestr("a", b"2")
    with pytest.raises(ModelUnusable, match="twice"):
        unpack(path, inside)


def test_a_file_that_is_also_a_folder_is_refused(tmp_path: Path, inside: Path) -> None:
    with pytest.raises(ModelUnusable):
        unpack(archive(tmp_path, **{"a": b"1", "a/b": b"2"}), inside)


def test_a_folder_is_copied_without_its_links(tmp_path: Path, inside: Path) -> None:
    source = tmp_path / "source"
    (source / "am").mkdir(parents=True)
    (source / "am/final.mdl").write_bytes(b"1")
    (source / "secret").symlink_to("/etc/hostname")
    copy(source, inside)
    assert all_files(inside) == ["final.mdl"]
    with pytest.raises(ModelUnusable):
        copy(source, inside, at_most_files=0)
