"""What was expected against what is: the verdict over a story, and the words of a failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dcim.alerts import AlertState, MuteKind, Phase
from dcim.model import Problem
from dcim.record import dataclass
from dcim.ruletest.evidence import MOST, Evidence, listed, named
from dcim.ruletest.shapes import Is
from dcim.ruletest.stage import Place, Stage
from dcim.ruletest.story import Expected, Story

_MUTES: Final = {
    Is.SHELVED: MuteKind.SHELVED,
    Is.SUPPRESSED: MuteKind.SUPPRESSED,
    Is.OUT_OF_SERVICE: MuteKind.OUT_OF_SERVICE,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met: where it stands in the file, and what was found in its place."""

    place: Problem
    story: str
    at: float
    expected: str
    found: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One story that was played; it holds when nothing failed."""

    story: str
    place: Problem
    checked: int
    failures: tuple[Failure, ...]


def judge(story: Story, place: Place) -> Result:
    """Play a story and hold it against what it expects."""
    stage = Stage(story, place)
    failures: list[Failure] = []
    for moment in stage.play():
        for one in story.expected:
            if one.at == moment:
                failures += _Judge(story, stage, one).failures()
    failures += [
        Failure(
            act.place, story.name, act.at, f"{act.deed.doing} of {act.deed.target.asset}", f"refused: {why}"
        )
        for act, why in stage.refused
    ]
    return Result(story.name, story.place, len(story.expected), tuple(failures))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Holds one expectation against the stage as it stands."""

    story: Story
    stage: Stage
    one: Expected

    @property
    def _evidence(self) -> Evidence:
        return Evidence(self.stage, self.one.device, self.one.labels)

    def failures(self) -> Iterator[Failure]:
        """Yield what is not as expected."""
        if self.one.alert is not None and self.one.is_ is not None:
            yield from self._alert(self.one.alert, self.one.is_)
        if self.one.stands is not None:
            yield from self._stands(self.one.stands)
        incidents = len(self.stage.core.causes.incidents.open)
        yield from self._count("open incidents", self.one.incidents, incidents)
        yield from self._count("messages so far", self.one.messages, self.stage.told)

    def _failure(self, expected: str, found: str, evidence: Iterable[str] = ()) -> Failure:
        return Failure(self.one.place, self.story.name, self.one.at, expected, found, tuple(evidence))

    def _count(self, what: str, expected: int | None, found: int) -> Iterator[Failure]:
        if expected is not None and expected != found:
            yield self._failure(f"{expected} {what}", str(found), self._standing_now())

    def _standing_now(self) -> list[str]:
        return [f"stands: {one.rule} of {one.point}" for one in self.stage.core.watch.open[:MOST]]

    def _stands(self, expected: Sequence[str]) -> Iterator[Failure]:
        """Compare all alerts that people know of, on the devices of the story."""
        mine = {actor.asset.id for actor in self.story.actors}
        wanted = mine if self.one.device is None else {self.one.device}
        found = sorted({one.rule for one in self.stage.core.watch.open if one.asset in wanted})
        if found == sorted(set(expected)):
            return
        evidence: list[str] = []
        for name in sorted(set(expected) ^ set(found)):
            evidence += self._evidence.lines(name)
        yield self._failure(f"stands: {listed(sorted(set(expected)))}", listed(found), evidence)

    def _alert(self, name: str, wanted: Is) -> Iterator[Failure]:
        states = [self.stage.core.watch.state(name, one.point) for one in self._evidence.seen(name)]
        stood = any((name, asset.id) in self.stage.stood for asset in self._evidence.assets())
        found = [one for one in states if _is(one, wanted, stood=stood)]
        quiet = wanted in (Is.NOTHING, Is.CLEARED)
        met = len(found) == len(states) and (stood or wanted is Is.NOTHING) if quiet else bool(found)
        if not met:
            shown = listed(sorted({named(one, stood=stood) for one in states})) if states else "no such point"
            yield self._failure(f"{name} {wanted}", shown, self._evidence.lines(name))


def _is(state: AlertState, wanted: Is, *, stood: bool) -> bool:
    """Say whether an alert stands as it is expected to."""
    match wanted:
        case Is.NOTHING:
            return state.at_rest
        case Is.PENDING:
            return state.phase is Phase.RAISING
        case Is.RAISED:
            return state.active and state.told and not state.mutes
        case Is.CLEARED:
            return stood and not state.active
        case Is.CHATTERING:
            return state.chattering
        case Is.MUTED:
            return state.active and bool(state.mutes)
        case Is.SHELVED | Is.SUPPRESSED | Is.OUT_OF_SERVICE:
            return state.active and any(mute.kind is _MUTES[wanted] for mute in state.mutes)
        case _:
            return str(state.life) == str(wanted)


def counted(results: Iterable[Result]) -> Mapping[str, int]:
    """Return how many stories and expectations there were, and how many of each failed."""
    every = list(results)
    return {
        "stories": len(every),
        "failed": sum(bool(one.failures) for one in every),
        "expectations": sum(one.checked for one in every),
        "failures": sum(len(one.failures) for one in every),
    }
