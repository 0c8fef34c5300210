"""Scenarios as data: what breaks and when, and what that should lead to."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dcim.simulator.files import load, names


class Verb(StrEnum):
    """What can be done to a plant or to an agent."""

    LOSE = "lose"  # a feed, breaker, switch, UPS, generator or cooling unit
    RESTORE = "restore"
    DRAIN = "drain"  # a UPS battery, to a share of its charge
    HANG = "hang"  # an agent or gateway: takes questions and never answers
    SLOW = "slow"  # an agent or gateway: answers after so many seconds
    FREEZE = "freeze"  # an agent: goes on answering with what it knows now, its uptime too
    RELEASE = "release"  # the end of hang, slow and freeze
    RESTART = "restart"  # an agent: silent while it boots, then with a new uptime
    STICK = "stick"  # a transfer switch: stays where it is, until it is restored
    TEST = "test"  # a UPS: lives on its battery for so many seconds although the mains are there
    MOVE = "move"  # a cord of a load, by its number: plugged in where the next one is
    REINDEX = "reindex"  # an agent with probes: their rows have other numbers, after a restart
    FAIL = "fail"  # an agent with probes: the first of them does not measure any more, until it is released


TAKES: Final = {
    Verb.DRAIN: "a share such as 5%",
    Verb.SLOW: "seconds such as 1.5",
    Verb.TEST: "seconds such as 30",
    Verb.MOVE: "the number of a cord such as 1",
}
"""The verbs that need a number, and what it is."""


class Event(BaseModel):
    """One thing that is done, at so many seconds of the plant's clock. ``says`` tells people about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Annotated[float, Field(ge=0)] = 0.0
    do: Verb
    target: str
    amount: Annotated[float, Field(ge=0)] | None = None
    says: str = ""

    @model_validator(mode="after")
    def _needs_amount(self) -> Event:
        if (self.amount is not None) != (self.do in TAKES):
            msg = f"{self.do} takes {TAKES.get(self.do, 'no amount')}"
            raise ValueError(msg)
        return self

    def __str__(self) -> str:
        """Read as a person would type it."""
        amount = "" if self.amount is None else f" {self.amount:g}"
        return f"{self.do} {self.target}{amount}"


class Expected(BaseModel):
    """What must be true: by ``by`` seconds the subject is in the condition ``word`` (see ``Truth``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Annotated[float, Field(ge=0)]
    subject: str
    word: str
    says: str


class Scenario(BaseModel):
    """A story: events in the order of their times, and what they lead to. Times are seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    scenario: str
    title: str
    plant: str = "casablanca"
    lasts: Annotated[float, Field(gt=0)] = 120.0
    events: tuple[Event, ...] = ()
    expect: tuple[Expected, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Scenario:
        times = [event.at for event in self.events]
        if times != sorted(times):
            msg = "events do not stand in the order of their times"
            raise ValueError(msg)
        return self


QUIET: Final = Scenario(format=1, scenario="quiet", title="Nothing happens")


def scenario(name: str) -> Scenario:
    """Read a scenario by the name of one of ours, or by its path."""
    return load("scenarios", name, Scenario)


def listed() -> list[str]:
    """Return a line for each scenario that we ship: its name and what happens."""
    known = names("scenarios")
    width = max(map(len, known))
    return [f"{name:<{width}}  {scenario(name).title}" for name in known]


_LINE: Final = re.compile(
    r"\s*(?P<do>\w+)\s+(?P<target>[\w-]+)(?:\s+(?P<amount>[\d.]+)\s*(?P<percent>%)?)?\s*"
)


def typed(line: str) -> Event:
    """Read what a person typed: ``lose utility-a``, ``drain ups-a 5%``. Raise ValueError saying what fits."""
    match = _LINE.fullmatch(line)
    if match is None or match["do"] not in set(Verb):
        known = ", ".join(Verb)
        msg = f"expected a verb and a name such as 'lose utility-a'; verbs: {known}"
        raise ValueError(msg)
    verb = Verb(match["do"])
    if (match["amount"] is not None) != (verb in TAKES):
        msg = f"{verb} takes a name and {TAKES.get(verb, 'no amount')}"
        raise ValueError(msg)
    try:
        amount = (
            None if match["amount"] is None else float(match["amount"]) / (100 if match["percent"] else 1)
        )
    except ValueError:
        msg = f"{match['amount']!r} is no number"
        raise ValueError(msg) from None
    return Event(do=verb, target=match["target"], amount=amount)
