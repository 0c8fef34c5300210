"""What is said would be, against what really happens when the same part is lost in the physics of the plant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from dcim.flow import Interval
from dcim.simulator.plant.network import POWER_FACTOR, Ups

from .plants import Grower, Prompt, Steady
from .told import Told

WATCHED = 900.0
"""Seconds for which a plant is watched after the loss."""
SETTLES, PROMPTLY = 360.0, 60.0
"""Seconds after which whatever opens has opened: at 1.02 of its rating it takes 310 s; of breakers that open at once."""
SLACK = 1.3
"""By how much sooner a battery may be empty than is said: it carries what is too much until a breaker opens."""
ROUNDED = 12.0
"""VA by which meters round at most."""
CONTESTED = 0.25
"""Share of the warming of the most overloaded part from which another one may open before it."""


class Trial:
    """One plant, one loss: what was said of it, and what came."""

    def __init__(self, seed: int, folder: Path, *, prompt: bool = False) -> None:
        kind = Prompt if prompt else Steady
        self.told = Told(Grower(seed, prompt=prompt).plan(), folder, plant=kind, tick=1.0)
        self.plant = self.told.plant
        self.plant.advance(60.0)
        self.told.look()
        self.lost = Random(seed).choice(sorted(self.plant.nodes))
        self.answer = self.told.ask(self.lost)
        self.plant.lose(self.lost)
        self.names = {self.told.element(part): part for part in self.plant.nodes}
        self.open_ended = False
        self.wrong: list[str] = []
        self.judged = self._judged(PROMPTLY if prompt else SETTLES)
        over: set[str] = set()
        for second in range(1, 1 + int(WATCHED)):
            self.plant.advance(60.0 + second)
            over = self._over(over)
            if second in self.judged:
                self.wrong += self._wrong(self.judged[second])

    def _judged(self, settles: float) -> dict[int, int]:
        """The seconds after the loss at which each stage stands, for whatever is true and has opened: its number."""
        stages = self.answer.outcome.stages
        ends = [stage.after.lo / SLACK for stage in stages[1:]]
        found = {}
        for number, (stage, end) in enumerate(zip(stages, [*ends, WATCHED], strict=True)):
            moment = int(min(WATCHED, end))
            if stage.after.hi + settles <= moment:
                found[moment] = number
        return found

    def _over(self, before: set[str]) -> set[str]:
        """Return what carries too much, and note where the time that breakers take decides what comes.

        Two carry too much at once, and nearly as much: breakers remember, so either may open first. Or something was
        relieved before it opened, which is said to open as if it bore nothing.
        """
        loads = {node.name: node._limit()[1] for node in self.plant.nodes.values()}
        warming = sorted(load * load - 1.0 for load in loads.values() if load > 1.0)
        self.open_ended |= len(warming) > 1 and warming[-2] > CONTESTED * warming[-1]
        over = {name for name, load in loads.items() if load > 1.0}
        self.open_ended |= any(self.plant.nodes[name].live for name in before - over)
        return over

    @property
    def opens(self) -> bool:
        """Whether a breaker was surely to open in a stage that was judged."""
        stages = self.answer.outcome.stages[: max(self.judged.values(), default=-1) + 1]
        return any(trip.surely for stage in stages for trip in stage.trips)

    def _wrong(self, number: int) -> Iterator[str]:
        """Yield what stands otherwise than was said of a stage."""
        stage = self.answer.outcome.stages[number]
        yield from self._opened(number)
        for name, part in self.names.items():
            if name not in self.told.network.elements:
                continue
            live = self.plant.nodes[part].live
            if name in stage.dead and live:
                yield f"{part} was said to be dead"
            if not live and name not in stage.dead | stage.doubtful and not self._stands_still(part):
                yield f"{part} is dead"
            if live and name in stage.loads:
                yield from self._carries(part, stage.loads[name].phases)

    def _stands_still(self, part: str) -> bool:
        """Whether something gives nothing although nothing is wrong: a generator that nobody needs."""
        return part == "genset" or self.answer.outcome.lost == (self.told.element(part),)

    def _opened(self, number: int) -> Iterator[str]:
        come = self.answer.outcome.stages[: number + 1]
        said = {trip.element: trip.surely for stage in come for trip in stage.trips}
        for name, part in self.names.items():
            opened = any(change.word == "tripped" for change in self.plant.truth.of(part))
            if part == "genset":
                opened = (
                    any(change.word == "fault" for change in self.plant.truth.of(part)) and self.lost != part
                )
            if opened and name not in said:
                yield f"{part} opened, which nobody had said"
            if not opened and said.get(name):
                yield f"{part} was said to open"

    def _carries(self, part: str, phases: dict[str, Interval]) -> Iterator[str]:
        node = self.plant.nodes[part]
        if isinstance(node, Ups) and node.on_battery:
            return
        true = [watts / POWER_FACTOR for watts in node.by_phase]
        for phase, said in phases.items():
            carried = sum(true) if len(phases) == 1 else true[("L1", "L2", "L3").index(phase)]
            if not said.holds(carried, ROUNDED + 0.005 * carried):
                yield f"{part} {phase} carries {carried:.0f} VA, said {said.lo:.0f} to {said.hi:.0f}"


def trial_of(seed: int, folder: Path) -> Trial:
    """A plant and its loss; where the time that breakers take decides, one whose breakers take none."""
    trial = Trial(seed, folder)
    return Trial(seed, folder, prompt=True) if trial.open_ended else trial


def check(seeds: range, folder: Path) -> tuple[int, int, list[str]]:
    """How many were judged, how many of them with a breaker that surely opened, and what was wrong."""
    judged, opened, wrong = 0, 0, []
    for seed in seeds:
        trial = trial_of(seed, folder)
        judged += bool(trial.judged)
        opened += trial.opens
        wrong += [f"seed {seed}, {trial.lost} lost: {text}" for text in trial.wrong]
    return judged, opened, wrong


@pytest.mark.long
def test_what_is_said_of_random_plants_comes_true(tmp_path: Path) -> None:
    """Pains: I1, I2, I3, I4, I10."""
    judged, opened, wrong = check(range(12), tmp_path)
    assert wrong == []
    assert judged >= 10
    assert opened >= 3


@pytest.mark.long
def test_what_opens_while_another_battery_still_lasts_is_said_too(tmp_path: Path) -> None:
    """In both plants a battery is empty long before that of the other feed. Pains: I4."""
    for seed in (1265, 1374):
        judged, opened, wrong = check(range(seed, seed + 1), tmp_path)
        assert (judged, opened, wrong) == (1, 1, [])


def test_a_ups_that_has_nothing_to_carry_any_more_is_not_said_to_last_for_ever(tmp_path: Path) -> None:
    """Found by the campaign: its own losses emptied it 508 s after its only strip had opened. Pains: I4."""
    judged, _, wrong = check(range(4176, 4177), tmp_path)
    assert (judged, wrong) == (1, [])


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_what_is_said_of_a_thousand_plants_comes_true(tmp_path: Path) -> None:
    judged, opened, wrong = check(range(1000, 2000), tmp_path)
    assert wrong == []
    assert judged >= 900
    assert opened >= 300
