"""The record of many lives, held against what the devices and the far side of the webhook know."""

from __future__ import annotations

import asyncio
import math
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from dcim.clock import SystemClock
from dcim.history import History
from dcim.ledger import Entry
from dcim.ledger.life import WATCHED
from dcim.model import Point, state_code
from dcim.store import MessageState, Queued, reading

from .chronicle import Chronicle, Death, ledger, rows_on_disk
from .conftest import Flock, Receiver

NORMAL, BATTERY = 3, 5
CODES = {NORMAL: state_code("normal"), BATTERY: state_code("battery")}
SHOWN_BY = {"raised": BATTERY, "cleared": NORMAL, "chattering": NORMAL, "settled": BATTERY}
"""The source that a device must have said for each change."""

SEEN = 6.0  # seconds: a condition that held so long, watched, must have been seen even on a busy machine
SETTLED = 2.0  # seconds: what was seen so long before the last sign of a life is on record
SLACK = 1e-5  # seconds: times are kept to the microsecond

Readings: TypeAlias = "Mapping[str, list[tuple[float, int, float]]]"
"""Of each device: when (UTC seconds), the number of the answer, the code of its source."""


def judge(story: Chronicle, flock: Flock, receiver: Receiver) -> dict[str, float]:
    """Hold the record of all lives against what the devices and the far side know; return figures for people."""
    assert ledger("verify", story.state, *(f"--head={head}" for head in story.heads)).exit_code == 0
    with reading(story.state) as books:
        facts = list(books.entries())
        outbox = books.outbox(limit=1_000_000)
    blind = judge_blindness(story.deaths, facts)
    readings = judge_readings(story, flock)
    changes = judge_alerts(facts, flock, readings, [death.after for death in story.deaths])
    twice = judge_messages(facts, outbox, receiver)
    return {
        "kills": len(story.deaths),
        "killed before a reading was on disk": sum(not death.acknowledged for death in story.deaths),
        "readings promised": story.promised,
        "readings found": rows_on_disk(story.state),
        "facts": len(facts),
        "alert changes": len(changes),
        "open alerts carried over": story.kept_open,
        "messages": len(outbox),
        "posts": len(receiver.posted),
        "messages taken more than once": twice,
        **blind,
    }


def judge_blindness(deaths: Sequence[Death], facts: Sequence[Entry]) -> dict[str, float]:
    """Every time from a kill to the next start is blind, and none begins before what was watched last.

    A delivery may overtake what waits for the disk: it is no sign that all before it is on record.
    """
    intervals: list[tuple[float, float]] = []
    for place, fact in enumerate(facts):
        if fact.kind != "daemon_started" or not place:
            continue
        told = facts[place - 1].read()
        assert (facts[place - 1].kind, told["reason"]) == ("blind", "crash")
        watched = next(one for one in reversed(facts[: place - 1]) if one.kind in WATCHED)
        assert told["from"] >= watched.time - SLACK
        assert abs(told["to"] - fact.time) < SLACK
        intervals.append((told["from"], told["to"]))
    real = 0.0
    for since, to in intervals:
        inside = [death for death in deaths if since - SLACK <= death.after <= to]
        assert inside
        real += to - inside[0].before
    for death in deaths:
        assert death.before < facts[0].time or any(since <= death.after <= to for since, to in intervals)
    return {
        "blind intervals": len(intervals),
        "seconds blind, recorded": round(sum(to - since for since, to in intervals), 2),
        "seconds blind, real": round(real, 2),
    }


def judge_readings(story: Chronicle, flock: Flock) -> Readings:
    """Every reading of a source is what the device said in the answer whose number stands beside it.

    Or in the answer next to it: a poll may take two questions, and the number and the source come in either.
    """
    said = {(line["agent"], line["said"]): line["source"] for line in flock.lines() if "said" in line}
    found: dict[str, list[tuple[float, int, float]]] = {}
    history = History.open(story.state / "history", SystemClock())
    try:
        for agent in range(len(flock.ports)):
            rows = found[f"ups-{agent}"] = _rows(history, f"ups-{agent}")
            numbers = [number for _, number, _ in rows]
            assert numbers
            assert numbers == sorted(set(numbers))
            assert all(code in _said_about(said, agent, number) for _, number, code in rows)
    finally:
        asyncio.run(history.aclose())
    return found


def _said_about(said: Mapping[tuple[int, int], int], agent: int, number: int) -> set[float]:
    """Return the codes of the sources that an agent told around one answer."""
    around = ((agent, other) for other in (number - 1, number, number + 1))
    return {CODES[said[which]] for which in around if which in said}


def _rows(history: History, device: str) -> list[tuple[float, int, float]]:
    number, source = Point(device, "ups_input_line_bads_total"), Point(device, "ups_output_source_state")
    rows: dict[int, dict[int, float]] = defaultdict(dict)
    found = history.query([number.id, source.id], 0, time.time() + 60)
    for point, at, value in found.select("point", "at", "value").iter_rows():
        if not math.isnan(value):  # a gap: the machine was too busy for an answer in time
            rows[at][point] = value
    whole = [(at, row) for at, row in sorted(rows.items()) if len(row) == 2]
    return [(at / 1000, int(row[number.id]), row[source.id]) for at, row in whole]


