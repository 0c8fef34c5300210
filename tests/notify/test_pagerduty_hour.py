"""An hour with a PagerDuty that is busy, broken, silent, refuses and is away: what it got, by dedup key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from dcim.alerts import Change, ChangeKind
from dcim.notify import Context, Patience, Postman, Site, record
from dcim.store import Store

from .far_sides import SECRETS, rig_of
from .rigs import Mood

MOODS = (Mood.TAKE, Mood.TAKE, Mood.BUSY, Mood.BROKEN, Mood.SILENT)
MINUTES = 60
TROUBLES = 12


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_an_hour_each_trouble_was_triggered_then_resolved_under_one_key_and_none_is_lost(
    seed: int,
    opened: Callable[[], Store],
    clock: SimpleNamespace,
    change: Callable[..., Change],
    site: Site,
    tmp_path: Path,
    tls: SimpleNamespace,
) -> None:
    """202, 429 with Retry-After, 500, nothing, and killed twice; one event is refused (400). Pains: H1, H2."""
    chance, rig = Random(seed), rig_of("pagerduty", tmp_path, tls)
    context = Context(site, lambda ref: SECRETS[str(ref)], clock)  # type: ignore[arg-type]
    store, channel, began = opened(), rig.open(context, timeout=1.0), clock.wall
    man = Postman(store, {"pager": channel}, clock, Patience(jitter=0.0), lambda: 0.0)  # type: ignore[arg-type]
    raised_at = {f"ups-{number}": began + 120.0 * number for number in range(TROUBLES)}
    cleared_at = {name: at + 60.0 * chance.randrange(1, 20) for name, at in raised_at.items()}
    away = {minute for start in (10, 35) for minute in range(start, start + 5)}
    await rig.up()
    up = True
    for minute in range(MINUTES):
        clock.wall = began + 60.0 * minute
        if up is (minute in away):
            await (rig.down() if up else rig.up())
            up = not up
        for name, at in raised_at.items():
            if began + 60.0 * (minute - 1) < at <= clock.wall:
                await store.commit(record([change(ChangeKind.RAISED, name, at)], site, ["pager"]))
            if began + 60.0 * (minute - 1) < (over := cleared_at[name]) <= clock.wall:
                cleared = change(ChangeKind.CLEARED, name, at, at=over)
                await store.commit(record([cleared], site, ["pager"]))
        rig.moods(*(chance.choice(MOODS) for _ in range(4)))
        await man.deliver_due()
    rig.moods()
    for _ in range(4):
        clock.wall += 3600.0
        await man.deliver_due()
    rig.moods(Mood.REFUSE)
    await store.commit(record([change(ChangeKind.RAISED, "ups-x", clock.wall)], site, ["pager"]))
    await man.deliver_due()
    await channel.aclose()
    await rig.down()

    states = [str(one.state) for one in store.outbox()]
    assert sorted(set(states)) == ["delivered", "refused"]
    assert states.count("refused") == 1, "a refusal is final, and kept"
    got: dict[str, list[str]] = defaultdict(list)
    for event in rig.far.bodies:  # type: ignore[attr-defined]
        got[event["dedup_key"]].append(event["event_action"])
    assert len(got) == TROUBLES
    for actions in got.values():
        assert actions == ["trigger"] * (len(actions) - 1) + ["resolve"]
        assert len(actions) == 2, "what was answered is not sent again"
