"""An elder is changed by hand. Whoever saves second sees what changed meanwhile, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from callcenter.domain.elder_changes import FieldChange, differences
from callcenter.domain.people import Profile
from callcenter.errors import ElderUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.elder_cells import CellReader, Fault
from callcenter.services.elder_form import ElderForm, profile_of
from callcenter.services.extra_call import call_within_a_day
from callcenter.services.merge_elder import SAME_HOME, shared_home
from callcenter.services.save_profile import save_profile
from callcenter.services.sign_of_life import hang_up
from callcenter.services.stop_check_ins import stop_check_ins


@dataclass(frozen=True, kw_only=True)
class Edited:
    """What became of a form: saved as `elder`, or refused for its `faults`, or because of a `conflict`."""

    elder: UUID | None = None
    faults: tuple[Fault, ...] = ()
    conflict: tuple[FieldChange, ...] = ()  #: what saving would change in what is there by now
    seen: str = ""  #: of what is there by now; saving with it is meant


def seen_as(profile: Profile) -> str:
    """Of everything that a form shows: differs as soon as anything does, by whatever way it was changed."""
    plain = json.dumps(asdict(profile), default=_plain, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


async def edit_elder(desk: Desk, elder: UUID | None, form: ElderForm, *, seen: str, by: str) -> Edited:
    """None adds somebody. `seen` is what `seen_as` said when the form was shown.

    Raises `ElderUnknown`, `StorageAway` and `NotWhileStorageAway`: then nothing was changed.
    """
    legs: list[str] = []

    def work(unit: UnitOfWork) -> Edited:
        legs.clear()  # the work may run again
        return _edit(desk, unit, elder, form, seen=seen, by=by, legs=legs)

    edited = await desk.storage.transact("edit elder", work, urgent=False)
    for leg in legs:
        desk.background.start("end check-in", hang_up(desk, leg))
    return edited


def _edit(
    desk: Desk, work: UnitOfWork, elder: UUID | None, form: ElderForm, *, seen: str, by: str, legs: list[str]
) -> Edited:
    now = desk.clock.now()
    before = work.people.locked_profile(elder) if elder else None
    if elder and before is None:
        raise ElderUnknown(str(elder))
    config = desk.config
    reader = CellReader(
        country=config.hotline.country,
        area_code=config.hotline.area_code,
        ladders=frozenset(ladder.name for ladder in config.ladders),
        today=now.date(),
    )
    after = profile_of(form, reader, before, work.new_id)
    if not isinstance(after, Profile):
        return Edited(faults=tuple(after))
    if before is not None and (there := seen_as(before)) != seen:
        return Edited(conflict=differences(before, after), seen=there)
    same = work.people.by_identity_number(after.elder.identity_number)
    if same is not None and same != after.elder.id:
        return Edited(faults=(Fault(column="identity_number", template="is another elder's"),))
    home = before if before is not None and before.household.id == after.household.id else None
    if before is None:
        address = [getattr(after.household, key) for key in SAME_HOME]
        home = shared_home(work, now, [line.number for line in after.lines], address)
        after = _at_home_with(home, after) if home else after
    save_profile(work, by=by, now=now, before=before, after=after, home=home)
    if before is not None and before.elder.to_be_called and not after.elder.to_be_called:
        legs += stop_check_ins(work, after.elder.id, now)
    if before is not None and after.elder.to_be_called and not before.elder.to_be_called:
        call_within_a_day(work, after.elder.id, config.check_ins.hours(), now)
    return Edited(elder=after.elder.id)


def _at_home_with(mate: Profile, new: Profile) -> Profile:
    """The new one in the household of somebody who is there already."""
    numbers = {line.number for line in mate.lines}
    added = (replace(line, household=mate.household.id) for line in new.lines if line.number not in numbers)
    return replace(
        new,
        household=replace(new.household, id=mate.household.id),
        elder=replace(new.elder, household=mate.household.id),
        lines=(*mate.lines, *added),
    )


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)
