"""What people see of a config shows as it is written, or is a mistake with its place. Pains: J1."""

from __future__ import annotations

from typing import Any

import pytest

CONFIG = r"""
format: 1
site: { id: cas1, name: "site-name" }
rooms: { r1: "room-name" }
groups: { racks: { tenant: "group-tenant" } }
notify: { channels: [ { name: "channel", type: log } ] }
devices:
  - { id: a, kind: ups, collector: snmp, address: "10.0.0.1:161", name: "name", group: racks, row: "row", rack: "rack",
      feed: "feed", tags: ["tag"], labels: { owner: "label" } }
"""

PLACES = {
    "site-name": "site.name", "room-name": "rooms.r1", "group-tenant": "groups.racks.tenant",
    "channel": "notify.channels[0].name", "name": "devices[0].name", "row": "devices[0].row",
    "rack": "devices[0].rack", "feed": "devices[0].feed", "tag": "devices[0].tags[0]",
    "label": "devices[0].labels.owner",
}  # fmt: skip


def test_plain_texts_are_no_mistake(config: Any) -> None:
    assert config(CONFIG)[1] == []


@pytest.mark.parametrize("written", [r"\r\n", r"\u202E", r"\u2028", r"\e[2J"])
@pytest.mark.parametrize("text", PLACES)
def test_a_text_that_shows_otherwise_is_told_where_it_stands(config: Any, text: str, written: str) -> None:
    _, problems = config(CONFIG.replace(f'"{text}"', f'"x{written}y"'))
    (problem,) = problems
    assert f": {PLACES[text]}: people see this text: U+" in problem
    assert problem.isprintable()


def test_every_mistake_of_that_kind_is_told_at_once(config: Any) -> None:
    text = CONFIG
    for name in PLACES:
        text = text.replace(f'"{name}"', r'"\n"')
    assert len(config(text)[1]) == len(PLACES)
