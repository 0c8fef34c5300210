"""The example site is right, and every key that a person may write is in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, TypeAdapter

from dcim import plugins
from dcim.examine import examine
from dcim.settings import load
from dcim.settings.checked.power import PowerShape, RedundancyShape
from dcim.settings.reading import shapes
from dcim.settings.sections.contracts import ContractShape, StepShape
from dcim.settings.sections.database import DatabaseShape
from dcim.settings.sections.energy import (
    BandShape,
    CommittedShape,
    DeclaredShape,
    EnergyShape,
    SeasonShape,
    TariffShape,
    ThermalShape,
)
from dcim.settings.sections.maintenance import MaintenanceShape
from dcim.settings.sections.metrics import MetricsShape
from dcim.settings.sections.peers import PeerShape
from dcim.settings.sections.recordings import RecordingsShape
from dcim.settings.sections.reporting import CalibrationShape, ReportsShape, ScheduledShape
from dcim.settings.sections.telling import (
    EscalateShape,
    HoursShape,
    LimitShape,
    MatchShape,
    PersonShape,
    RotaShape,
    RouteShape,
    TellingShape,
)

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config" / "dcim.yaml"


def channel_types() -> Mapping[str, type[BaseModel]]:
    return plugins.channel_types()


def models() -> Iterator[tuple[str, type[BaseModel]]]:
    for shape in (
        shapes.SiteShape, shapes.PollShape, shapes.HistoryShape,
        shapes.AlertsShape, shapes.CredentialShape, shapes.ChannelShape, shapes.OutputShape, MetricsShape, TellingShape, shapes.DeviceShape,
        shapes.FileShape, shapes.PartOfBuilding, shapes.ServiceShape, MaintenanceShape, PersonShape, RotaShape,
        PeerShape, ContractShape, StepShape, EnergyShape, TariffShape, SeasonShape, BandShape, CommittedShape, DeclaredShape, ThermalShape,
        ReportsShape, ScheduledShape, CalibrationShape, PowerShape, RedundancyShape,
        RouteShape, MatchShape, HoursShape, EscalateShape, LimitShape,
        shapes.WebShape, shapes.TrapsShape, RecordingsShape, DatabaseShape, shapes.LedgerShape,
    ):  # fmt: skip
        yield "settings", shape
    for name, plugin in plugins.collectors().items():
        yield name, plugin.options_type
        yield name, plugin.credential_type
    yield from channel_types().items()
    yield from ((f"output {name}", shape) for name, shape in plugins.output_types().items())


KEYS = sorted(
    {(of, field.alias or name) for of, model in models() for name, field in model.model_fields.items()}
)


def test_every_key_is_in_the_document() -> None:
    pages = (
        "configuration.md",
        "topology.md",
        "on-call.md",
        "channels.md",
        "energy.md",
        "availability.md",
        "reports.md",
        "outputs.md",
    )
    text = "".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in pages)
    documented = set(re.findall(r"`([a-z_0-9]+)`", text))
    assert [f"{key!r} of {of}" for of, key in KEYS if key not in documented] == []


SECTIONS: Mapping[str, type[BaseModel]] = {
    "The top": shapes.FileShape,
    "site": shapes.SiteShape,
    "web": shapes.WebShape,
    "poll": shapes.PollShape,
    "traps": shapes.TrapsShape,
    "alerts": shapes.AlertsShape,
    "redundancy": RedundancyShape,
    "devices, groups, defaults": shapes.DeviceShape,
    "snmp": plugins.collectors()["snmp"].options_type,
    "modbus": plugins.collectors()["modbus"].options_type,
    "credentials": plugins.collectors()["snmp"].credential_type,
    "peers": PeerShape,
}
"""Headings of ``docs/configuration.md`` whose table has a row for each key."""
FIELDS = {
    heading: {field.alias or name: field for name, field in model.model_fields.items()}
    for heading, model in SECTIONS.items()
}
ELSEWHERE = {"snmp", "modbus", "protocol", "test", "language"}
"""Keys that are checked by whom they belong to: options of a collector, what every channel has."""


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield heading, key and default of every row of the tables of keys."""
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section in re.split(r"^##+ ", text, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        for keys, default in re.findall(r"^\| (`[a-z_0-9`, ]+) \|([^|]*)\|", section, re.MULTILINE):
            yield from ((heading, key, default.strip()) for key in re.findall(r"\w+", keys))


def test_every_row_of_a_table_of_keys_is_a_key_and_every_key_has_a_row() -> None:
    for heading, fields in FIELDS.items():
        told = {key for of, key, _ in rows() if of == heading}
        assert told - ELSEWHERE == set(fields) - ELSEWHERE, heading


def test_every_default_in_the_document_is_that_of_the_program() -> None:
    """A default that is a word in backticks, read as if somebody had written it, is what stands when nobody does."""
    compared = 0
    for heading, key, told in rows():
        literal = re.fullmatch(r"`\"?([^`\"]+)\"?`", told)
        field = FIELDS.get(heading, {}).get(key)
        if literal is None or field is None or field.is_required() or field.default is None:
            continue
        adapter: TypeAdapter[object] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
        default = field.get_default(call_default_factory=True)
        read = adapter.validate_python(int(literal[1]) if type(default) is int else literal[1])
        assert read == default, f"{heading}: {key}"
        compared += 1
    assert compared >= 20


def test_the_example_site_has_no_mistake() -> None:
    examined = examine(
        EXAMPLE, plugins.collectors(), channel_types(), environ=None, outputs=plugins.output_types()
    )
    assert [str(problem) for problem in examined.problems] == []
    assert len(examined.settings.assets) >= 15
    assert len({asset.kind for asset in examined.settings.assets}) >= 6
    assert {asset.collector for asset in examined.settings.assets} == {"snmp", "modbus"}


def test_the_example_shows_every_section() -> None:
    read = load(EXAMPLE, plugins.collectors(), channel_types())
    text = EXAMPLE.read_text(encoding="utf-8")
    assert read.site.time_zone == "Africa/Casablanca"
    assert {channel.type for channel in read.channels} == {"log", "smtp", "webhook"}
    for key in shapes.FileShape.model_fields:
        assert re.search(rf"^(# )?{key}:", text, re.MULTILINE), f"config/dcim.yaml does not show {key!r}"
