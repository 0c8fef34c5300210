"""kill -9 between any two steps of raise, store, send and confirm: nothing lost, nothing forgotten, nothing twice but by its key.

Each story is played once, with a still of the disk and of the far side at every step; from each still new rooms go on.
Pains: D8, H2, H5.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dcim.daemon.rooms import Rooms
from dcim.notify.channel import Stage
from dcim.store import verify

from .smallsite import (
    CHANNELS,
    Story,
    acknowledge,
    announce,
    plan_of,
    shelve,
    unshelve,
    withdraw,
)
from .steps import Life, in_words, once

TO_NOC: dict[str, Any] = {"routes": [{"name": "all", "to": ["noc"]}]}
STEPWISE = {
    "routes": [
        {"name": "all", "to": ["amina"], "escalate": [{"after": "60 s", "to": ["karim"]}], "repeat": "60 s"}
    ]
}
LISTED = {"routes": [{"name": "all", "to": ["noc"], "digest": True}], "digest": ["12:02"]}
TURNS = {
    "people": {"a": {"name": "A", "channels": ["amina"]}, "k": {"name": "K", "channels": ["karim"]}},
    "rotas": {"on-call": {"people": ["a", "k"], "first": "2025-11-24T12:01+00:00", "days": 1}},
    "routes": [{"name": "all", "to": ["on-call"]}],
}
BATTERY = {"ups-b": [(20, "battery"), (80, "normal")]}
LONG = {"ups-b": [(20, "battery"), (210, "normal")]}

STORIES = [
    Story("raise and clear", 110, BATTERY),
    Story("silence and answer", 260, {"ups-b": [(20, None), (170, "normal")]}, [(220, acknowledge("ups-b"))]),
    Story(
        "a delay that runs, seen when it is over",
        190,
        {"ups-b": [(20, "booster"), (90, "normal")]},
        [(150, acknowledge("ups-b"))],
        TO_NOC,
    ),
    Story("acknowledge", 110, BATTERY, [(50, acknowledge("ups-b"))], TO_NOC),
    Story("the end of an acknowledgement", 240, LONG, [(50, acknowledge("ups-b", 60))], TO_NOC),
    Story("escalation and repeat", 240, {"ups-b": [(20, "battery"), (170, "normal")]}, notify=STEPWISE),
    Story(
        "escalation that is held",
        330,
        {"ups-b": [(20, "battery"), (265, "normal")]},
        [(50, acknowledge("ups-b", 120))],
        STEPWISE,
    ),
    Story("a list of what stands", 220, {"ups-b": [(20, "bypass"), (180, "normal")]}, notify=LISTED),
    Story("a list of what is over", 180, {"ups-b": [(20, "bypass"), (80, "normal")]}, notify=LISTED),
    Story(
        "more than a channel bears",
        400,
        {"ups-a": [(20, "bypass"), (330, "normal")], "ups-b": [(100, "bypass"), (360, "normal")]},
        notify={**TO_NOC, "limits": {"noc": {"messages": 1, "per": "150 s"}}},
        exact=False,
    ),
    Story("hand-over", 140, {"ups-b": [(20, "battery"), (110, "normal")]}, notify=TURNS),
    Story(
        "work begins, and ends while all is well",
        150,
        {"ups-b": [(60, "battery"), (80, "normal")]},
        [(20, announce("ups-b", 40, 120))],
        TO_NOC,
    ),
    Story(
        "work ends, and something is wrong",
        210,
        {"ups-b": [(60, "battery"), (170, "normal")]},
        [(20, announce("ups-b", 40, 120))],
        TO_NOC,
    ),
    Story(
        "work that is ended",
        190,
        {"ups-b": [(60, "battery"), (150, "normal")]},
        [(20, announce("ups-b", 30, 900)), (100, withdraw)],
        TO_NOC,
    ),
    Story("shelved", 200, {"ups-b": [(40, "battery"), (160, "normal")]}, [(20, shelve("ups-b", 90))], TO_NOC),
    Story(
        "shelved and taken back",
        190,
        {"ups-b": [(40, "battery"), (150, "normal")]},
        [(20, shelve("ups-b", 900)), (100, unshelve("ups-b"))],
        TO_NOC,
    ),
    Story(
        "shelved beneath work",
        240,
        {"ups-b": [(60, "battery"), (200, "normal")]},
        [(20, announce("ups-b", 40, 120)), (80, shelve("ups-b", 70))],
        TO_NOC,
    ),
    Story(
        "told, then shelved",
        230,
        {"ups-b": [(20, "battery"), (190, "normal")]},
        [(60, shelve("ups-b", 70))],
        TO_NOC,
    ),
    Story(
        "another root",
        142,
        {"ups-a": [(20, "battery"), (112, "normal")], "main-a": [(32, "0"), (90, "230")]},
        notify=TO_NOC,
    ),
]


IN_CI = 11
"""Of so many kills one is in CI, another one of each story; the campaign has them all."""


@pytest.mark.parametrize("number", range(len(STORIES)), ids=lambda number: STORIES[number].name)
@pytest.mark.long
async def test_a_kill_at_some_steps_loses_nothing(number: int, tmp_path: Path) -> None:
    assert await kill(STORIES[number], tmp_path, number, IN_CI)


@pytest.mark.long
async def test_a_kill_before_a_consequence_was_asked_again_does_not_hide_that_it_outlives_its_cause(
    tmp_path: Path,
) -> None:
    """The loss of the feed is on disk as over, and the UPS is still on its battery. Pains: D8."""
    assert await kill(STORIES[-1], tmp_path, between=(90, 112))  # the feed is back, and the UPS not yet on it


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_a_kill_at_any_step_loses_nothing(story: Story, tmp_path: Path) -> None:
    assert await kill(story, tmp_path) >= 3  # not on disk, on disk, sent


async def test_nothing_is_told_before_it_is_on_disk_and_a_disk_that_comes_back_gets_all_of_it(
    tmp_path: Path,
) -> None:
    """Pains: D8, H2."""

    def fills(_rooms: Rooms) -> None:
        life.full = True

    def drains(rooms: Rooms) -> None:
        assert rooms.books.waiting
        assert rooms.books.trouble == "no space left on device"
        assert [alert.asset for alert in rooms.watch.open] == ["ups-b"]
        assert not any(life.letters.values())
        life.full = False

    says = {"ups-a": [(20, "bypass"), (40, "normal")], "ups-b": [(30, "bypass"), (80, "normal")]}
    story = Story("a full disk", 110, says, [(10, fills), (60, drains)], TO_NOC)
    life = Life(story, plan_of(story, tmp_path / "plan"), tmp_path / "state")
    await life.play()
    assert in_words(life.letters["noc"]) == [
        [f"{change} ups_on_bypass {ups}" for change in ("raised", "cleared")] for ups in ("ups-a", "ups-b")
    ]
    judge(life, "a full disk")


async def kill(
    story: Story, folder: Path, first: int = 0, every: int = 1, between: tuple[float, float] | None = None
) -> int:
    """Play a story, and again from its stills: the ``first``, and every so many after it; say how many.

    ``between``: only from the stills between two times.
    """
    plan = plan_of(story, folder / "plan")
    whole = Life(story, plan, folder / "whole")
    await whole.play(keep=True)
    judge(whole, "never killed")
    stills = list(whole.stills.values())
    assert {"not on disk", "on disk", "sent"} <= {still.what for still in stills}
    chosen = list(range(first % min(every, len(stills)), len(stills), every))
    if between is not None:
        chosen = [number for number in chosen if between[0] <= stills[number].at < between[1]]
    for number in chosen:
        again = Life(story, plan, folder / f"{number}", stills[number])
        await again.play()
        where = f"{story.name}, killed at {stills[number].at} s: {stills[number].what}"
        assert heard(again) == heard(whole), where
        judge(again, where)
    return len(chosen)


def heard(life: Life) -> dict[str, list[list[str]]]:
    """Return what each box was told; where a restart may use other words for it, only what it heard the end of."""
    said = {name: in_words(letters) for name, letters in life.letters.items()}
    assert any(said.values())
    if life.story.exact:
        return said
    return {name: sorted([of[-1]] for of in each if "cleared" in of[-1]) for name, each in said.items()}


def judge(life: Life, where: str) -> None:
    """Hold what the far side got, and the record of it, against what is promised."""
    for name in CHANNELS:
        letters = life.letters[name]
        copies = Counter(letter.id for letter in letters)
        assert all(number <= 2 for number in copies.values()), where
        twice = Counter(one.dedup_key for one in once(letters) if copies[one.id] > 1)
        assert all(number == 1 for number in twice.values()), where
        assert len({(one.id, one.dedup_key) for one in letters}) == len(copies), where
        stages: dict[str, list[Stage]] = {}
        for letter in once(letters):
            stages.setdefault(letter.dedup_key, []).append(letter.stage)
            for child in letter.notice.children:  # a list tells of what is in it
                stages.setdefault(child.key, [Stage.TRIGGER])
        for told in stages.values():
            assert told[0] is not Stage.RESOLVE, (
                where
            )  # nobody is told of an end who was not told of the beginning
            listed = told == [Stage.TRIGGER]  # in a list, as over already
            assert listed or told[-1] in (Stage.RESOLVE, Stage.INFORM), where
    assert verify(life.state).faults == (), where
