"""What the doctor says about things that need no running part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callcenter.app.checks.dispatch import check_dispatch
from callcenter.app.checks.finding import Health
from callcenter.app.checks.machine import check_clock, check_disk
from callcenter.app.simulate import refuse_if_real
from callcenter.config import Config, check
from callcenter.errors import NotWhileLive, RealTelephonesMayRing

ROUTE = {"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/9001"}
TRUNK = {"name": "trunk", "host": "127.0.0.1"}


def config(folder: Path, **sections: Any) -> Config:
    return check(sections, folder)


async def test_the_simulated_120_is_named_by_what_rings(tmp_path: Path) -> None:
    (finding,) = await check_dispatch(config(tmp_path, dispatch={"routes": [ROUTE]}))
    assert finding.health is Health.OK
    assert "SIMULATED" in finding.en
    assert "PJSIP/9001" in finding.en
    assert "120@trunk" not in finding.en + finding.zh


async def test_the_live_120_is_said_aloud(tmp_path: Path) -> None:
    (finding,) = await check_dispatch(config(tmp_path, dispatch={"live": True, "routes": [ROUTE]}))
    assert finding.health is Health.WARN
    assert "LIVE" in finding.en
    assert "PJSIP/120@trunk" in finding.en
    assert "PJSIP/120@trunk" in finding.zh


async def test_no_route_is_worth_a_word(tmp_path: Path) -> None:
    (finding,) = await check_dispatch(config(tmp_path))
    assert finding.health is Health.WARN
    assert finding.remedy_en


async def test_one_finding_for_each_disk(tmp_path: Path) -> None:
    (finding,) = await check_disk(config(tmp_path, database={"url": "sqlite:///not/there/yet/callcenter.db"}))
    assert all(what in finding.en for what in ("database", "journal", "recordings", "sounds"))
    assert finding.health is Health.OK or finding.remedy_en


async def test_a_clock_that_moves_is_well(tmp_path: Path) -> None:
    (finding,) = await check_clock(config(tmp_path))
    assert finding.health is not Health.FAULT


def test_nothing_is_simulated_while_120_is_live(tmp_path: Path) -> None:
    with pytest.raises(NotWhileLive):
        refuse_if_real(config(tmp_path, dispatch={"live": True, "routes": [ROUTE]}), trunks_meant=True)


def test_real_telephones_ring_only_if_it_is_meant(tmp_path: Path) -> None:
    trunks = config(tmp_path, trunks=[TRUNK])
    with pytest.raises(RealTelephonesMayRing):
        refuse_if_real(trunks, trunks_meant=False)
    refuse_if_real(trunks, trunks_meant=True)
    refuse_if_real(config(tmp_path), trunks_meant=False)
