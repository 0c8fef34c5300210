"""The sections energy and thermal: read exactly, and every mistake told where it stands."""

from __future__ import annotations

from datetime import timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest

from dcim import plugins
from dcim.energy.boundary import Category
from dcim.energy.figures import Quantity
from dcim.settings.load import survey

SITE = """format: 1
site: { id: cas1, time_zone: Africa/Casablanca }
devices:
  - { id: pdu-a, kind: pdu, collector: snmp, address: "127.0.0.1:161", credential: c, rack: r1, tenant: atlas, fed_by: mains }
topology:
  mains: { kind: utility }
credentials: { c: { protocol: snmp, version: "2c", community: "env:C" } }
"""

RIGHT = """
energy:
  tariff: supply
  tariffs:
    supply:
      source: an example
      clock: "+01:00"
      seasons: { winter: { from: 10-01, to: 03-31 } }
      bands:
        - { name: pointe, season: winter, from: "17:30", to: "22:00", days: mon-fri }
      rest: pleines
  committed: { atlas: { power: 40 kW, minutes: 15 } }
  total: mains
  without: [pdu-a]
  it: [pdu-a]
  category: 3
  declared:
    - { what: water, value: 118.5, from: 2026-10-01, to: 2026-10-31, source: facture 1 }
  operator: { SDC: 1200 }
thermal: { class: A2, altitude: 950, inlets: [pdu-a/1] }
"""

WRONG = """
energy:
  tariff: suply
  tariffs:
    supply: { source: x, bands: [ { name: a, season: ete, from: "25:00", to: "22:00" } ] }
    other: { source: x, bands: [ { name: a, season: ete, from: "24:30", to: 12 } ], seasons: { e: { from: 13-01, to: 1 } } }
"""

UNKNOWN = """
energy:
  tariff: suply
  tariffs:
    supply: { source: x, bands: [ { name: a, season: ete, from: "5:00", to: "22:00" } ] }
  committed: { atlass: { power: 40 kW } }
  total: [mans]
  it: pdu-a
  declared: [ { what: water, value: 1, from: 2026-10-02, to: 2026-10-01, source: x } ]
thermal: { inlets: pdu-b, without: [pdu-a/2, pdu-c/1] }
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "dcim.yaml"
    path.write_text(SITE + text, encoding="utf-8")
    return survey(path, plugins.collectors(), plugins.channel_types())


def test_what_is_written_is_read_exactly(tmp_path):
    settings, problems = read(tmp_path, RIGHT)
    assert problems == ()
    terms = settings.energy
    tariff = terms.tariffs[terms.tariff]
    assert tariff.zone == timezone(timedelta(hours=1))
    assert tariff.bands[0].start == 17 * 60 + 30
    assert tariff.bands[0].weekdays == frozenset(range(5))
    assert (terms.committed[0].watts, terms.committed[0].minutes) == (40_000, 15)
    assert terms.without == ("pdu-a",)
    assert (terms.total, terms.it, terms.category) == (("mains",), ("pdu-a",), Category.PUE3)
    assert (terms.declared[0].quantity, terms.declared[0].value) == (Quantity.WATER, Fraction("118.5"))
    assert terms.operator == {"SDC": 1200}
    assert terms.cuts == 2
    assert settings.thermal.envelope.allowable.high == float(35 - Fraction(50, 300))


def test_without_the_sections_nothing_is_promised_and_nothing_wrong(tmp_path):
    settings, problems = read(tmp_path, "")
    assert problems == ()
    assert (settings.energy.tariffs, settings.energy.cuts, settings.thermal.name) == ({}, 1, "A1")


def test_every_mistake_of_form_is_told_in_one_run(tmp_path):
    _, problems = read(tmp_path, WRONG)
    said = " ".join(map(str, problems))
    for text in ("'25:00'", "'24:30'", "12", "13-01"):
        assert text in said
    assert all("dcim.yaml:" in str(problem) for problem in problems)


def test_every_name_that_means_nothing_is_told_where_it_stands(tmp_path):
    _, problems = read(tmp_path, UNKNOWN)
    said = [str(problem).partition(": ")[2] for problem in problems]
    assert len(said) == 8, said
    for text in (
        "tariff 'suply'",
        "season 'ete'",
        "tenant 'atlass'",
        "part 'mans'",
        "category",
        "before it begins",
    ):
        assert any(text in one for one in said), text
    assert sum("no device" in one for one in said) == 2


HOURS = """
energy:
  tariffs:
    supply:
      source: x
      bands:
        - { name: a, from: "07:00", to: "07:00" }
        - { name: b, from: "22:05", to: "06:15" }
        - { name: c, from: "00:00", to: "24:00" }
"""


def test_a_band_of_no_hours_and_an_edge_where_no_hour_is_cut_are_mistakes_at_their_lines(tmp_path):
    """Pains: I5."""
    _, problems = read(tmp_path, HOURS)
    lines = len(SITE.splitlines())
    assert [str(one).rpartition("dcim.yaml:")[2].partition(":")[0] for one in problems] == [
        str(lines + 7),
        str(lines + 8),
    ]
    empty, off = map(str, problems)
    assert 'bands[0].to: it ends as it begins: say from "00:00" to "24:00"' in empty
    assert "bands[1].from: hours of energy are cut every 10 minutes or every 15" in off
    assert off.endswith("found 22:05")


@pytest.mark.parametrize(
    ("minutes", "wrong"), [(("10", "20"), 0), (("15", "45"), 0), (("30", "00"), 0), (("10", "15"), 1)]
)
def test_edges_of_bands_are_all_tens_or_all_quarters_of_an_hour(tmp_path, minutes, wrong):
    first, second = minutes
    text = f'{{ name: a, from: "07:{first}", to: "09:{second}" }}'
    _, problems = read(tmp_path, f"\nenergy: {{ tariffs: {{ t: {{ source: x, bands: [ {text} ] }} }} }}\n")
    assert len(problems) == wrong
