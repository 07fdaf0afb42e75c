"""A model is put in place whole and tried, or the old one stays."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from callcenter.app.speech_install import Installed, install
from callcenter.errors import ModelUnusable
from tests.integration.cli_house import CliHouse
from tests.integration.model_server import ModelServer
from tests.shared_speech import SHARED_CLIPS, SHARED_MODEL, SHARED_PHRASES, needs_model

pytestmark = needs_model


def ignored(done: int, total: int | None) -> None:
    """A progress that nobody looks at."""


@pytest.fixture(scope="session")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zip_:
        for file in sorted(SHARED_MODEL.rglob("*")):
            zip_.write(file, Path("vosk-model-of-tests") / file.relative_to(SHARED_MODEL))
    return path


@pytest.fixture(scope="session")
def sha256(zipped: Path) -> str:
    return hashlib.sha256(zipped.read_bytes()).hexdigest()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "speech" / "model"


def leftovers(model: Path) -> int:
    """Folders of models that were, or were to be, besides the one in use."""
    return sum(each.is_dir() and not each.is_symlink() for each in model.parent.iterdir()) - model.exists()


def works(model: Path, done: Installed) -> None:
    assert (model / "am/final.mdl").read_bytes() == (SHARED_MODEL / "am/final.mdl").read_bytes()
    assert 5 < done.memory_mib < 500
    assert leftovers(model) == 0


async def test_from_the_network_with_its_sha256(model: Path, zipped: Path, sha256: str) -> None:
    async with ModelServer(zipped.read_bytes()).running() as server:
        server.cut_after = [5_000_000]
        done = await install(server.url, model, ignored, sha256=sha256.upper())
    works(model, done)
    assert done.verified
    assert not list(model.parent.glob("*.part"))


async def test_from_the_network_nothing_is_taken_on_trust(model: Path, zipped: Path, sha256: str) -> None:
    async with ModelServer(zipped.read_bytes()).running() as server:
        with pytest.raises(ModelUnusable, match=sha256):
            await install(server.url, model, ignored)
    assert not model.exists()
    assert leftovers(model) == 0
    assert not list(model.parent.glob("*.part")), "a wrong file would be wrong for ever"


async def test_from_a_zip_and_from_a_folder(model: Path, zipped: Path, sha256: str) -> None:
    done = await install(str(zipped), model, ignored)
    works(model, done)
    assert (done.sha256, done.verified) == (sha256, False)
    first = model.resolve()
    done = await install(str(SHARED_MODEL), model, ignored)
    works(model, done)
    assert model.resolve() != first
    assert not first.exists()


async def test_the_old_model_stays_when_the_new_one_is_not_what_was_expected(model: Path, zipped: Path) -> None:
    await install(str(SHARED_MODEL), model, ignored)
    old = model.resolve()
    with pytest.raises(ModelUnusable, match="expected 0000"):
        await install(str(zipped), model, ignored, sha256="0" * 64)
    assert model.resolve() == old
    assert leftovers(model) == 0


@pytest.mark.parametrize(
    ("file", "why"),
    [("am/final.mdl", "no am/final.mdl"), ("graph/Gr.fst", "Gr.fst missing"), ("conf/mfcc.conf", "does not load")],
)
async def test_half_a_model_is_refused(tmp_path: Path, model: Path, file: str, why: str) -> None:
    await install(str(SHARED_MODEL), model, ignored)
    old = model.resolve()
    broken = tmp_path / "broken"
    shutil.copytree(SHARED_MODEL, broken)
    (broken / file).unlink()
    with pytest.raises(ModelUnusable, match=why):
        await install(str(broken), model, ignored)
    assert model.resolve() == old
    assert leftovers(model) == 0


@pytest.mark.parametrize("keep", [0, 1000])
async def test_a_damaged_model_is_refused_even_if_it_kills_who_reads_it(tmp_path: Path, model: Path, keep: int) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(SHARED_MODEL, broken)
    mdl = broken / "am/final.mdl"
    mdl.write_bytes(mdl.read_bytes()[:keep])
    with pytest.raises(ModelUnusable, match="does not load"):
        await install(str(broken), model, ignored)
    assert not model.exists()


async def test_a_folder_that_somebody_put_there_by_hand_is_replaced(model: Path) -> None:
    shutil.copytree(SHARED_MODEL, model)
    done = await install(str(SHARED_MODEL), model, ignored)
    assert model.is_symlink()
    works(model, done)


async def test_what_a_killed_installation_left_is_swept_away(model: Path) -> None:
    left = model.parent / ".model-killed"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    works(model, await install(str(SHARED_MODEL), model, ignored))


async def test_one_at_a_time(model: Path, zipped: Path, sha256: str) -> None:
    async def second(*_: object) -> None:
        with pytest.raises(ModelUnusable, match="another"):
            await install(str(SHARED_MODEL), model, ignored)

    async with ModelServer(zipped.read_bytes()).running() as server:
        serve = server._file

        async def answer(request: bytes, writer: object) -> None:
            await second()
            await serve(request, writer)  # type: ignore[arg-type]

        server.answer = answer
        works(model, await install(server.url, model, ignored, sha256=sha256))


@pytest.mark.parametrize("source", ["/nowhere/model.zip", "ftp://127.0.0.1/model.zip", ""])
async def test_a_source_that_is_none(model: Path, source: str) -> None:
    with pytest.raises(ModelUnusable, match="neither"):
        await install(source, model, ignored)


def test_by_the_command_line(tmp_path: Path, zipped: Path, sha256: str) -> None:
    house = CliHouse(tmp_path, {"speech": {"model": "speech/model"}})
    ran = house.run("speech", "install", "--from", str(zipped), "--sha256", sha256, "--json")
    assert ran.code == 0, ran.err
    assert ran.facts["verified"] is True
    assert (tmp_path / "speech/model/am/final.mdl").is_file()
    refused = house.run("speech", "install", "--from", str(zipped), "--sha256", "1" * 64)
    assert refused.code == 1
    assert "the one that is installed stays" in refused.sentence()
    assert house.run("speech", "install", "--sha256", "abc").code == 2


def test_what_is_understood_of_a_recording(tmp_path: Path) -> None:
    house = CliHouse(tmp_path, {"speech": {"model": str(SHARED_MODEL)}})
    ran = house.run("speech", "check", str(SHARED_CLIPS / "000.wav"), "--phrases", str(SHARED_PHRASES), "--json")
    assert ran.code == 0, ran.err
    assert ran.facts["sound_seconds"] > 0.3
    assert ran.facts["said"] or ran.facts["rejected"] or not ran.facts["words"]


def test_without_a_model_the_check_says_so(tmp_path: Path) -> None:
    house = CliHouse(tmp_path)
    ran = house.run("speech", "check", str(SHARED_CLIPS / "000.wav"))
    assert ran.code == 1
    assert "no speech model" in ran.sentence()


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.wav"
    rubbish.write_bytes(b"no sound")
    house = CliHouse(tmp_path, {"speech": {"model": str(SHARED_MODEL)}})
    ran = house.run("speech", "check", str(rubbish))
    assert ran.code == 1
    assert "rubbish.wav" in ran.sentence()
