"""A report of which people reclassified some time says at each figure which view it is. Pains: G3, G6."""

from __future__ import annotations

from dcim.alerts import Language
from dcim.model.fact import Fact, FactKind
from dcim.reports.make import from_directory
from dcim.reports.model import Figures, Kind, Length, List, Name, Note, Number, Say, Table, Timeline
from dcim.reports.render import Form
from dcim.reports.wish import Wish

from .conftest import DAY, SECOND, SINCE, UNTIL, Ledger, stands


def test_both_views_stand_where_they_differ_and_each_is_named(ledger: Ledger) -> None:
    start = SINCE / 1e6
    body = {
        "from": start + 600, "to": start + 1200, "was": "forced_outage", "now": "scheduled_maintenance",
        "who": "p-1", "reason": "it was the test", "cause": "",
    }  # fmt: skip
    ledger.say(
        stands("power/R1", 10, "down"),
        stands("power/R1", 20, "up", before="down"),
        stands("power/R1", 30, "down"),
        stands("power/R1", 40, "up", before="down"),
    )
    ledger.watch_until(UNTIL + DAY)
    ledger.say(Fact(FactKind.RECLASSIFIED, (UNTIL + DAY) / 1e6, "power/R1", body))
    wish = Wish(Kind.UPTIME, "service:power/R1", "2026-10", languages=(Language.FR,), forms=(Form.CSV,))
    made = from_directory(ledger.path, wish, UNTIL + 2 * DAY, "0.1.0")
    blocks = [one for part in made.document.sections for one in part.blocks]
    tables = {one.id: one for one in blocks if isinstance(one, Table)}
    assert Say("report.uptime.reclassified") in [one.text for one in blocks if isinstance(one, Note)]
    hints = [each.hint for one in blocks if isinstance(one, Figures) for each in one.items]
    assert Say("report.uptime.outages_both", (Number(2), Number(2))) in hints
    categories = {row[0].key.split(".")[-1]: (row[2], row[4]) for row in tables["categories"].rows}  # type: ignore[union-attr]
    assert categories["forced_outage"] == (Length(600 * SECOND), Length(1200 * SECOND))
    assert categories["scheduled_maintenance"] == (Length(600 * SECOND), Length(0))
    seen, now = Say("report.category_short.forced_outage"), Say("report.category_short.scheduled_maintenance")
    assert [row[4] for row in tables["outages"].rows] == [Say("report.was_now", (List((seen,)), now)), seen]
    assert [(row[1], row[2]) for row in tables["failures"].rows] == [(Number(1), Number(2))]
    names = [Say(f"report.uptime.of_{view}", (Name("R1"),)) for view in ("final", "seen")]
    assert [row[0] for row in tables["services"].rows] == names
    assert [row[4] for row in tables["outages_seen"].rows] == [seen, seen]
    (failures,) = tables["failures"].rows
    assert failures[5:] == (Length(600 * SECOND), Length(600 * SECOND))
    (bars,) = (one for one in blocks if isinstance(one, Timeline))
    assert [called for called, _ in bars.rows] == names
    assert (tables["failures"].title, tables["outages"].title) == (
        Say("report.uptime.final"),
        Say("report.uptime.outages_final"),
    )
    assert "Telles que vues (n)" in made.files["report.fr.csv"].decode()


def test_time_that_was_blind_and_is_said_to_be_full_keeps_the_coverage_that_was_seen(ledger: Ledger) -> None:
    """The banner says that both figures stand where they differ: also those of each service. Pains: G1, G3."""
    start = SINCE / 1e6
    body = {
        "from": start, "to": start + 2 * 86_400, "was": "blind", "now": "full",
        "who": "p-1", "reason": "the rounds book says so", "cause": "",
    }  # fmt: skip
    blind = {"from": start, "to": start + 2 * 86_400, "reason": "crash"}
    ledger.say(Fact(FactKind.BLIND, start + 2 * 86_400, "cas1", blind))
    ledger.watch_until(UNTIL + DAY)
    ledger.say(Fact(FactKind.RECLASSIFIED, (UNTIL + DAY) / 1e6, "power/R1", body))
    wish = Wish(Kind.UPTIME, "", "2026-10", languages=(Language.EN,), forms=(Form.CSV,))
    made = from_directory(ledger.path, wish, UNTIL + 2 * DAY, "0.1.0")
    lines = made.files["report.en.csv"].decode().splitlines()
    each = lines[next(place for place, one in enumerate(lines) if one.startswith("Each service")) :]
    found = {line.split(",")[0].strip('"'): line for line in each[:8] if "R1" in line}
    told = [line for line in each[:8] if "R1" in line and "as " in line]
    assert len(told) == 2, found
    final, seen = told
    assert "as reclassified" in final
    assert ",1.0,1.0,1.0,1.0," in final
    assert "as seen" in seen
    assert "not stated" in seen
