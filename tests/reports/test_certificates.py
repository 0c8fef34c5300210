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


def certificate(name: str, made: str, until: str = "") -> Calibration:
    end = date.fromisoformat(until) if until else None
    return Calibration("env-1", name, date.fromisoformat(made), end, 0.2)


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
        assert calibration.newest(some, MATTER) == {"env-1": new}
    assert calibration.newest([next_], MATTER) == {}
