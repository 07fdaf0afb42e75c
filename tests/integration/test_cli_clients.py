"""`callcenter clients`: as an administrator types it while no service runs."""

from __future__ import annotations

from pathlib import Path

from tests.integration.cli_house import CliHouse


def test_a_client_is_added_listed_and_revoked_and_its_token_is_said_once(tmp_path: Path) -> None:
    house = CliHouse(tmp_path)
    added = house.run("clients", "add", "bureau", "--scope", "agents", "--scope", "events", "--as", "chief", "--json")
    assert added.code == 0, added.err
    assert len(added.facts["token"]) == 43
    listed = house.run("clients", "list", "--json")
    [client] = listed.facts
    assert (client["name"], client["scopes"], client["added_by"]) == ("bureau", ["agents", "events"], "chief")
    assert added.facts["token"] not in listed.out
    assert house.run("clients", "add", "bureau", "--scope", "agents").sentence().startswith("Another client")
    assert house.run("clients", "revoke", "nobody").sentence().startswith("No client")
    assert house.run("clients", "revoke", "bureau").code == 0
    assert house.run("clients", "list", "--json").facts[0]["revoked_at"]
    assert house.run("clients", "add", "bureau", "--scope", "everything").code == 2
