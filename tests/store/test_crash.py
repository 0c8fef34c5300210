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
from math import inf
from pathlib import Path

import pytest

from .acknowledged import Acknowledged, check


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


def die_often(victim: Victim, state: Path, delays: Sequence[float]) -> Acknowledged:
    """Kill one life after each delay (seconds from the fork, so also while it opens), starting again in between."""
    acknowledged, epoch = Acknowledged(), 0
    for delay in delays:
        victim.live_and_die(state, delay, acknowledged)
        epoch = check(state, acknowledged, epoch)
    return acknowledged


@pytest.mark.long
def test_nothing_acknowledged_is_lost_when_it_is_killed_at_five_moments(victim, state):
    delays = [inf, *(random.uniform(0.0, 0.6) for _ in range(4))]
    assert die_often(victim, state, delays).names


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_when_it_is_killed_at_two_hundred_moments(victim, new_state):
    for part in range(20):
        delays = [inf, *(random.uniform(0.0, 1.0) for _ in range(9))]
        assert die_often(victim, new_state(str(part)), delays).names
