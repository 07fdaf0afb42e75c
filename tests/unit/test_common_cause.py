"""Three from one building within a minute are one card; two are not, and neither are three in three minutes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from callcenter.domain.common_cause import Calls, CommonCause, common_causes
from callcenter.domain.people import Household
from tests.unit.fakes import MORNING


def home(estate: str = "和平里", building: str = "3号楼", street: str = "和平街") -> Household:
    return Household(id=UUID(int=0), district="东城区", street=street, estate=estate, building=building)


def called(number: int, seconds: float, where: Household | None = None) -> Calls:
    return Calls(emergency=UUID(int=number), at=MORNING + timedelta(seconds=seconds), home=where or home())


def causes(*calls: Calls) -> list[CommonCause]:
    return common_causes(calls, at_least=3, within_seconds=60)


def numbers(cause: CommonCause) -> list[int]:
    return [emergency.int for emergency in cause.emergencies]


def test_three_from_one_building_within_the_time() -> None:
    [cause] = causes(called(3, 60), called(1, 0), called(2, 30))
    assert cause.place == "和平里3号楼"
    assert numbers(cause) == [1, 2, 3]


def test_two_are_not_and_three_too_late_are_not() -> None:
    assert causes() == []
    assert causes(called(1, 0), called(2, 1)) == []
    assert causes(called(1, 0), called(2, 30), called(3, 61)) == []


def test_three_of_one_estate_from_several_buildings_name_the_estate() -> None:
    [cause] = causes(called(1, 0), called(2, 1, home(building="5号楼")), called(3, 2))
    assert cause.place == "和平里"


def test_more_join_while_they_keep_coming() -> None:
    [cause] = causes(*(called(number, number * 25) for number in range(1, 8)))
    assert numbers(cause) == [1, 2, 3, 4, 5, 6, 7]


def test_two_waves_are_two_causes() -> None:
    first, second = causes(*(called(number, number) for number in (1, 2, 3)), *(called(n, 600 + n) for n in (4, 5, 6)))
    assert (numbers(first), numbers(second)) == ([1, 2, 3], [4, 5, 6])


def test_other_places_and_places_nobody_knows_are_apart() -> None:
    elsewhere = home(street="青年路")
    nowhere = home(estate="", building="")
    assert causes(called(1, 0), called(2, 1), called(3, 2, elsewhere)) == []
    assert causes(*(called(number, 0, nowhere) for number in (1, 2, 3))) == []
    [cause] = causes(*(called(number, 0, home(estate="")) for number in (1, 2, 3)))
    assert cause.place == "3号楼"
