"""Reports from readings: a tenant's two PDUs, an inlet, and the certificate of its sensor."""

from __future__ import annotations

import asyncio
import io
import json
from array import array
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dcim.alerts import Language
from dcim.energy.boundary import Category
from dcim.energy.demand import Committed
from dcim.energy.terms import EnergyTerms
from dcim.evidence.verifier.accounts import account_of, misplaced
from dcim.graph import Node, NodeKind, Rating, Wiring
from dcim.history import History, Limits
from dcim.late import late
from dcim.model import Batch, Lane, Layout, Point
from dcim.model import Kind as Device
from dcim.model.fact import Fact, FactKind
from dcim.reports.make import from_directory
from dcim.reports.model import Bars, Figures, Kind, List, Moment, Name, Note, Number, Ratio, Say, Table, Word
from dcim.reports.plain import plain
from dcim.reports.render import Form
from dcim.reports.render.claim import claim_text
from dcim.reports.site import Described, Thing, keep, text_of
from dcim.reports.wish import Wish
from dcim.rollup.block import Block, Row, file_of, hour_start, sections
from dcim.rollup.table import write
from dcim.rollup.tree import root
from dcim.settings.checked.reported import Calibration
from dcim.store import Work

from .conftest import ATLAS, RIF, SECOND, SINCE, Ledger, described

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = late("pypdf")  # collecting the tests needs none

HOUR = 3600 * SECOND
ENERGY = Point("pdu-1a", "pdu_energy_joules_total")
CURRENT = Point("pdu-1a", "pdu_phase_current_amperes", (("phase", "L1"),))
OTHER = Point("pdu-2a", "pdu_energy_joules_total")
WARM = Point("env-1", "sensor_temperature_celsius", (("sensor", "1"),))


SUBSCRIBED = EnergyTerms(committed=(Committed(ATLAS, 900, 10, "annexe 2"), Committed(RIF, 2500, 15)), cuts=12)