@dataclass(frozen=True, slots=True)
class Told:
    """One change of an alert as the ledger has it."""

    at: float
    device: str
    change: str
    open: bool
    chattering: bool


def judge_alerts(
    facts: Iterable[Entry], flock: Flock, readings: Readings, deaths: Sequence[float]
) -> list[Told]:
    """Raised and cleared in turn; never against a reading; what was seen is told, what lasted was seen."""
    changes = [
        Told(fact.time, body["asset"], body["change"], body["open"], body["chattering"])
        for fact in facts
        if fact.kind == "alert"
        and (body := fact.read())["rule"] == "on_battery"
        and body["change"] in {*SHOWN_BY, "unacknowledged"}
    ]
    assert {"raised", "cleared"} <= {told.change for told in changes} <= SHOWN_BY.keys()
    turns = [line for line in flock.lines() if "said" not in line]
    for agent, (device, rows) in enumerate(readings.items()):
        own = [told for told in changes if told.device == device]
        in_order = [told.change for told in own if told.change in ("raised", "cleared")]
        assert in_order == in_turn(len(in_order))
        codes = {round(at * 1000): code for at, _, code in rows}
        for told in own:
            code = CODES[SHOWN_BY[told.change]]
            assert codes.get(round(told.at * 1000), code) == code
        seen_is_told(own, rows, deaths)
        no_long_phase_is_missed([turn["at"] for turn in turns if turn["agent"] == agent], rows, deaths)
    return changes


def in_turn(number: int) -> list[str]:
    return (["raised", "cleared"] * number)[:number]


def seen_is_told(
    own: Sequence[Told], rows: Sequence[tuple[float, int, float]], deaths: Sequence[float]
) -> None:
    """What a reading on disk says was on record before the life that read it ended."""
    times = [told.at for told in own]
    lives = [bisect_right(deaths, at) for at, _, _ in rows]
    last_signs = {life: at for life, (at, _, _) in zip(lives, rows, strict=True)}
    for life, (at, _, code) in zip(lives, rows, strict=True):
        if last_signs[life] - at >= SETTLED:
            place = bisect_right(times, at + 0.001)  # readings are kept to the millisecond
            if place > 0 and own[place - 1].chattering:  # it stays raised until it settles
                assert own[place - 1].open
                continue
            is_open = place > 0 and own[place - 1].open
            assert is_open == (code == CODES[BATTERY]), (at, own[max(0, place - 2) : place + 2])


def no_long_phase_is_missed(
    turns: Sequence[float], rows: Sequence[tuple[float, int, float]], deaths: Sequence[float]
) -> None:
    """A condition that lasted, in one life that had begun to read before it, was read."""
    times = [at for at, _, _ in rows]
    for since, to in pairwise(turns):
        before, after = bisect_right(times, since), bisect_right(times, to)
        if to - since < SEEN or not 0 < before <= after < len(times):
            continue
        if bisect_right(deaths, times[before - 1]) == bisect_right(deaths, times[after]):
            assert after > before, (since, to)


def judge_incidents(facts: Iterable[Entry]) -> None:
    """Every alert that stands is in one incident; each is told once, and is over when the last of its alerts is."""
    stands: dict[str, str] = {}
    changes: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        body = fact.read()
        if fact.kind == "incident":
            changes[fact.subject].append(body["change"])
        elif fact.kind == "alert":
            assert body["incident"]
            stands.pop(fact.subject, None)
            if body["open"]:
                stands[fact.subject] = body["incident"]
    for name, all_of_it in changes.items():
        told = [change for change in all_of_it if change not in ("opened", "merged")]
        assert (name in stands.values()) == (all_of_it[-1] not in ("cleared", "merged")), all_of_it
        assert told or name in stands.values() or all_of_it[-1] == "merged"
        assert is_whole(told)


def is_whole(told: Sequence[str]) -> bool:
    """Whether a story begins when it does, once, and ends when it does."""
    return "raised" not in told[1:] and "cleared" not in told[:-1] and told[:1] in ([], ["raised"])


def judge_messages(facts: Sequence[Entry], outbox: Sequence[Queued], receiver: Receiver) -> int:
    """What the ledger says was told is what the far side has; return how many it has more than once, all the same."""
    judge_incidents(facts)
    told = {body["message_id"] for fact in facts if (body := fact.read()).get("told")}
    assert told == {queued.message_id for queued in outbox}
    assert {queued.state for queued in outbox} == {MessageState.DELIVERED}
    copies: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in receiver.taken:
        copies[message["message_id"]].append(message)
    assert copies.keys() == {queued.message_id for queued in outbox}
    for queued in outbox:
        same = copies[queued.message_id]
        assert same.count(same[0]) == len(same)
        assert same[0]["dedup_key"] == queued.dedup_key
    order: dict[str, list[str]] = defaultdict(list)
    for same in copies.values():  # in the order in which the first of each came
        order[same[0]["dedup_key"]].append(same[0]["change"])
    assert all(is_whole(changes) for changes in order.values())
    return sum(len(same) > 1 for same in copies.values())
