"""The example site is right, and every key that a person may write is in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from dcim import plugins
from dcim.examine import examine
from dcim.settings import load, shapes
from dcim.settings.contracts import ContractShape, StepShape
from dcim.settings.energy import (
    BandShape,
    CommittedShape,
    DeclaredShape,
    EnergyShape,
    SeasonShape,
    TariffShape,
    ThermalShape,
)
from dcim.settings.maintenance import MaintenanceShape
from dcim.settings.metrics import MetricsShape
from dcim.settings.peers import PeerShape
from dcim.settings.power import PowerShape, RedundancyShape
from dcim.settings.reporting import CalibrationShape, ReportsShape, ScheduledShape
from dcim.settings.telling import (
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
        shapes.SiteShape, shapes.WebShape, shapes.PollShape, shapes.HistoryShape,
        shapes.AlertsShape, shapes.CredentialShape, shapes.ChannelShape, shapes.OutputShape, MetricsShape, TellingShape, shapes.DeviceShape,
        shapes.FileShape, shapes.PartOfBuilding, shapes.ServiceShape, MaintenanceShape, PersonShape, RotaShape,
        PeerShape, ContractShape, StepShape, EnergyShape, TariffShape, SeasonShape, BandShape, CommittedShape, DeclaredShape, ThermalShape,
        ReportsShape, ScheduledShape, CalibrationShape, PowerShape, RedundancyShape,
        RouteShape, MatchShape, HoursShape, EscalateShape, LimitShape,
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
