"""A hotline to pull plugs from, and the table of what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.faults.houses import folder_for_a_house
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

_TABLE = pytest.StashKey[Table]()


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Table:
    return request.config.stash.setdefault(_TABLE, Table())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    table = config.stash.get(_TABLE, None)
    if table is None or not table.rows:
        return
    terminalreporter.section("faults")
    for line in table.lines():
        terminalreporter.write_line(line)
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    if config.option.markexpr == "faults" and everything:
        terminalreporter.write_line(f"kept in {table.keep('make faults').name}")


@pytest.fixture(scope="session")
def watched_house() -> Iterator[WatchedHotline]:
    """The whole hotline, its Asterisk running and its service not yet."""
    with folder_for_a_house() as folder:
        house = WatchedHotline(folder)
        try:
            asyncio.run(house.start())
            yield house
        finally:
            asyncio.run(house.asterisk.stop())


@pytest.fixture
async def watched(watched_house: WatchedHotline) -> AsyncIterator[WatchedHotline]:
    """The hotline with its parent and service up, everybody off duty and no call in it."""
    await watched_house.serve()
    try:
        yield watched_house
        await watched_house.tidy()
    finally:
        await watched_house.quit()
