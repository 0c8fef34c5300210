from __future__ import annotations

import math

import pytest

from dcim.model import BadAnswer, Gap, GapReason, NoAnswer, PollError, Refused
from dcim.poll import Presence, Reach, ReachReport


@pytest.mark.parametrize(
    ("failure", "reach"),
    [
        (None, Reach.ANSWERING),
        (NoAnswer("nothing"), Reach.SILENT),
        (Refused("wrong digest"), Reach.REFUSED),
        (BadAnswer("short"), Reach.NONSENSE),
        (PollError("bug"), Reach.UNKNOWN),
    ],
)
def test_every_outcome_has_a_name(failure: PollError | None, reach: Reach) -> None:
    assert Presence().after(failure, 1.0).reach is reach


def test_since_is_kept_while_the_reach_stays_and_misses_count_only_silence() -> None:
    one = Presence().after(NoAnswer(), 1.0)
    two = one.after(NoAnswer(), 2.0)
    assert (two.since, two.misses) == (1.0, 2)
    refused = two.after(Refused("no"), 3.0)
    assert (refused.since, refused.misses, refused.why) == (3.0, 2, "no")


def test_only_a_good_answer_takes_misses_back() -> None:
    """Pains: E5, D3. Garbage between two silences is no sign that the device can be read."""
    presence = Presence()
    for failure in (NoAnswer(), BadAnswer("short"), NoAnswer(), Refused("no"), PollError("bug")):
        presence = presence.after(failure, 1.0)
    assert presence.misses == 2
    assert presence.after(None, 2.0).misses == 0


def test_a_device_nobody_has_asked_is_unknown_and_not_up() -> None:
    """Pains: E5, G1."""
    assert Presence().reach is Reach.UNKNOWN


def test_a_failed_poll_reports_its_reach_and_no_duration() -> None:
    report = ReachReport("ups-a")
    batch = report.batch(Reach.SILENT, 5.0, 100.0)
    assert batch.reading(0).state == "silent"
    assert math.isnan(batch.values[1])
    assert batch.reading(1).gap == Gap(GapReason.NO_ANSWER)
    fine = report.batch(Reach.ANSWERING, 0.25, 110.0)
    assert fine.layout is batch.layout
    assert fine.reading(1).value == 0.25
    assert not fine.gaps
