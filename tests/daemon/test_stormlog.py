"""In a storm the log says how much it left out, and leaves out nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from structlog.testing import capture_logs

from dcim.daemon.stormlog import MOST, SPAN, StormLog


@dataclass
class Hand:
    """A clock that the test moves."""

    at: float = 1_000.0

    def now(self) -> float:
        return self.at


def test_a_storm_is_bounded_and_says_how_many_lines_were_left_out() -> None:
    hand = Hand()
    lines = StormLog("changes of alerts", hand.now, most=3)
    with capture_logs() as logged:
        for number in range(10):
            lines.warning("alert raised", device=f"d{number}")
            lines.warning("alert raised anew", device=f"d{number}")
        lines.tick()
        assert [one["device"] for one in logged] == ["d0", "d0", "d1"], "nothing is counted before its time"
        hand.at += SPAN
        lines.tick()
        lines.tick()
    assert logged[3:] == [
        {
            "event": "lines left out",
            "of": "changes of alerts",
            "left_out": 17,
            "events": {"alert raised": 8, "alert raised anew": 9},
            "log_level": "warning",
        }
    ]


def test_what_comes_back_keeps_out_nothing_that_goes_wrong() -> None:
    lines = StormLog("changes of alerts", Hand().now, most=2)
    with capture_logs() as logged:
        for _ in range(5):
            lines.info("alert cleared")
        lines.warning("alert raised")
        lines.info("alert cleared")
    assert [one["event"] for one in logged] == ["alert cleared"] * 2 + ["alert raised"]


async def test_a_daemon_that_stops_in_a_storm_tells_what_was_left_out(
    plan_of: Callable[..., Any], running: Any
) -> None:
    with capture_logs() as logged:
        async with running(plan_of("ups-a")) as site:
            lines = site.daemon._rooms.core.causes.log
            for _ in range(MOST + 5):
                lines.warning("incident opened")
    (told,) = (one for one in logged if one["event"] == "lines left out")
    assert told["events"] == {"incident opened": 5}


def test_after_a_storm_each_line_is_logged_again_behind_the_count_of_those_before() -> None:
    hand = Hand()
    lines = StormLog("x", hand.now, most=1)
    with capture_logs() as logged:
        lines.info("a")
        lines.info("a")
        hand.at += SPAN
        lines.info("b")
        hand.at += SPAN
        lines.tick()
        lines.warning("c")
    assert [one["event"] for one in logged] == ["a", "lines left out", "b", "c"]


def test_who_changes_little_is_logged_in_full() -> None:
    hand = Hand()
    lines = StormLog("x", hand.now, most=2)
    with capture_logs() as logged:
        for _ in range(20):
            lines.info("a")
            hand.at += SPAN / 2
    assert [one["event"] for one in logged] == ["a"] * 20
