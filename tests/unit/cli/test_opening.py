"""Which hosts the served API answers to, as settings and address say."""

from pathlib import Path

import pytest

from podium.api.door import Door
from podium.cli.folder import Folder
from podium.cli.opening import Opening
from podium.cli.server import Address
from podium.settings import Origin


def _door(folder: Path, host: str, text: str = "") -> Door:
    file = folder / "podium.yaml"
    _ = file.write_text(f"version: 1\n{text}")
    written = Origin(file, {}).read()
    found = Opening(written, Folder(folder), Address(host, 8700)).door(written.settings().server)
    assert isinstance(found, Door)
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_no_other_name_and_no_address_is_answered(tmp_path: Path, host: str):
    assert _door(tmp_path, host) == Door()


def test_where_it_listens_to_others_its_own_names_and_addresses_are_answered(tmp_path: Path):
    door = _door(tmp_path, "podium.internal")
    assert "podium.internal" in door.hosts
    assert door.any_address


def test_what_is_allowed_and_how_much_is_read_is_said_in_the_settings(tmp_path: Path):
    text = "server: {allowed_hosts: [podium.acme.example], max_body_bytes: 1000}\n"
    door = _door(tmp_path, "127.0.0.1", text)
    assert door == Door(hosts=frozenset({"podium.acme.example"}), max_body_bytes=1000)
