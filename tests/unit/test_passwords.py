"""A password costs who guesses it, and a name that does not exist is refused no sooner."""

from __future__ import annotations

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from callcenter.services.passwords import _OF_NOBODY, hasher

MADE = extract_parameters(hasher().hash("any"))  # before the tests make passwords cheap


def test_a_password_costs_what_the_standard_recommends() -> None:
    assert (MADE.time_cost, MADE.memory_cost) == (RFC_9106_LOW_MEMORY.time_cost, RFC_9106_LOW_MEMORY.memory_cost)


def test_the_password_of_nobody_costs_as_much() -> None:
    assert extract_parameters(_OF_NOBODY) == MADE
