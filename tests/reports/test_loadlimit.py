"""Up to which share of its rating a part may be loaded, and the day on which it will be."""

from __future__ import annotations

from fractions import Fraction

from dcim.alerts import Language
from dcim.graph import Node, NodeKind
from dcim.model import Point
from dcim.reports.kinds.capacity import Loaded, reached
from dcim.reports.kinds.loadlimit import By, load_limit
from dcim.reports.model import Period
from dcim.reports.say import Writer
from dcim.rollup.loads import Hour, Load

HOUR = 3_600_000
SAID = {"": 0.75, "pdu-a": 0.3 + 0.3}


def test_the_part_goes_before_the_site_and_the_site_before_the_standard() -> None:
    """A report said 80 % of a strip whose alert comes at 60 %. Pains: I6."""
    assert load_limit("pdu-a", SAID, twin=False) == (Fraction(3, 5), By.PART)
    assert load_limit("pdu-b", SAID, twin=False) == (Fraction(3, 4), By.SITE)
    assert load_limit("pdu-b", {}, twin=False) == (Fraction(4, 5), By.STANDARD)


def test_one_of_two_feeds_may_carry_half_of_it() -> None:
    assert load_limit("pdu-a", SAID, twin=True) == (Fraction(3, 10), By.PART)
    assert load_limit("pdu-b", SAID, twin=True) == (Fraction(3, 8), By.SITE)
    assert load_limit("pdu-b", {}, twin=True) == (Fraction(2, 5), By.STANDARD)


def test_the_day_a_limit_is_reached_is_written_as_the_reader_writes_days() -> None:
    """It rises by 1 % of its rating a day, from 40 % on, for twenty days of 2026. Pains: I6."""
    first = 1_788_220_800_000  # 2026-09-01
    hours = tuple(
        Hour(first + (24 * day + hour) * HOUR, HOUR, 0, 0, (40 + day) * 1_000_000, None)
        for day in range(20)
        for hour in range(24)
    )
    load = Load(
        Point("p", "pdu_phase_current_amperes"), hours, Fraction(1), Fraction(50), Fraction(59), first
    )
    limit = load_limit("p", {"p": 0.79}, twin=False)
    said = reached(Loaded(Node("p", NodeKind.PDU), load, 100.0, "amperes", limit))
    period = Period(0, 1, "UTC")
    assert Writer(Language.EN, period)(said) == "2026-10-10 (2026-10-10 to 2026-10-10)"
    assert Writer(Language.FR, period)(said) == "10/10/2026 (10/10/2026 à 10/10/2026)"
