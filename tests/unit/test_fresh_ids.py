"""What runs twice carries the same ids both times."""

from uuid import uuid4

from storage.fresh_ids import FreshIds


def test_each_run_takes_the_same_ids_from_the_start() -> None:
    ids = FreshIds(uuid4)
    first = ids.from_start()
    made = [first() for _ in range(3)]
    again = ids.from_start()
    assert [again() for _ in range(5)][:3] == made
    assert len(set(made)) == 3


def test_two_runs_at_once_do_not_disturb_each_other() -> None:
    ids = FreshIds(uuid4)
    one, other = ids.from_start(), ids.from_start()
    assert [one(), one()] == [other(), other()]
