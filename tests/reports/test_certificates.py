"""How certificates stand in the register: which counts, and what is said of it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest

from dcim.reports.kinds import calibration
from dcim.settings.checked.reported import Calibration

from .conftest import DAY, SINCE


class Zone(NamedTuple):
    zone: str = "Africa/Casablanca"


class Month(NamedTuple):
    """A matter of October 2026, as much as the register asks of it about time."""

    until: int = SINCE + 31 * DAY
    period: Zone = Zone()


def certificate(name: str, made: str, until: str = "", unit: str = "K") -> Calibration:
    end = date.fromisoformat(until) if until else None
    return Calibration("env-1", name, date.fromisoformat(made), end, 0.2, unit)


MATTER: Any = Month()


@pytest.mark.parametrize(
    ("made", "until", "state"),
    [
        ("2026-10-31", "2027-10-31", "holds"),
        ("2026-11-01", "2027-11-01", "later"),
        ("2027-03-01", "", "later"),
        ("2026-03-01", "", "endless"),
        ("2025-10-31", "2026-10-31", "holds"),
        ("2025-10-30", "2026-10-30", "ran_out"),
    ],
)
def test_only_what_was_certified_by_then_is_called_valid(made: str, until: str, state: str) -> None:
    assert calibration._state(certificate("c", made, until), MATTER) == state


def test_of_two_certificates_the_newest_made_by_then_counts_in_whatever_order_they_stand() -> None:
    old, new, next_ = (
        certificate("old", "2025-01-01", "2026-01-01"),
        certificate("new", "2026-01-01", "2027-01-01"),
        certificate("next", "2026-12-01", "2027-12-01"),
    )
    for some in ([old, new, next_], [next_, new, old]):
        assert calibration.newest(some, MATTER) == (new,)
    assert calibration.newest([next_], MATTER) == ()


def test_a_newer_certificate_of_humidity_does_not_stand_for_the_temperature_of_the_same_sensor() -> None:
    warm, wet, warmer = (
        certificate("warm", "2025-01-01", "2026-01-01"),
        certificate("wet", "2026-01-01", "2027-01-01", unit="%"),
        certificate("warmer", "2026-02-01", "2027-02-01", unit="°C"),
    )
    assert set(calibration.newest([warm, wet], MATTER)) == {warm, wet}
    assert set(calibration.newest([warm, wet, warmer], MATTER)) == {wet, warmer}
    assert [calibration.of_temperature(one) for one in (warm, wet, warmer)] == [True, False, True]
