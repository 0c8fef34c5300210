"""Where readings go beside the history: the outputs of the configuration, each with its thread and its queue.

history ─▶ cursor of each ─▶ worker in a thread of its own ─▶ InfluxDB, Prometheus, a broker, files
                               └▶ tally ─▶ output_state, output_oldest_seconds ─▶ watch, like any reading
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, cast

from dcim.clock import Clock
from dcim.daemon.itself import AGAIN, OWN
from dcim.daemon.plan import Plan
from dcim.history import History, Limits
from dcim.model import Asset, Batch, DcimError, Health, Lane, Layout, Meaning, Point, state_code
from dcim.outputs.contract import Context
from dcim.outputs.tally import State, Tally
from dcim.settings import Referring, Settings

if TYPE_CHECKING:
    from dcim.outputs.book import Book
    from dcim.outputs.runner import Runner
    from dcim.outputs.worker import Worker

STATE: Final = "output_state"
OLDEST: Final = "output_oldest_seconds"
PREFIX: Final = "output-"
"""What the names of the outputs' cursors begin with."""

_LOOK: Final = 2.0
_AGES: Final = 10.0
"""Seconds between two readings of how far the outputs are behind."""

_SPARE: Final = 256 << 20
"""Bytes beyond the bound of an output's own queue: it looks at that every few seconds."""

_HEALTH: Final = {
    State.WORKING: Health.OK,
    State.UNTRIED: Health.UNKNOWN,
    State.REFUSING: Health.WARNING,
    State.FAILING: Health.WARNING,
    State.DROPPING: Health.CRITICAL,
    State.HALTED: Health.CRITICAL,
}
_CODES: Final = {state: state_code(state) for state in State}
_STATES: Final = {_CODES[state]: Meaning(state, health) for state, health in _HEALTH.items()}


class OutputUnusable(DcimError):
    """An output cannot be opened; the text names it and says why."""


class Outlets:
    """The outputs at work. ``said`` takes how they are as if a device had told it."""

    def __init__(self, runners: Sequence[Runner], clock: Clock) -> None:
        self.said: Callable[[Batch], None] = lambda _batch: None
        self._runners = runners
        self._clock = clock
        names = [runner.worker.name for runner in runners]
        self._states = _layout(STATE, names, worded=True)
        self._oldest = _layout(OLDEST, names, worded=False)
        self._last: tuple[float, tuple[State, ...]] = (-AGAIN, ())
        self._aged = -_AGES

    async def run(self) -> None:
        """Let every output begin; say how they are until cancelled."""
        for runner in self._runners:
            runner.start()
        while True:
            await asyncio.sleep(_LOOK)
            self.look()

    async def stop(self) -> None:
        """End them all at once; what is under way has a moment to end, and comes again if it does not."""
        for runner in self._runners:
            runner.ask_to_stop()
        await asyncio.gather(*(asyncio.to_thread(runner.join) for runner in self._runners))

    def tallies(self) -> Mapping[str, Tally]:
        """Return what each output has done, by name, in the order of the configuration."""
        return {runner.worker.name: runner.tally() for runner in self._runners}

    def look(self) -> None:
        """Say how the outputs are when that changed, or after a while; how far they are behind more often."""
        if not self._runners:
            return
        tallies = tuple(self.tallies().values())
        states = tuple(tally.state for tally in tallies)
        at, last = self._last
        now, monotonic = self._clock.now(), self._clock.monotonic()
        changed = states != last
        if changed or monotonic - at >= AGAIN:
            self._last = monotonic, states
            self.said(Batch(self._states, now, array("d", (_CODES[state] for state in states))))
        if changed or monotonic - self._aged >= _AGES:
            self._aged = monotonic
            ages = array("d", (max(0.0, now - (tally.oldest or now)) for tally in tallies))
            self.said(Batch(self._oldest, now, ages))


def _layout(metric: str, names: Iterable[str], *, worded: bool) -> Layout:
    points = tuple(Point(OWN, metric, (("output", name),)) for name in names)
    words = _STATES if worded else None
    # of makers of their own, so that neither layout takes the place of the other
    makers = (f"outputs: {metric}",) * len(points)
    return Layout(OWN, Lane.SLOW, points, (words,) * len(points), makers, own=True)


def limits(settings: Settings, days: int) -> Limits:
    """Return bounds that let no segment go before the output that waits longest has dropped it itself."""
    sizes = [cast("Any", part.fields).max_size + _SPARE for part in settings.outputs]
    return Limits(days=days, queue_bytes=max([Limits().queue_bytes, *sizes]))


def open_outlets(
    plan: Plan, history: History | None, also: Iterable[Asset], clock: Clock, stack: AsyncExitStack
) -> Outlets:
    """Open every output, and forget the places of those that are configured no more.

    ``also`` are assets beside the devices that ``/metrics`` shows. Raises ``OutputUnusable``.
    """
    if history is None:
        return Outlets((), clock)
    settings = plan.settings
    kept = {f"{PREFIX}{part.name}" for part in settings.outputs}
    for name in [name for name in history.cursors if name.startswith(PREFIX) and name not in kept]:
        history.drop_cursor(name)
    if not settings.outputs:
        return Outlets((), clock)
    from dcim.outputs.book import Book  # a site without outputs starts without what they stand on
    from dcim.outputs.runner import Runner

    book = Book({asset.id: asset for asset in (*settings.assets, *also)}, history.describe_all)
    runners = [Runner(_open(plan, part, history, book, clock)) for part in settings.outputs]
    outlets = Outlets(runners, clock)
    stack.push_async_callback(outlets.stop)
    return outlets


def _open(plan: Plan, part: Referring, history: History, book: Book, clock: Clock) -> Worker:
    from dcim.outputs.worker import Worker

    fields = cast("Any", part.fields)
    folder = plan.settings.state / "outputs" / part.name
    context = Context(part.name, plan.settings.site.id, plan.secrets.values.__getitem__, folder, clock)
    try:
        output = plan.outputs[part.type].open(fields, context)
        cursor = history.cursor(f"{PREFIX}{part.name}", from_start=fields.start == "oldest")
    except (DcimError, OSError) as why:
        msg = f"output {part.name!r} ({part.type}): {why}"
        raise OutputUnusable(msg) from why
    return Worker(cursor, output, book, fields, context)
