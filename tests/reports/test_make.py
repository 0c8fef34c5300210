"""Reports from a state directory: what must stand in them, and what must not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dcim.alerts import Language
from dcim.availability import CATEGORIES
from dcim.contracts import Contract
from dcim.graph import Node, NodeKind
from dcim.late import late
from dcim.model.fact import Fact, FactKind
from dcim.reports.kinds.results import at_least
from dcim.reports.make import from_directory
from dcim.reports.model import Facts, Figures, Kind, Length, List, Name, Number, Paragraph, Say, Table
from dcim.reports.render import Form
from dcim.reports.scope import NothingLike
from dcim.reports.wish import Wish

from .conftest import ARABIC, ATLAS, DAY, RIF, SECOND, SINCE, UNTIL, Ledger, alert, described, stands

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = late("pypdf")  # collecting the tests needs none

NOW = UNTIL + 2 * DAY
EVERY = tuple(Form)
BOTH = tuple(Language)


def october(ledger: Ledger, kind: Kind, scope: str = "", **more: Any) -> Any:
    forms, languages = more.pop("forms", (Form.JSON,)), more.pop("languages", BOTH)
    wish = Wish(kind, scope, period="2026-10", forms=forms, languages=languages)
    return from_directory(ledger.path, wish, more.pop("now", NOW), "0.1.0")


def told(ledger: Ledger) -> None:
    """A month with an outage of R1, an incident, a start of the generator, and a tenant that is not hit."""
    ledger.say(
        stands("power/R1", 600, "up", "reduced"),
        stands("power/R1", 660, "down", "reduced"),
        stands(f"tenant/{ATLAS}", 660, "down", "reduced"),
        alert("a1", 660, "raised", "service_down", "power/R1", incident="i1"),
        Fact(
            FactKind.INCIDENT,
            SINCE / 1e6 + 660 * 60 + 1,
            "i1",
            {
                "change": "opened", "alerts": 1, "open": 1, "roots": ["pdu-1a"], "because": "parts", "severity": "critical",
                "opened_at": SINCE / 1e6 + 660 * 60, "services": {"power/R1": {"function": "down"}}, "tenants": [ATLAS],
                "who": "",
            },
        ),
        alert("g1", 661, "raised", "genset_running", "ge1"),
        alert("g1", 700, "cleared", "genset_running", "ge1"),
        stands("power/R1", 690, "up", "full", before="down"),
        stands(f"tenant/{ATLAS}", 690, "up", "full", before="down"),
        alert("a1", 690, "cleared", "service_down", "power/R1", incident="i1"),
    )  # fmt: skip
    ledger.watch_until(UNTIL + DAY + DAY // 2)


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def test_a_statement_of_availability_has_everything_an_auditor_asks_for(ledger: Ledger) -> None:
    """Pains: G1, G2, G3."""
    told(ledger)
    made = october(ledger, Kind.UPTIME, "service:power/R1")
    tables = {one.id: one for part in made.document.sections for one in part.blocks if isinstance(one, Table)}
    assert {
        "promises", "categories", "outages", "redundancy_events", "reclassified", "failures", "work", "points", "lives",
        "constants",
    } <= tables.keys()  # fmt: skip
    claim = made.document.claim["figures"]["answers"][0]["reclassified"]  # type: ignore[index,call-overload]
    month = UNTIL - SINCE
    assert sum(claim["categories"].values()) == month
    assert set(claim["categories"]) == set(CATEGORIES)
    assert claim["categories"]["forced_outage"] == 30 * 60 * SECOND
    assert claim["categories"]["degraded"] == 60 * 60 * SECOND
    assert Fraction(claim["figures"]["a_min"]) == 1 - Fraction(30 * 60 * SECOND, month)
    assert len(tables["outages"].rows) == 1
    assert len(tables["redundancy_events"].rows) == 1
    assert claim["failures"] == 1
    assert made.document.face.head is not None


def test_outages_of_the_whole_and_of_its_services_are_two_numbers_and_both_are_said(ledger: Ledger) -> None:
    """Two racks were down at the same time for a while: one outage of the site, and two rows. Pains: G2."""
    ledger.say(
        stands("power/R1", 10, "down"),
        stands("power/R2", 15, "down"),
        stands("power/R1", 20, "up", before="down"),
        stands("power/R2", 25, "up", before="down"),
    )
    ledger.watch_until(UNTIL + DAY + DAY // 2)
    sections = october(ledger, Kind.UPTIME).document.sections
    blocks = [one for part in sections for one in part.blocks]
    hints = [each.hint for one in blocks if isinstance(one, Figures) for each in one.items]
    one = Say("report.uptime.outages_n", (Number(1),))
    assert Say("report.uptime.outages_apart", (one, Number(2))) in hints
    assert Paragraph(Say("report.uptime.outages_as_one", (Number(2), Number(1)))) in blocks
    alone = october(ledger, Kind.UPTIME, "service:power/R1").document.sections
    said = [
        each.hint for part in alone for one in part.blocks if isinstance(one, Figures) for each in one.items
    ]
    assert one in said
    assert "outages_as_one" not in repr(alone)


def _lacks(service: str, minute: float, function: str, *parts: str) -> Fact:
    fact = stands(service, minute, function, "reduced")
    because = [{"part": one, "function": "down", "redundancy": "reduced", "why": ""} for one in parts]
    return Fact(fact.kind, fact.at, fact.subject, {**fact.body, "because": because})


def _hits(key: str, minute: float, *roots: str) -> Fact:
    body = {
        "change": "opened", "alerts": 1, "open": 1, "roots": [*roots], "because": "parts", "severity": "critical",
        "opened_at": SINCE / 1e6 + minute * 60, "services": {"power/R1": {}, f"tenant/{ATLAS}": {}}, "tenants": [ATLAS],
        "who": "",
    }  # fmt: skip
    return Fact(FactKind.INCIDENT, SINCE / 1e6 + minute * 60, key, body)  # type: ignore[arg-type]


@pytest.mark.parametrize("subject", ["power/R1", f"tenant/{ATLAS}"])
def test_what_came_a_moment_later_is_not_the_cause_of_what_was_missing_before(
    ledger: Ledger, subject: str
) -> None:
    """The strip of one feed dies, and ten seconds later the other one opens. Pains: G2."""
    service = [] if subject == "power/R1" else [subject]
    ledger.say(
        _lacks("power/R1", 600, "up", "pdu-1a"),
        *(_lacks(one, 600, "up", "power/R1") for one in service),
        _hits("i2", 600.2, "pdu-1b"),
        _hits("i1", 600.3, "pdu-1a"),
        _lacks("power/R1", 600.2, "down", "pdu-1a", "pdu-1b"),
        *(_lacks(one, 600.2, "down", "power/R1") for one in service),
        stands("power/R1", 690, "up", "full", before="down"),
        *(stands(one, 690, "up", "full", before="down") for one in service),
    )
    ledger.watch_until(UNTIL + DAY + DAY // 2)
    made = october(ledger, Kind.UPTIME, f"service:{subject}")
    tables = {one.id: one for part in made.document.sections for one in part.blocks if isinstance(one, Table)}
    (missing,), (lost,) = tables["redundancy_events"].rows, tables["outages"].rows
    assert List((Name("PDU-1A"),)) in missing
    assert List((Name("PDU-1B"), Name("PDU-1A"))) in lost


def test_what_no_incident_explains_is_named_beside_the_root_of_the_one_that_does(ledger: Ledger) -> None:
    """One strip of two cannot have been the cause alone. Pains: G2."""
    ledger.say(
        _lacks("power/R1", 600, "down", "pdu-1a", "pdu-1b"),
        _hits("i1", 600.2, "pdu-1a"),
        stands("power/R1", 690, "up", before="down"),
    )
    ledger.watch_until(UNTIL + DAY + DAY // 2)
    made = october(ledger, Kind.UPTIME, "service:power/R1")
    tables = {one.id: one for part in made.document.sections for one in part.blocks if isinstance(one, Table)}
    (lost,) = tables["outages"].rows
    assert List((Name("PDU-1A"), Name("PDU-1B"))) in lost


def test_an_outage_of_both_feeds_is_told_with_both_where_the_service_said_nothing(ledger: Ledger) -> None:
    """All roots of the first incident, and none of what came later. Pains: G2."""
    ledger.say(
        stands("power/R1", 600, "down"),
        _hits("i1", 600.2, "pdu-1a", "pdu-1b"),
        _hits("i2", 600.3, "ups-a"),
        stands("power/R1", 690, "up", before="down"),
    )
    ledger.watch_until(UNTIL + DAY + DAY // 2)
    made = october(ledger, Kind.UPTIME, "service:power/R1")
    tables = {one.id: one for part in made.document.sections for one in part.blocks if isinstance(one, Table)}
    (lost,) = tables["outages"].rows
    assert List((Name("PDU-1A"), Name("PDU-1B"))) in lost


def test_time_in_which_nobody_watched_is_neither_up_nor_down(ledger: Ledger) -> None:
    """Pains: G1."""
    ledger.watch_until(SINCE + 10 * DAY)
    made = october(ledger, Kind.UPTIME, "service:power/R1")
    claim = made.document.claim["figures"]["answers"][0]["reclassified"]  # type: ignore[index,call-overload]
    assert claim["categories"]["blind"] == 21 * DAY
    assert Fraction(claim["figures"]["a_min"]) == Fraction(10, 31)
    assert Fraction(claim["figures"]["a_max"]) == 1
    page = (
        october(ledger, Kind.UPTIME, "service:power/R1", forms=(Form.HTML,)).files["report.en.html"].decode()
    )
    assert "below the 99.0000%" in page


@pytest.mark.parametrize("kind", [Kind.UPTIME, Kind.ALARMS, Kind.QUALITY, Kind.TESTS, Kind.INCIDENT])
def test_a_tenant_sees_nothing_of_any_other(ledger: Ledger, kind: Kind) -> None:
    """Pains: G7."""
    told(ledger)
    ledger.say(
        alert("b1", 800, "raised", "service_down", "power/R2", incident="i2"),
        Fact(
            FactKind.MAINTENANCE,
            SINCE / 1e6 + 60 * 900,
            "w1",
            {"change": "started", "who": "Leila", "reason": f"for {RIF}", "ticket": "", "everything": True,
             "start": SINCE / 1e6 + 60 * 900, "end": SINCE / 1e6 + 60 * 960, "devices": ["pdu-2a"], "services": [],
             "rooms": [], "tags": []},
        ),
    )  # fmt: skip
    made = october(ledger, kind, f"tenant:{ATLAS}", forms=EVERY, languages=(Language.FR,))
    others = (RIF, "power/R2", "PDU-2A", "pdu-2a")
    for name, data in made.files.items():
        texts = [data.decode("utf-8", "replace")]
        if name.endswith(".pdf"):
            attached = pypdf.PdfReader(io.BytesIO(data)).attachments
            texts = [text_of(data), *(part[0].decode() for part in attached.values())]
        for text in texts:
            assert not [word for word in others if word in text], name


@pytest.mark.parametrize("kind", [Kind.UPTIME, Kind.ALARMS, Kind.QUALITY, Kind.TESTS, Kind.INCIDENT])
def test_every_text_of_a_report_stands_in_both_languages(ledger: Ledger, kind: Kind) -> None:
    told(ledger)
    made = october(ledger, kind, forms=(Form.HTML,))
    french, english = made.files["report.fr.html"].decode(), made.files["report.en.html"].decode()
    assert "report." not in french.replace("report.fr", "").partition("<main>")[2].partition("<script")[0]
    assert "report." not in english.partition("<main>")[2].partition("<script")[0]
    assert french != english


def test_a_period_without_facts_says_so(ledger: Ledger) -> None:
    """Pains: G1."""
    ledger.watch_until(UNTIL)
    wish = Wish(Kind.UPTIME, period="2025-03", forms=(Form.HTML,), languages=(Language.EN,))
    made = from_directory(ledger.path, wish, NOW, "0.1.0")
    text = made.files["report.en.html"].decode()
    assert "There is no fact in this period" in text
    assert "A observed</span><b>–</b>" in text


def test_a_period_that_is_not_over_says_up_to_when(ledger: Ledger) -> None:
    ledger.watch_until(SINCE + 5 * DAY)
    made = october(ledger, Kind.UPTIME, now=SINCE + 5 * DAY, forms=(Form.HTML,))
    assert "La période n’est pas terminée" in made.files["report.fr.html"].decode()
    assert made.document.claim["until"] == SINCE + 5 * DAY


def test_a_contract_is_named_with_its_clause_and_judged(tmp_path: Path) -> None:
    """Pains: G2."""
    contract = Contract(
        "atlas-2026",
        ("power/R1",),
        name="Contrat Atlas",
        clause="7.2",
        tenant=ATLAS,
        target=Fraction(9999, 10000),
    )
    ledger = Ledger(tmp_path / "state", (contract,))
    told(ledger)
    made = october(ledger, Kind.UPTIME, f"tenant:{ATLAS}", forms=(Form.PDF,), languages=(Language.FR,))
    ledger.close()
    text = text_of(made.files["report.fr.pdf"])
    assert "Contrat Atlas" in text
    assert "7.2" in text
    assert "n’a pas été tenu" in text


def test_the_register_of_tests_says_under_whose_work_a_generator_ran(ledger: Ledger) -> None:
    start = SINCE / 1e6 + 60 * 650
    ledger.say(
        Fact(
            FactKind.MAINTENANCE,
            start,
            "w1",
            {"change": "started", "who": "Leila", "reason": "essai mensuel", "ticket": "T-1", "everything": False,
             "start": start, "end": start + 3600, "devices": ["ge1"], "covered": ["ge1"], "services": [], "rooms": [], "tags": []},
        )
    )  # fmt: skip
    told(ledger)
    found = october(ledger, Kind.TESTS).document.claim["figures"]["occurrences"]  # type: ignore[index,call-overload]
    assert [(one["sort"], one["asset"], one["work"], one["passed"]) for one in found] == [
        ("genset", "ge1", "w1", True)
    ]
    assert found[0]["until"] - found[0]["at"] == 39 * 60 * SECOND


def test_the_register_says_that_it_has_the_time_of_an_alarm_and_not_of_a_run(ledger: Ledger) -> None:
    """An alarm of a run on battery of 28 s stood for 85 s, its delays with it: that is not how long it ran."""
    told(ledger)
    made = october(ledger, Kind.TESTS, forms=(Form.CSV,)).files
    assert "Alarm stood" in made["report.en.csv"].decode()
    assert "Alarme pendant" in made["report.fr.csv"].decode()
    assert "Duration" not in made["report.en.csv"].decode().split("Result")[0]


def test_what_the_site_does_not_have_is_answered_with_what_it_has(ledger: Ledger) -> None:
    ledger.watch_until(UNTIL)
    with pytest.raises(NothingLike, match=ATLAS):
        october(ledger, Kind.UPTIME, "tenant:Nobody")
    with pytest.raises(NothingLike, match="tenant:NAME"):
        october(ledger, Kind.UPTIME, "nonsense")


def test_a_description_that_was_changed_is_refused(ledger: Ledger) -> None:
    """Pains: G4."""
    from dcim.reports.opened import Unreadable

    ledger.watch_until(UNTIL)
    path = next((ledger.path / "site").iterdir())
    path.write_text(path.read_text().replace("Banque", "Autre"))
    with pytest.raises(Unreadable, match="changed"):
        october(ledger, Kind.UPTIME)


def test_the_same_facts_give_the_same_bytes(ledger: Ledger) -> None:
    """Pains: G4."""
    told(ledger)
    first = october(ledger, Kind.UPTIME, forms=EVERY).files
    assert first == october(ledger, Kind.UPTIME, forms=EVERY).files
    assert set(first) == {
        "report.json", "report.fr.pdf", "report.en.pdf", "report.fr.html", "report.en.html", "report.fr.csv", "report.en.csv",
    }  # fmt: skip
    assert json.loads(first["report.json"])["claim"]["kind"] == "uptime"
    assert described().called("pdu-1a") is not None
    assert ARABIC in first["report.fr.csv"].decode()


def test_a_part_without_a_name_is_called_by_its_meter_and_else_by_its_id() -> None:
    """As messages call it: a report that said tr-a was of something that nobody had heard of."""
    site = described()
    nodes = (
        *site.wiring.nodes,
        Node("tr-a", NodeKind.TRANSFORMER, "tr-a"),
        Node("tr-b", NodeKind.TRANSFORMER, "Transformateur B"),
        Node("tr-c", NodeKind.TRANSFORMER),
        Node("mtr-a", NodeKind.METER, "Compteur A", measures="tr-a"),
        Node("mtr-b", NodeKind.METER, "Compteur B", measures="tr-b"),
    )
    site = replace(site, wiring=replace(site.wiring, nodes=nodes))
    called = [site.called(name) for name in ("tr-a", "tr-b", "tr-c", "mtr-a", "salle-1", "gone")]
    assert called == [
        Name(name) for name in ("Compteur A", "Transformateur B", "tr-c", "Compteur A", "Salle 1", "gone")
    ]


def test_where_nobody_says_of_when_it_is_the_last_month_or_all_of_a_younger_ledger(ledger: Ledger) -> None:
    wish = Wish(Kind.ALARMS, forms=())
    young = from_directory(ledger.path, wish, SINCE - 1800 * SECOND, "0.1.0").document.face.period
    newest = ledger.store.newest_fact()
    assert newest is not None
    assert (young.since, young.until) == (SINCE - 3600 * SECOND, newest.at + 1)
    ledger.watch_until(UNTIL + DAY)
    last = from_directory(ledger.path, wish, UNTIL + DAY, "0.1.0").document.face.period
    assert (last.since, last.until) == (SINCE, UNTIL)


def test_the_time_of_a_young_ledger_ends_when_it_was_last_watched_and_not_when_a_report_was_read(
    ledger: Ledger,
) -> None:
    """Else each report that is read makes the next one say that nobody watched until then. Pains: G1."""
    ledger.watch_until(SINCE - 1800 * SECOND)
    watched = SINCE - 1800 * SECOND
    ledger.say(
        Fact(FactKind.REPORT_READ, SINCE / 1e6 - 1780, "c" * 64, {"who": "", "proof": "", "file": "x"})
    )
    wish = Wish(Kind.QUALITY, forms=(Form.JSON,), languages=BOTH)
    period = from_directory(ledger.path, wish, SINCE - 1700 * SECOND, "0.1.0").document.face.period
    assert period.until == watched + 1


def test_a_device_is_not_seen_while_nobody_watches(ledger: Ledger) -> None:
    """Pains: G1."""
    hour = 3600
    ledger.say(
        Fact(
            FactKind.BLIND,
            SINCE / 1e6 + 2 * hour,
            "cas1",
            {"from": SINCE / 1e6 + hour, "to": SINCE / 1e6 + 2 * hour, "reason": "stalled"},
        ),
        Fact(FactKind.DAEMON_STOPPED, SINCE / 1e6 + 30 * 86400, "cas1", {"why": "asked to stop"}),
    )
    ledger.watch_until(UNTIL)
    silent = october(ledger, Kind.QUALITY).document.claim["figures"]["silent"]["ups-a"]  # type: ignore[index,call-overload]
    assert silent == [[SINCE + hour * SECOND, SINCE + 2 * hour * SECOND], [SINCE + 30 * DAY, UNTIL]]


def test_below_the_coverage_that_is_needed_no_percentage_stands_alone(ledger: Ledger) -> None:
    """Pains: G1."""
    ledger.watch_until(SINCE + 10 * DAY)
    made = october(ledger, Kind.UPTIME, languages=(Language.EN,), forms=(Form.HTML, Form.CSV))
    blocks = [one for part in made.document.sections for one in part.blocks]
    figures = {item.label.key: item for one in blocks if isinstance(one, Figures) for item in one.items}
    for name in ("a_observed", "redundancy", "weighted", "a_contract"):
        assert figures[f"report.uptime.{name}"].value is None
    services = next(one for one in blocks if isinstance(one, Table) and one.id == "services")
    assert services.note is not None
    for row in services.rows:
        assert row[2] == Say("report.uptime.not_stated")
        assert isinstance(row[5], Say)
    page, sheet = made.files["report.en.html"].decode(), made.files["report.en.csv"].decode()
    assert "less than 99.00% of the period was seen" in page
    assert "A observed,,between 32.2580% and 100.0000%: less than 99.00% of the period was seen" in sheet


def test_below_the_coverage_lost_time_is_a_lower_bound_and_no_budget_is_left(tmp_path: Path) -> None:
    """Pains: G1. Of an outage of which one microsecond is known nobody reads "lost 0 s, budget left"."""
    contract = Contract("atlas", ("power/R1",), tenant=ATLAS, target=Fraction(9999, 10000))
    found = Ledger(tmp_path / "state", (contract,))
    down = SINCE / 1e6 + 60 * 660
    found.say(
        stands("power/R1", 660, "down"),
        Fact(FactKind.BLIND, down + 90, "cas1", {"from": down + 1e-6, "to": down + 90, "reason": "crash"}),
        stands("power/R1", 661.5, "up", before="down"),
    )
    found.watch_until(SINCE + 10 * DAY)
    made = october(found, Kind.UPTIME, f"tenant:{ATLAS}", languages=BOTH, forms=(Form.HTML,))
    found.close()
    blocks = [one for part in made.document.sections for one in part.blocks]
    figures = {item.label.key: item for one in blocks if isinstance(one, Figures) for item in one.items}
    lost = figures["report.uptime.lost"].value
    assert lost == Say("report.uptime.more_than", (Length(0),))
    rows = {row[0].key: row[1] for one in blocks if isinstance(one, Facts) for row in one.items}
    unsaid = Say("report.uptime.budget_refused")
    assert (rows["report.uptime.left"], rows["report.uptime.budget"]) == (unsaid, unsaid)
    assert rows["report.uptime.spent"] == lost
    assert at_least(Length(3 * SECOND)) == Say("report.uptime.at_least", (Length(3 * SECOND),))


def test_a_doubt_says_what_was_read_in_the_language_of_its_reader(ledger: Ledger) -> None:
    ledger.say(alert("a9", 600, "raised", "device_no_data", "pdu-1a", state="silent"))
    ledger.watch_until(UNTIL)
    made = october(ledger, Kind.QUALITY, languages=BOTH, forms=(Form.CSV,))
    assert "PDU-1A,device_no_data,ne répond pas," in made.files["report.fr.csv"].decode()
    assert "PDU-1A,device_no_data,silent," in made.files["report.en.csv"].decode()


def test_the_command_that_a_report_prints_holds_its_own_head(ledger: Ledger) -> None:
    """Pains: K1."""
    told(ledger)
    made = october(ledger, Kind.UPTIME, languages=(Language.EN,), forms=(Form.HTML,))
    page = unescape(made.files["report.en.html"].decode())
    head = str(made.document.face.head)
    assert f"python3 OUT/verify.py OUT --head '{head}'" in page
    assert f"dcim ledger verify --state DIR --head '{head}'" in page


def test_two_alerts_of_one_start_of_a_generator_are_one_attempt(ledger: Ledger) -> None:
    ledger.say(
        alert("g1/a", 100, "raised", "genset_did_not_start", "ge1"),
        alert("g1/b", 100, "raised", "genset_did_not_start", "ge1"),
        alert("g1/c", 101, "raised", "genset_start_failed", "ge1"),
        alert("g1/a", 110, "cleared", "genset_did_not_start", "ge1"),
        alert("g1/b", 111, "cleared", "genset_did_not_start", "ge1"),
        alert("g1/c", 112, "cleared", "genset_start_failed", "ge1"),
        alert("g1/a", 113, "raised", "genset_did_not_start", "ge1"),
    )
    ledger.watch_until(UNTIL)
    found = october(ledger, Kind.TESTS).document.claim["figures"]["occurrences"]
    assert [(one["at"], one["until"], one["passed"]) for one in found] == [
        (SINCE + 100 * 60 * SECOND, SINCE + 112 * 60 * SECOND, False),
        (SINCE + 113 * 60 * SECOND, None, False),
    ]


def test_three_phases_that_fail_together_do_not_chatter_and_one_that_comes_and_goes_does(
    ledger: Ledger,
) -> None:
    """Pains: C2."""
    phases = [alert(f"p/{phase}", 200, "raised", "phase_lost", "pdu-1a") for phase in "123"]
    moves = ("raised", "cleared", "raised")
    ledger.say(*phases, *(alert("q", 300, change, "phase_lost", "pdu-1b") for change in moves))
    ledger.watch_until(UNTIL)
    found = october(ledger, Kind.ALARMS).document.claim["figures"]["chattering"]
    assert found == [["phase_lost", "pdu-1b", 3]]


@pytest.mark.parametrize(
    "wish",
    [
        Wish(Kind.UPTIME, period="2030"),
        Wish(Kind.UPTIME, since="0001-01-01", until="9999-12-31"),
        Wish(Kind.UPTIME, period="9999-12-31"),
    ],
)
def test_a_period_to_come_or_of_many_years_is_refused(wish: Wish) -> None:
    with pytest.raises(NothingLike, match=r"begun|longer than|out of range"):
        wish.of("Africa/Casablanca", NOW)
