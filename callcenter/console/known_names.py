"""How people who sign in are called: rows keep the name they sign in with, pages show the one that people know."""

from __future__ import annotations

from collections.abc import Callable

from callcenter.ports.storage import UnitOfWork


def known_names(work: UnitOfWork) -> Callable[[str], str]:
    """`chief` → 赵班长; what is nobody's sign-in, a typed name for instance, stays as it is."""
    names = {user.name: user.shown for user in work.access.users()}
    return lambda name: names.get(name) or name
