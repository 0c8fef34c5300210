"""``dcim whatif`` and ``dcim place`` against a daemon's answers. Pains: I1, I10."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.testing import CliRunner, Result

from dcim.cli.duty.place import place
from dcim.cli.duty.whatif import whatif
from dcim.cli.talking.talk import NO_DAEMON

STATUS = {"language": "en", "time_zone": "UTC"}
TRIP = {
    "part": "b",
    "name": "PDU B",
    "phase": "L2",
    "others": [],
    "surely": True,
    "share": [1.25, 1.26],
    "step": 1,
}
OVER = {"part": "c", "name": "UPS B", "phase": "", "others": [], "surely": False, "share": [0.7, None]}
STAGE = {
    "when": "at_once", "after": [0, 0], "trips": [TRIP], "over": [OVER], "dead": [], "doubtful": [], "on_battery": [],
    "emptied": [],
    "endurance": [{"part": "c", "name": "UPS B", "kind": "battery", "seconds": [600, 1200], "watts": [1, 2]}],
}  # fmt: skip
LATER = STAGE | {
    "when": "empty", "after": [600, 1200], "trips": [TRIP | {"part": "d", "name": "PDU D"}], "over": [], "emptied": ["c"],
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "at": "2026-11-26T04:00:00Z", "lost": ["a"], "names": ["UPS A"], "stages": [STAGE, LATER], "parts": [], "cooling": [],
    "services": [{"service": "power/r", "name": "r", "before": "up", "after": "down", "redundancy": "reduced"}],
    "following": [{
        "lost": "d", "name": "PDU D", "trips": [], "over": [], "down": ["power/s", "power/t"], "down_names": ["S", "T"],
        "unknown": ["power/u"], "unknown_names": ["U"], "reduced": 0,
    }],
    "unrated": [], "unrated_names": [], "findings": [],
}  # fmt: skip
HEADROOM = {
    "part": "b", "name": "PDU B", "phase": "L2", "warn": 0.8, "trip": 1.0, "now": [0.6, 0.62], "after": [1.2, 1.3],
    "lost": "a", "lost_name": "UPS A",
}  # fmt: skip
SPOT = {
    "rack": "rack/r",
    "name": "r",
    "room": "h",
    "phase": "L1",
    "part": "b",
    "part_name": "PDU B",
    "part_phase": "L1",
}

Serve = Callable[[Mapping[str, Any]], str]


def run(command: Callable[..., None], url: str, *args: str) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, ["--url", url, *args])


def test_what_opens_falls_and_lasts_is_a_line_each_and_the_end_tells_scripts(serve: Serve) -> None:
    url = serve({"/api/v1/status": STATUS, "/api/v1/whatif": ANSWER})
    said = run(whatif, url, "--lose", "a", "--maintenance")
    lines = said.output.splitlines()
    assert said.exit_code == 1
    assert "! PDU B opens: L2 at 125-126 %" in lines
    assert "  UPS B may carry too much: all phases at > 70 %, not everything is measured" in lines
    assert "! PDU D opens: L2 at 125-126 % (after 10 min to 20 min)" in lines
    assert (
        lines.index("  In the end, once the batteries are empty:")
        == lines.index("! Power r: down, redundancy reduced") - 1
    )
    assert "  UPS B lives on its battery, which lasts 10 min to 20 min" in lines
    assert "      Power S, Power T: down" in lines, "services go by what people call them"
    assert "      Power U: may be down, not everything is measured" in lines
    assert json.loads(run(whatif, url, "--lose", "a", "--json").output) == ANSWER
    quiet = serve(
        {"/api/v1/status": STATUS, "/api/v1/whatif": ANSWER | {"stages": [], "services": [], "following": []}}
    )
    told = run(whatif, quiet, "--lose", "a", "--lang", "fr")
    assert (told.exit_code, "Rien ne déclenche" in told.output) == (0, True)


def test_where_it_is_not_known_on_which_phase_all_are_named_that_it_may_be(serve: Serve) -> None:
    """Pains: I2."""
    over = OVER | {"phase": "L3", "others": ["L1", "L2"], "share": [0.57, 0.96]}
    url = serve({"/api/v1/status": STATUS, "/api/v1/whatif": ANSWER | {"stages": [STAGE | {"over": [over]}]}})
    told = run(whatif, url, "--lose", "a").output
    assert "  UPS B may carry too much: L1 or L2 or L3 at 57-96 %, not everything is measured\n" in told


def test_of_a_time_without_least_and_most_nothing_is_claimed(serve: Serve) -> None:
    """Pains: I4."""
    warms = {"room": "h", "name": "Hall 1", "seconds": [0, None], "celsius": 24.0, "limit": 32.0}
    url = serve({"/api/v1/status": STATUS, "/api/v1/whatif": ANSWER | {"cooling": [warms]}})
    told = run(whatif, url, "--lose", "a").output
    assert "  Hall 1 warms: an unknown time until its warmest inlet passes 32 °C\n" in told


def test_maintenance_of_nothing_is_wrong_usage() -> None:
    assert run(whatif, "http://127.0.0.1:9", "--maintenance").exit_code == 2


def test_without_a_part_what_keeps_the_least_is_told(serve: Serve) -> None:
    falls = {"service": "power/r", "name": "R", "survival": "falls", "by": "a", "by_name": "UPS A"}
    unknown = {"service": "power/s", "name": "S", "survival": "unknown", "by": "", "by_name": ""}
    found = {
        "headroom": [HEADROOM],
        "services": [falls, falls | {"service": "power/r/feeds"}, unknown],
        "findings": [],
    }
    url = serve({"/api/v1/status": STATUS, "/api/v1/losses": found})
    said = run(whatif, url)
    assert said.exit_code == run(whatif, url, "--json").exit_code == 1, "a service would fall"
    assert "! PDU B L2: 60-62 % -> 120-130 % (UPS A)" in said.output
    assert said.output.count("Power R: down when UPS A is lost") == 1, "its feeds fare the same"
    assert "Power S: not known whether it survives every single loss" in said.output
    calm = serve({"/api/v1/status": STATUS, "/api/v1/losses": found | {"services": []}})
    assert run(whatif, calm).exit_code == 0


def test_what_is_measured_and_not_as_drawn_is_told_by_itself_and_beside_an_answer(serve: Serve) -> None:
    """Pains: I1."""
    found = [
        {"text": f"PDU {number} carries 1.80 kVA on L2 that no documented outlet carries."}
        for number in range(7)
    ]
    url = serve({
        "/api/v1/status": STATUS, "/api/v1/whatif": ANSWER | {"findings": found},
        "/api/v1/losses": {"headroom": [HEADROOM], "services": [], "findings": found},
    })  # fmt: skip
    alone = run(whatif, url)
    assert alone.exit_code == 0, "what contradicts the drawing is no service that falls"
    lines = alone.output.splitlines()
    assert [f"? {one['text']}" for one in found] == lines[lines.index("Measured, and not as drawn") + 2 :]
    beside = run(whatif, url, "--lose", "a").output.splitlines()
    assert [line[:7] for line in beside[-6:]] == [*(f"? PDU {number}" for number in range(5)), "  and 2"]
    french = run(whatif, url, "--lang", "fr").output
    assert "Mesuré, et non conforme au schéma\n" in french


def test_a_service_that_is_down_as_it_is_is_told_so_and_a_limit_that_is_passed_is_its_own(
    serve: Serve,
) -> None:
    """Pains: I1, I10."""
    row = {"part": "b", "name": "PDU B", "phase": "L2", "now": [0.4, 0.4], "lost": "a", "lost_name": "UPS A"}
    over, bears = (
        {"after": [0.8, 0.8], "warn": 0.5, "trip": 0.7},
        {"after": [1.1, 1.1], "warn": 0.8, "trip": 1.25},
    )
    down = {"service": "cooling/h", "name": "Hall", "survival": "falls", "by": "", "by_name": ""}
    url = serve(
        {
            "/api/v1/status": STATUS,
            "/api/v1/losses": {
                "headroom": [row | over, row | bears],
                "services": [down],
                "findings": [],
            },
        }
    )
    lines = run(whatif, url).output.splitlines()
    assert [line[0] for line in lines[1:3]] == ["!", " "]
    assert lines[-1] == "Cooling Hall: down as it is"


def test_work_after_which_nothing_more_would_follow_is_told_so(serve: Serve) -> None:
    url = serve({"/api/v1/status": STATUS, "/api/v1/whatif": ANSWER | {"following": []}})
    said = "No further single loss would open anything or take a service down."
    assert said in run(whatif, url, "--lose", "a", "--maintenance").output
    assert said not in run(whatif, url, "--lose", "a").output


def test_a_name_that_is_not_there_and_a_daemon_that_is_not(serve: Serve) -> None:
    refused = {"detail": {"why": "There is no part", "nearest": ["ups-a"]}}
    url = serve(
        {
            "/api/v1/status": STATUS,
            "/api/v1/whatif": (404, refused),
            "/api/v1/place": (422, {"detail": "a power"}),
        }
    )
    said = run(whatif, url, "--lose", "x")
    assert said.exit_code == 1
    assert "ups-a" in said.output
    assert run(place, url, "--power", "3A").exit_code == 2
    assert run(whatif, "http://127.0.0.1:9", "--lose", "x").exit_code == NO_DAEMON


def test_racks_are_told_with_what_is_tightest_and_a_share_says_on_which_side_it_is_a_bound(
    serve: Serve,
) -> None:
    whole = {"phase": "3", "part_phase": ""}
    spots = [
        SPOT | {"fits": True, "share": 0.701, "why": ""},
        SPOT | {"fits": None, "share": None, "why": "measured"},
        SPOT | {"fits": None, "share": None, "why": "rated"},
        SPOT | whole | {"fits": False, "share": 1.108, "why": "limit"},
        SPOT | {"fits": False, "share": None, "why": "cords"},
    ]
    url = serve({"/api/v1/status": STATUS, "/api/v1/place": spots})
    said = run(place, url, "--power", "1kW")
    assert said.exit_code == 0
    assert [(line[0], line.split(maxsplit=3)[3]) for line in said.output.splitlines()] == [
        ("+", "fits: PDU B L1 would carry at most 71 % of its rating after the worst loss"),
        ("?", "not known: the load of PDU B L1 is not measured well enough to say"),
        ("?", "not known: the load of PDU B L1 is not measured well enough to say"),
        ("-", "does not fit: PDU B would carry at least 110 % of its rating after the worst loss"),
        ("-", "does not fit: the rack has fewer feeds than cords are asked for"),
    ]
    assert "- r three-phase" in said.output
    none = serve({"/api/v1/status": STATUS, "/api/v1/place": spots[3:]})
    told = run(place, none, "--power", "1kW", "--json")
    assert (told.exit_code, json.loads(told.output)) == (1, spots[3:])


def test_that_no_rack_has_room_is_said_only_where_it_is_known_of_all(serve: Serve) -> None:
    """Pains: I1."""
    refused = SPOT | {"fits": False, "share": 1.1, "why": "limit"}
    open_ = SPOT | {"fits": None, "share": None, "part_name": "", "part_phase": "", "why": "rated"}
    url = serve({"/api/v1/status": STATUS, "/api/v1/place": [refused]})
    assert run(place, url, "--power", "1kW").output.endswith(
        "No rack has room for it with redundancy kept.\n"
    )
    url = serve({"/api/v1/status": STATUS, "/api/v1/place": [open_, refused]})
    *lines, last = run(place, url, "--power", "1kW", "--lang", "fr").output.splitlines()
    assert lines[0].endswith(
        "inconnu\N{NO-BREAK SPACE}: aucun élément qui alimente la baie n’a de calibre connu"
    )
    assert lines[1].endswith("PDU B L1 porterait au moins 110 % de son calibre après la pire perte")
    assert last == "On ne connaît aucune baie qui ait la place en gardant la redondance."


def test_in_a_room_it_is_said_of_that_room_alone(serve: Serve) -> None:
    """Other rooms were not looked at. Pains: I1."""
    refused = SPOT | {"fits": False, "share": 1.1, "why": "limit"}
    open_ = SPOT | {"fits": None, "share": None, "part_name": "", "part_phase": "", "why": "rated"}
    for spots, last in (
        ([refused], "No rack in hall-1 can take it with redundancy kept."),
        ([open_, refused], "No rack in hall-1 is known to be able to take it with redundancy kept."),
        ([], "No rack is drawn in hall-1."),
    ):
        url = serve({"/api/v1/status": STATUS, "/api/v1/place": spots})
        told = run(place, url, "--power", "1kW", "--room", "hall-1").output.splitlines()
        assert told[-1] == last


def test_what_carries_more_without_a_rating_is_not_said_to_stay_closed(serve: Serve) -> None:
    """*Nothing opens* was said of strips of which nobody knows what they bear. Pains: I1, I3."""
    services = [{"service": "power/r", "name": "r", "before": "up", "after": "up", "redundancy": "reduced"}]
    quiet = ANSWER | {"stages": [STAGE | {"trips": [], "over": []}], "services": services, "following": []}
    for names, told in (
        ([], "  Nothing opens, no service falls."),
        (["PDU B"], "  Nothing that is rated opens."),
    ):
        url = serve({"/api/v1/status": STATUS, "/api/v1/whatif": quiet | {"unrated_names": names}})
        lines = run(whatif, url, "--lose", "a").output.splitlines()
        assert told in lines
        assert any("no rating of theirs is known" in line and "PDU B" in line for line in lines) is bool(
            names
        )
