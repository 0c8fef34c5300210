"""Which routes an incident takes."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from dcim.model import Severity
from dcim.routing import Case, Hours, Match, Route, Routes, Step

CASABLANCA = ZoneInfo("Africa/Casablanca")
CRITICAL = frozenset({Severity.CRITICAL})
CASE = Case(
    Severity.CRITICAL, "ups_on_battery", "ups", frozenset({"elec-a"}), frozenset({"banque"}), frozenset({"power/r1"}),
    frozenset({"it"}),
)  # fmt: skip


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def names(routes: tuple[Route, ...]) -> list[str]:
    return [route.name for route in routes]


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(), True),
        (Match(severities=CRITICAL), True),
        (Match(severities=frozenset({Severity.MINOR})), False),
        (Match(rules=frozenset({"ups_on_battery", "x"})), True),
        (Match(kinds=frozenset({"crac"})), False),
        (Match(rooms=frozenset({"elec-a"}), tenants=frozenset({"banque"})), True),
        (Match(rooms=frozenset({"elec-a"}), tenants=frozenset({"caisse"})), False),
        (Match(services=frozenset({"power/r1"}), tags=frozenset({"it"})), True),
    ],
)
def test_every_list_must_name_something_of_the_case(match: Match, fits: bool) -> None:
    assert match.fits(CASE, 0.0) is fits


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2026-11-27 16:59", False),  # Friday, 17:59 on the wall
        ("2026-11-27 17:00", True),
        ("2026-11-28 05:59", True),  # still Friday's night
        ("2026-11-28 06:00", False),
        ("2026-11-28 20:00", False),  # Saturday evening begins none
        ("2026-02-20 17:30", False),  # Ramadan: 17:30 on the wall
        ("2026-02-20 18:00", True),
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_start(at: str, inside: bool) -> None:
    nights = Hours(time(18), time(7), CASABLANCA, frozenset({4}))
    assert (utc(at) in nights) is inside


def test_hours_within_a_day_and_the_whole_day() -> None:
    office = Hours(time(8), time(18), CASABLANCA, frozenset(range(5)))
    assert utc("2026-11-27 07:00") in office
    assert utc("2026-11-27 17:00") not in office
    assert utc("2026-11-28 09:00") not in office
    always = Hours(time(0), time(0), CASABLANCA)
    assert all(utc(f"2026-11-27 {hour:02}:30") in always for hour in range(24))
    assert not Match(hours=(office,)).fits(CASE, utc("2026-11-28 09:00"))
    assert Match(hours=(office, always)).fits(CASE, utc("2026-11-28 09:00"))


def test_the_first_route_that_fits_is_taken_and_more_if_it_goes_on() -> None:
    tenant = Route("tenant", Match(tenants=frozenset({"banque"})), (Step(0, ("mail",)),), go_on=True)
    critical = Route("critical", Match(severities=CRITICAL), (Step(0, ("sms",)),))
    rest = Route("rest", steps=(Step(0, ("noc",)),))
    routes = Routes([tenant, critical, rest], ["mail", "sms", "noc"])
    assert names(routes.of(CASE, 0.0)) == ["tenant", "critical"]
    assert names(routes.of(Case(Severity.MINOR), 0.0)) == ["rest"]


def test_what_no_route_fits_goes_to_every_channel() -> None:
    """A mistake in a route makes a message too many, never one too few. Pains: H1."""
    routes = Routes([Route("critical", Match(severities=CRITICAL), (Step(0, ("sms",)),))], ["mail", "sms"])
    assert routes.of(Case(Severity.MAJOR), 0.0) == (routes.otherwise,)
    assert routes.otherwise.steps == (Step(0.0, ("mail", "sms")),)
    assert routes["gone"] is routes.otherwise
    assert routes["critical"].name == "critical"


def test_that_a_channel_fails_goes_to_every_channel_whatever_route_fits() -> None:
    """The route may lead to nothing but the channel that fails: then nobody would ever hear of it. Pains: H1."""
    failing = Case(Severity.MAJOR, "channel_failing")
    urgent = Route("urgent", Match(severities=frozenset({Severity.MAJOR})), (Step(0, ("sms",)),))
    rest = Route("rest", steps=(Step(0, ("mail",)),))
    routes = Routes([urgent, rest], ["sms", "mail"])
    assert routes.of(failing, 0.0) == (urgent, routes.otherwise)
    assert routes.of(Case(Severity.MAJOR, "ups_on_bypass"), 0.0) == (urgent,)
    chosen = Route("chosen", Match(rules=frozenset({"channel_failing"})), (Step(0, ("mail",)),))
    assert names(Routes([chosen, urgent], ["sms", "mail"]).of(failing, 0.0)) == ["chosen"]
