"""How channels are: a dead one is an alert through the next, and each is tried every day."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dcim.alerts import Language
from dcim.daemon.itself import AGAIN
from dcim.daemon.sending.channels import Channels, state_of
from dcim.model import Batch
from dcim.notify import Counts, Site
from dcim.store import Work, verify
from tests.daemon.quick import QUICK


class HandClock:
    def __init__(self, at: datetime) -> None:
        self.wall = at.timestamp()

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.wall


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        (Counts("c"), "untried"),
        (Counts("c", delivered_at=1.0), "working"),
        (Counts("c", delivered_at=1.0, failing_since=2.0), "failing"),
        (Counts("c", delivered_at=1.0, refused_at=2.0), "refusing"),
    ],
)
def test_the_state_of_a_channel(counts: Counts, word: str) -> None:
    assert state_of(counts) == word


def states(batch: Batch) -> dict[str, str | None]:
    read = map(batch.reading, range(len(batch.layout)))
    return {dict(one.point.labels)["channel"]: one.state for one in read}


def test_each_channel_is_tried_at_its_hour_of_the_site_and_its_state_is_said_when_it_changes() -> None:
    """Clocks change in the night before: nine o'clock stays nine o'clock. Pains: H1."""
    clock = HandClock(datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    parts = [
        SimpleNamespace(name=name, type="log", fields=SimpleNamespace(test=test))
        for name, test in (("mail", "09:00"), ("pager", "18:30"), ("journal", "off"))
    ]
    counts = {part.name: Counts(part.name) for part in parts}
    site = Site("par1", "Paris 1", "Europe/Paris", Language.FR)
    opened = {"mail": object(), "pager": SimpleNamespace(keeps_state=True), "journal": object()}
    channels = Channels(site, parts, opened, clock)  # type: ignore[arg-type]
    channels.counts = lambda: counts
    works: list[Work] = []
    batches: list[Batch] = []
    channels.noted, channels.said = works.append, batches.append
    channels.plan()
    sent: list[tuple[str, str]] = []
    for _ in range(2 * 24 * 4):
        channels.look()
        for work in works:
            at = datetime.fromtimestamp(clock.wall, UTC)
            sent += [(one.channel, f"{at:%d %H:%M}") for one in work.outbox]
        works.clear()
        clock.wall += 900.0
    # the change is at 01:00 UTC on the 29th: from then on 09:00 is 07:00 UTC
    day = [("mail", "29 07:00"), ("pager", "29 16:30"), ("pager", "29 16:30")]
    assert sent == [*day, ("mail", "30 07:00"), ("pager", "30 16:30"), ("pager", "30 16:30")]
    assert states(batches[0]) == {"mail": "untried", "pager": "untried", "journal": "untried"}
    before = len(batches)
    counts["mail"].fails(clock.wall, "no answer")
    channels.look()
    channels.look()
    clock.wall += AGAIN
    channels.look()
    assert [states(batch)["mail"] for batch in batches[before:]] == ["failing", "failing"]


@pytest.mark.long
async def test_a_channel_that_fails_is_an_alert_through_the_next_one(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    """Pains: H1."""
    told = tmp_path / "told.jsonl"
    plan = plan_of(
        "ups-a",
        rules=QUICK,
        notify={
            "channels": [
                {"name": "log", "type": "log", "file": str(told)},
                {"name": "hook", "type": "webhook", "url": "http://127.0.0.1:9/in"},
            ]
        },
    )
    async with running(plan) as site:
        fleet.source["ups-a"] = "battery"

        async def is_told() -> bool:
            lines = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
            found = [one for one in lines if one["rule"] == "channel_failing"]
            assert all(one["point"]["labels"] == {"channel": "hook"} for one in found)
            return bool(found)

        await site.until(is_told)
    assert verify(tmp_path / "state").faults == ()