def building(terms: EnergyTerms = SUBSCRIBED) -> Described:
    site = described()
    things = {
        **site.things,
        "env-1": Thing("env-1", "Sonde", Device.SENSOR, "salle-1", "", "", "snmp", (), 60.0),
    }
    nodes = tuple(
        replace(one, rating=Rating(amperes=16.0), feed="A") if one.id == "pdu-1a" else one
        for one in site.wiring.nodes
    )
    racks = (
        Node("rack/R1", NodeKind.RACK, "R1", ("pdu-1a", "pdu-1b"), room="salle-1", rack="R1", tenant=ATLAS),
        Node("rack/R2", NodeKind.RACK, "R2", ("pdu-2a",), room="salle-1", rack="R2", tenant=RIF),
    )
    certificate = Calibration("env-1/1", "LNM-118", date(2025, 3, 1), date(2026, 3, 1), 0.2, by="LPEE")
    return replace(
        site,
        things=things,
        wiring=Wiring((*nodes, *racks), site.wiring.services),
        more={"calibrations": [plain(certificate)], "energy": plain(terms)},
    )


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The first two hours of October: 3.6 MJ an hour, up to 8 A of 16, half an hour at 29 degrees."""
    found = Ledger(tmp_path_factory.mktemp("measured") / "state")
    digest = keep(text_of(building()), found.path)
    found.say(Fact(FactKind.SITE_DESCRIBED, SINCE / 1e6 - 3000, "cas1", {"sha256": digest}))
    asyncio.run(_read(found.path / "history", found))
    found.watch_until(SINCE + 2 * HOUR)
    yield found
    found.close()


async def _read(path: Path, ledger: Ledger) -> None:
    history = History.open(path, ledger.clock, Limits(days=400))
    layouts = {
        "pdu-1a": Layout("pdu-1a", Lane.FAST, (ENERGY, CURRENT), (None, None), ("a", "b")),
        "pdu-2a": Layout("pdu-2a", Lane.FAST, (OTHER,), (None,), ("a",)),
        "env-1": Layout("env-1", Lane.FAST, (WARM,), (None,), ("a",)),
    }
    for minute in range(-2, 122, 2):
        at = SINCE / 1e6 + 60 * minute
        ledger.clock.at = round(at * 1e6)
        hot = 29.0 if 30 <= minute < 60 else 24.0
        history.append(
            Batch(
                layouts["pdu-1a"], at, array("d", (1e9 + 1000.0 * 60 * minute, 8.0 if minute == 40 else 4.0))
            )
        )
        history.append(Batch(layouts["pdu-2a"], at, array("d", (5e9 + 2000.0 * 60 * minute,))))
        history.append(Batch(layouts["env-1"], at, array("d", (hot,))))
    await history.commit()
    await history.aclose()


def claim(ledger: Ledger, kind: Kind, scope: str = "") -> tuple[Any, dict[str, bytes]]:
    wish = Wish(kind, scope, "", "2026-10-01", "2026-10-01 02:00", (), (Form.JSON, Form.HTML))
    made = from_directory(ledger.path, wish, SINCE + 2 * HOUR, "0.1.0")
    return made.document.claim["figures"], dict(made.files)


def test_the_energy_of_a_tenant_is_that_of_its_own_supplies(ledger: Ledger) -> None:
    """Pains: G7."""
    found, files = claim(ledger, Kind.ENERGY, f"tenant:{ATLAS}")
    (amount,) = found["energy"][0]["sums"]
    assert amount["best"] == 2 * 3_600_000
    assert amount["least"] <= amount["best"] <= amount["most"]
    assert [one["asset"] for one in found["energy"][0]["points"]] == ["pdu-1a"]
    for data in files.values():
        assert RIF not in data.decode()
        assert "pdu-2a" not in data.decode()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A PDU of each of two tenants in one room: rated, with a current, its energy and an inlet."""
    found = Ledger(tmp_path_factory.mktemp("shared") / "state")
    site = building()
    rated = tuple(
        replace(one, rating=Rating(amperes=16.0), feed="A") if one.id in ("pdu-1a", "pdu-2a") else one
        for one in site.wiring.nodes
    )
    digest = keep(text_of(replace(site, wiring=replace(site.wiring, nodes=rated))), found.path)
    found.say(Fact(FactKind.SITE_DESCRIBED, SINCE / 1e6 - 3000, "cas1", {"sha256": digest}))
    asyncio.run(_read_both(found.path / "history", found))
    found.watch_until(SINCE + 2 * HOUR)
    yield found
    found.close()


async def _read_both(path: Path, ledger: Ledger) -> None:
    history = History.open(path, ledger.clock, Limits(days=400))
    for asset in ("pdu-1a", "pdu-2a"):
        points = (
            Point(asset, ENERGY.metric),
            Point(asset, CURRENT.metric, CURRENT.labels),
            Point(asset, WARM.metric, WARM.labels),
        )
        layout = Layout(asset, Lane.FAST, points, (None, None, None), ("a", "b", "c"))
        for minute in range(-2, 122, 2):
            at = SINCE / 1e6 + 60 * minute
            ledger.clock.at = round(at * 1e6)
            history.append(Batch(layout, at, array("d", (1e9 + 60_000.0 * minute, 4.0, 24.0))))
    await history.commit()
    await history.aclose()


def texts(ledger: Ledger, kind: Kind, scope: str) -> dict[str, str]:
    """Return what each form of a report says, in French, and what is attached to it."""
    wish = Wish(kind, scope, "", "2026-10-01", "2026-10-01 02:00", (Language.FR,), tuple(Form))
    found: dict[str, str] = {}
    for name, data in from_directory(ledger.path, wish, SINCE + 2 * HOUR, "0.1.0").files.items():
        found[name] = data.decode("utf-8", "replace")
        if name.endswith(".pdf"):
            reader = pypdf.PdfReader(io.BytesIO(data))
            pages = [page.extract_text() for page in reader.pages]
            found[name] = " ".join((*pages, *(part[0].decode() for part in reader.attachments.values())))
    return found


