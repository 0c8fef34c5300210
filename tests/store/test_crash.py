"""kill -9 at random moments: what was acknowledged is there, what is there is whole, the chain says how long it was blind.

Pains: K4, G2, D8.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import pytest

from dcim.clock import SystemClock
from dcim.ledger import Head
from dcim.model.fact import FactKind
from dcim.store import Store, verify


@dataclass
class Acknowledged:
    """What the killed process was told is on disk."""

    names: dict[str, tuple[int, int]] = field(default_factory=dict)  # sequence and message
    heads: list[Head] = field(default_factory=list)

    def note(self, line: str) -> None:
        word, name, sequence, message, head = line.split(maxsplit=4)
        assert word == "ack"
        self.names[name] = (int(sequence), int(message))
        self.heads.append(Head.parse(head))


class Victim:
    """Runs ``crash_child.py``, whose forked lives are killed."""

    def __init__(self) -> None:
        script = Path(__file__).parent / "crash_child.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pipesize=1 << 20,  # bytes: the victim must not wait for us to read
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout

    def live_and_die(self, directory: Path, delay: float, acknowledged: Acknowledged) -> None:
        """Let it live for ``delay`` seconds from its fork, kill it, and note what it had been told.

        Without an end it lives until it has been told of a first work, however slow the machine is.
        """
        self._in.write(f"{directory}\n")
        self._in.flush()
        lines = [self._out.readline()]
        while not lines[-1].startswith("pid "):  # the child may speak before its parent does
            lines.append(self._out.readline())
        pid = int(lines[-1].split()[1])
        if delay == inf:
            while not any(line.startswith("ack ") for line in lines):
                lines.append(self._out.readline())
        else:
            time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        while lines[-1] != "dead\n":
            lines.append(self._out.readline())
        for line in lines:
            if line.startswith("ack "):
                acknowledged.note(line)

    def close(self) -> None:
        self._in.close()
        self.process.wait()
        self._out.close()


@pytest.fixture
def victim(state: Path) -> Iterator[Victim]:
    del state  # it comes first: the victim inherits where its database is
    it = Victim()
    yield it
    it.close()


def check(state: Path, acknowledged: Acknowledged, epoch_before: int) -> int:
    """Start again on what the kill left; return the epoch."""
    before = verify(state, *acknowledged.heads) if acknowledged.heads else None
    assert before is None or before.faults == ()
    store = Store.open(state, "cas1", SystemClock())
    try:
        assert store.committed.epoch > epoch_before
        facts = {entry.sequence: entry for entry in store.facts(limit=1_000_000)}
        messages = {queued.id: queued.message_id for queued in store.outbox(limit=1_000_000)}
        for name, (sequence, message) in acknowledged.names.items():
            assert (facts[sequence].subject, facts[sequence].kind) == (name, "alert")
            assert (facts[sequence + 1].subject, facts[sequence + 1].kind) == (name, "device_state")
            assert messages[message] == f"<{name}@cas1>"
        written = [entry.subject for entry in facts.values() if entry.kind == FactKind.ALERT]
        assert len(written) == len(set(written))
        assert sorted(row.key for row in store.open_alerts()) == sorted(written)
        assert sorted(row.asset for row in store.device_states()) == sorted(written)
        assert sorted(messages.values()) == sorted(f"<{name}@cas1>" for name in written)
        if len(facts) > len(store.started):
            assert [fact.kind for fact in store.started] == [FactKind.BLIND, FactKind.DAEMON_STARTED]
            assert store.started[0].body["reason"] == "crash"
            last = facts[len(facts) - len(store.started)]
            assert store.started[0].body["from"] >= last.time
            assert store.started[1].body["previous"] == "crash"
    finally:
        store.close()
    report = verify(state, *acknowledged.heads)
    assert report.faults == ()
    return store.committed.epoch


def die_often(victim: Victim, state: Path, delays: Sequence[float]) -> Acknowledged:
    """Kill one life after each delay (seconds from the fork, so also while it opens), starting again in between."""
    acknowledged, epoch = Acknowledged(), 0
    for delay in delays:
        victim.live_and_die(state, delay, acknowledged)
        epoch = check(state, acknowledged, epoch)
    return acknowledged


def test_nothing_acknowledged_is_lost_when_it_is_killed_at_five_moments(victim, state):
    delays = [inf, *(random.uniform(0.0, 0.6) for _ in range(4))]
    assert die_often(victim, state, delays).names


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_when_it_is_killed_at_two_hundred_moments(victim, new_state):
    for part in range(20):
        delays = [inf, *(random.uniform(0.0, 1.0) for _ in range(9))]
        assert die_often(victim, new_state(str(part)), delays).names