@pytest.mark.parametrize("kind", [Kind.ENERGY, Kind.THERMAL, Kind.CAPACITY, Kind.CALIBRATION])
def test_a_tenant_sees_nothing_that_was_measured_for_others(shared: Ledger, kind: Kind) -> None:
    """In no form, and in nothing that is attached. Pains: G7."""
    others = (RIF, "power/R2", "PDU-2A", "pdu-2a")
    whole = texts(shared, kind, "")
    assert len(whole) == len(Form)
    assert all(any(word in text for word in others) for text in whole.values())  # they would be found
    mine = texts(shared, kind, f"tenant:{ATLAS}")
    assert all("PDU-1A" in text or "pdu-1a" in text for text in mine.values())
    assert [(name, word) for name, text in mine.items() for word in others if word in text] == []


def test_what_a_tenant_has_subscribed_stands_against_its_demand(ledger: Ledger) -> None:
    """A kilowatt all the time, in intervals of ten minutes, against 900 W; and nothing of others."""
    found, files = claim(ledger, Kind.ENERGY, f"tenant:{ATLAS}")
    (one,) = found["committed"]
    assert (one["tenant"], one["watts"], one["intervals"], one["not_measured_whole"]) == (ATLAS, 900, 12, 0)
    assert [each["watts"] for each in one["over"]] == ["1000/1"] * 12
    assert one["peak"] == {"start_ms": SINCE // 1000, "watts": "1000/1"}
    assert (one["joules"], one["without"]) == (12 * 100 * 600, ["pdu-1b"])
    assert [each["asset"] for each in one["points"]] == ["pdu-1a"]
    assert one["unproven_ms"] == [SINCE // 1000 + hour * 3_600_000 for hour in (-1, 0, 1, 2)]
    page = files["report.fr.html"].decode()
    assert "Puissance souscrite" in page
    assert "annexe 2" in page


def test_a_whole_site_holds_every_tenant_against_what_it_subscribed(ledger: Ledger) -> None:
    found, _ = claim(ledger, Kind.ENERGY)
    assert [(one["tenant"], bool(one["over"])) for one in found["committed"]] == [(ATLAS, True), (RIF, False)]


@pytest.mark.parametrize("scope", ["", f"tenant:{ATLAS}", "rack:R1", "device:pdu-1a"])
@pytest.mark.parametrize("period", [("2026-10", "", ""), ("", "2026-10-01 01:30", "2026-10-02 02:10")])
def test_what_it_claims_has_the_form_that_the_program_of_the_auditor_takes(
    ledger: Ledger, scope: str, period: tuple[str, str, str]
) -> None:
    """Pains: G7. Also of a period that is no whole days, and of one that goes on."""
    for now in (SINCE + 2 * HOUR + 7 * SECOND + 123, SINCE + 26 * HOUR, SINCE + 40 * 24 * HOUR):
        made = from_directory(ledger.path, Wish(Kind.ENERGY, scope, *period, (), (Form.JSON,)), now, "0.1.0")
        account = account_of("c.json", "", json.loads(claim_text(made.document)))
        assert account is not None
        assert account.claims
        assert list(misplaced(account)) == []


def test_the_whole_site_names_what_it_could_not_measure(ledger: Ledger) -> None:
    found, files = claim(ledger, Kind.ENERGY)
    assert {one["name"] for one in found["eu"]} >= {"EDC", "EIT", "WIN"}
    assert next(one for one in found["eu"] if one["name"] == "WIN")["value"] is None
    assert RIF in files["report.fr.html"].decode()
    assert found["unproven_us"]


def test_an_inlet_has_minutes_in_each_zone_and_the_uncertainty_of_its_sensor(ledger: Ledger) -> None:
    found, files = claim(ledger, Kind.THERMAL)
    (inlet,) = found["inlets"]
    assert inlet["inlet"] == "env-1/1"
    assert inlet["zones_ms"]["allowable"] == 30 * 60_000
    assert inlet["zones_ms"]["recommended"] == 90 * 60_000
    assert [each[1] for each in inlet["excursions"]] == ["hot"]
    assert "±0,20\u202fK (certificat expiré)" in files["report.fr.html"].decode()  # it ran out in March


def test_the_peak_of_a_phase_stands_against_its_rating(ledger: Ledger) -> None:
    found, _ = claim(ledger, Kind.CAPACITY)
    (load,) = found["loads"]
    assert (load["part"], load["phase"], load["peak"], load["rating"], load["unit"]) == (
        "pdu-1a",
        "L1",
        "8",
        16.0,
        "amperes",
    )


def tables(ledger: Ledger, kind: Kind, since: str, until: str) -> tuple[dict[str, Table], list[Any]]:
    made = from_directory(
        ledger.path, Wish(kind, "", "", since, until, (), (Form.JSON,)), SINCE + 26 * HOUR, "0.1.0"
    )
    blocks = [one for part in made.document.sections for one in part.blocks]
    figures = [each for one in blocks if isinstance(one, Figures) for each in one.items]
    return {one.id: one for one in blocks if isinstance(one, Table)}, figures


DECLARED: dict[str, dict[str, float]] = {
    "part": {"": 0.75, "pdu-1a": 1.2},
    "site": {"": 0.75},
    "standard": {},
}


@pytest.mark.parametrize(
    ("by", "share", "over", "word"),
    [("part", 0.6, 0, "élément"), ("site", 0.375, 1, "site"), ("standard", 0.4, 1, "norme")],
)
def test_the_limit_of_a_part_is_the_declared_one_and_says_from_where(
    by: str, share: float, over: int, word: str, tmp_path: Path
) -> None:
    """It is one of two feeds, and its peak half of its rating: everything was held against 40 %. Pains: I6."""
    ledger = Ledger(tmp_path / "state")
    site = building()
    digest = keep(text_of(replace(site, more={**site.more, "warns": DECLARED[by]})), ledger.path)
    ledger.say(Fact(FactKind.SITE_DESCRIBED, SINCE / 1e6 - 3000, "cas1", {"sha256": digest}))
    asyncio.run(_read(ledger.path / "history", ledger))
    ledger.watch_until(SINCE + 2 * HOUR)
    found, files = claim(ledger, Kind.CAPACITY)
    (load,) = found["loads"]
    assert (load["limit"], load["limit_by"]) == (share, by)
    shown, figures = tables(ledger, Kind.CAPACITY, "2026-10-01", "2026-10-01 02:00")
    (row,) = shown["loads"].rows
    assert row[9] == Say(f"report.capacity.by_{by}")
    assert figures[1].value == Number(over)
    page = files["report.fr.html"].decode()
    assert f">{word}<" in page
    assert "report.capacity" not in page
    ledger.close()


def test_a_load_that_was_measured_too_little_is_that_at_least(ledger: Ledger) -> None:
    found, figures = tables(ledger, Kind.CAPACITY, "2026-10-01", "2026-10-02")
    (row,) = found["loads"].rows
    assert (row[3], row[7]) == (None, Say("report.capacity.at_least", (Ratio(1, 2, 1),)))
    assert figures[1].hint == Say("report.capacity.which", (List((Say("report.capacity.on_phase", (row[0], row[1])),)),))  # fmt: skip


def test_the_hour_of_a_peak_is_the_whole_hour_also_where_the_period_begins_within_it(ledger: Ledger) -> None:
    found, _ = tables(ledger, Kind.CAPACITY, "2026-10-01 00:10", "2026-10-01 02:00")
    assert found["loads"].rows[0][5] == Moment(SINCE)


def test_an_inlet_that_was_never_read_in_a_period_is_in_no_figure_and_listed(ledger: Ledger) -> None:
    found, _ = tables(ledger, Kind.THERMAL, "2026-10-01 05:00", "2026-10-01 06:00")
    assert [row[0] for row in found["unread"].rows] == [Name("Sonde / 1")]
    assert "inlets" not in found or not found["inlets"].rows


def test_the_minutes_of_an_inlet_add_up_to_the_period(ledger: Ledger) -> None:
    found, _ = tables(ledger, Kind.THERMAL, "2026-10-01 00:00:07", "2026-10-01 01:30:40")
    (row,) = found["inlets"].rows
    minutes = [cell.value for cell in row[1:5] if isinstance(cell, Number)]
    assert len(minutes) == 4
    assert sum(round(one, 2) for one in minutes) == pytest.approx(90.55, abs=0.02)
    assert "unread" not in found


def test_a_certificate_that_ran_out_is_said_to_have(ledger: Ledger) -> None:
    found, files = claim(ledger, Kind.CALIBRATION)
    assert found["calibrations"][0]["certificate"] == "LNM-118"
    page = files["report.fr.html"].decode()
    assert "expiré" in page
    assert "Sonde / 1" in page  # as people call it, and not env-1/1
    assert "±0,2 K" in page


def test_what_keeps_an_account_of_energy_is_listed_where_it_has_no_certificate(ledger: Ledger) -> None:
    """The strips supply tenants and stand at the boundary of IT; the UPS and pdu-1b were never read for it."""
    found, files = claim(ledger, Kind.CALIBRATION)
    assert found["without"] == ["pdu-1a", "pdu-2a"]
    assert found["accounts"] == {
        "pdu-1a": ["E_DC", "E_IT", f"tenant/{ATLAS}"],
        "pdu-2a": ["E_DC", "E_IT", f"tenant/{RIF}"],
    }
    assert "Sert de compteur à" in files["report.fr.html"].decode()
    mine, files = claim(ledger, Kind.CALIBRATION, f"tenant:{ATLAS}")
    assert list(mine["accounts"]) == ["pdu-1a"]
    assert RIF not in files["report.fr.html"].decode()


@pytest.mark.parametrize(("hours", "goes_on"), [(13, True), (26, False)])
def test_of_a_day_that_goes_on_it_is_said_that_its_rest_counts_as_not_measured(
    ledger: Ledger, hours: int, goes_on: bool
) -> None:
    wish = Wish(Kind.ENERGY, "", "", "2026-10-01", "2026-10-02", (), (Form.JSON,))
    made = from_directory(ledger.path, wish, SINCE + hours * HOUR, "0.1.0")
    said = [getattr(one, "text", None) for part in made.document.sections for one in part.blocks]
    assert (Say("report.energy.day_goes_on") in said) is goes_on


def test_a_site_without_a_history_has_its_register_of_calibrations(tmp_path: Path) -> None:
    bare = Ledger(tmp_path / "state")
    bare.watch_until(SINCE + HOUR)
    found, _ = claim(bare, Kind.CALIBRATION)
    assert (found["without"], found["accounts"]) == ([], {})
    bare.close()


def test_without_a_history_it_is_said_that_there_is_none(tmp_path: Path) -> None:
    from dcim.reports.metered import NoReadings

    empty = Ledger(tmp_path / "state")
    empty.watch_until(SINCE + HOUR)
    with pytest.raises(NoReadings, match="no history"):
        claim(empty, Kind.THERMAL)
    empty.close()


def test_an_energy_measured_for_too_little_of_the_time_has_no_figure_and_no_invented_bound(
    ledger: Ledger,
) -> None:
    """Pains: G7."""
    wish = Wish(Kind.ENERGY, period="2026-10")
    made = from_directory(ledger.path, replace(wish, forms=(Form.HTML,)), SINCE + 24 * HOUR, "0.1.0").document
    blocks = [one for part in made.sections for one in part.blocks]
    figures = {item.label.key: item for one in blocks if isinstance(one, Figures) for item in one.items}
    whole, cooling = figures["report.energy.it"], figures["report.energy.cooling"]
    assert (whole.value, whole.hint and whole.hint.key) == (None, "report.energy.too_little")
    assert (cooling.value, cooling.hint) == (None, Say("report.energy.unmeasured"))
    tables = {one.id: one for one in blocks if isinstance(one, Table)}
    tenant = next(row for row in tables["tenants"].rows if row[0] == Name(ATLAS))
    assert (tenant[1], tenant[3]) == (None, Say("report.unknown"))
    it = next(row for row in tables["eu"].rows if row[0] == Name("EIT"))
    assert (it[2], it[4]) in ((None, None), (None, Say("report.unknown")))
    assert not any(isinstance(one, Bars) for one in blocks)


def test_what_passes_by_a_named_boundary_and_what_it_counts_twice_is_named(tmp_path: Path) -> None:
    """A strip is below the UPS that is counted too, and of IT the other strips are not. Pains: G7."""
    own = Ledger(tmp_path / "state")
    terms = EnergyTerms(total=("ups-a", "pdu-1a"), it=("pdu-1a",), category=Category.PUE3)
    digest = keep(text_of(building(terms)), own.path)
    own.say(Fact(FactKind.SITE_DESCRIBED, SINCE / 1e6 - 3000, "cas1", {"sha256": digest}))
    asyncio.run(_read(own.path / "history", own))
    own.watch_until(SINCE + 2 * HOUR)
    wish = Wish(Kind.ENERGY, "", "", "2026-10-01", "2026-10-01 02:00", (), (Form.JSON,))
    made = from_directory(own.path, wish, SINCE + 2 * HOUR, "0.1.0").document
    own.close()
    blocks = [one for part in made.sections for one in part.blocks]
    notes = [one.text for one in blocks if isinstance(one, Note)]
    assert Say("report.energy.twice", (List((Name("UPS-A"),)),)) in notes
    assert Say("report.energy.outside", (List((Name("R1"), Name("R2"))),)) in notes
    (figures,) = (one for one in blocks if isinstance(one, Table) and one.id == "figures")
    partial = next(row[5] for row in figures.rows if row[0] == Name("iPUE3"))
    assert isinstance(partial, List)
    assert {Word("report.energy.partial", one) for one in ("total", "it")} <= set(partial.values)


def test_a_period_of_three_years_ago_is_told_by_the_hour_and_says_so(tmp_path: Path) -> None:
    """Pains: G2, G7."""
    old = Ledger(tmp_path / "state")
    digest = keep(text_of(building()), old.path)
    hour = "2023-10-05T10"
    old.say(Fact(FactKind.SITE_DESCRIBED, hour_start(hour) / 1000 - 3000, "cas1", {"sha256": digest}))
    asyncio.run(_read(old.path / "history", old))
    rows = [
        Row("env-1", WARM.metric, '{"sensor":"1"}', 60, 0, 3_600_000, *[each * 10**6 for each in (33, 35, 38, 34)],
            None, ())
    ]  # fmt: skip
    path = old.path / "rollup" / file_of(hour, 1)
    path.parent.mkdir(parents=True)
    write(rows, path, hour_start(hour))
    top = root([one.leaf for one in sections(hour, rows, 1)]).hex()
    block = Block(hour, 1, hour_start(hour) / 1000, top, "0" * 64, file_of(hour, 1), 1, 1, 1, 1)
    old.store.commit_now(Work(facts=(block.fact(),), rollups=(block,)))
    old.watch_until(SINCE + 2 * HOUR)
    wish = Wish(Kind.THERMAL, "", "2023-10-05", forms=(Form.HTML, Form.PDF))
    made = from_directory(old.path, wish, SINCE + 2 * HOUR, "0.1.0")
    figures: Any = made.document.claim["figures"]
    (inlet,) = figures["hours"]["inlets"]
    assert (inlet["inlet"], inlet["known_ms"], inlet["outside_ms"]) == ("env-1/1", 3_600_000, 3_600_000)
    assert [one["hour"] for one in figures["hours"]["blocks"]] == [hour]
    tables = {one.id: one for part in made.document.sections for one in part.blocks if isinstance(one, Table)}
    (row,) = tables["hourly"].rows
    assert row[1:6] == tuple(Number(each, "minutes", 2) for each in (60.0, 0.0, 60.0, 60.0, 60.0))
    assert "unread" not in tables
    assert "ne sont plus conservées" in made.files["report.fr.html"].decode()
    old.close()
