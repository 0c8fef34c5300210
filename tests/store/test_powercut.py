"""The power goes at random moments, and what nobody had synced goes with it, whole or in part.

What is modelled stands in ``powercut.py``. Pains: K4, G2, D8.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path

import pytest

from .powercut import INDEX, Disk, build_shim, read_log

pytestmark = pytest.mark.one_file
HERE = Path(__file__).parents[2]
ANEW = random.SystemRandom()  # not what pytest-randomly seeds, which is the same for every test of a run
OFTEN = "wal_autocheckpoint=40"
"""Pages after which the WAL is written back: 1000 are more than a short run writes."""


class Judge:
    """Runs ``cut_judge.py``: every start on what was left is a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.cut_judge"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout

    def wrong(self, state: Path, said: bytes) -> str:
        """Start on a state directory; return what is wrong with it, nothing if it is as it should be."""
        print(json.dumps({"state": str(state), "said": said.decode()}), file=self._in, flush=True)
        return str(json.loads(self._out.readline())["wrong"])

    def close(self) -> None:
        self._in.close()
        self.process.wait()
        self._out.close()


class Recorded:
    """One run of ``cut_writer.py``, and cuts of it; ``after``: on what the disk held when it was cut before."""

    def __init__(self, folder: Path, works: int, *pragmas: str, after: Disk | None = None) -> None:
        self._folder, self.real = folder, folder / "real"
        folder.mkdir(exist_ok=True)
        if after is None:
            self.real.mkdir()
        else:
            after.cut(self.real, ANEW)
        self._begun, self._before = Disk(self.real), after.said if after else b""
        log = folder / "log"
        preloaded = {"LD_PRELOAD": str(build_shim(folder)), "CUT_ROOT": str(self.real), "CUT_LOG": str(log)}
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.store.cut_writer",
                str(self.real / "state"),
                str(works),
                "3" if after else "0",
                *pragmas,
            ],
            cwd=HERE,
            env=os.environ | preloaded,
            stdout=subprocess.PIPE,
            check=True,
        )
        self.said = done.stdout
        self.records = read_log(log)

    def cut(self, judge: Judge, cuts: int, chance: random.Random) -> Iterator[tuple[int, str]]:
        """Cut the power at so many records, start on each of what is left: which record, and what was wrong then."""
        moments = sorted(chance.randrange(len(self.records)) for _ in range(cuts))
        for moment, disk in self.follow(moments):
            left = self._folder / "left"
            disk.cut(left, chance)
            yield moment, judge.wrong(left / "state", self._before + disk.said)
            shutil.rmtree(left)

    def follow(self, moments: Iterable[int]) -> Iterator[tuple[int, Disk]]:
        """Follow the log and stop behind each of these records, which come in order; one may come twice."""
        disk, at = deepcopy(self._begun), 0
        for moment in moments:
            for record in self.records[at : moment + 1]:
                disk.follow(record)
            at = moment + 1
            yield moment, disk


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(INDEX))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with closing(Judge()) as it:
        yield it


@pytest.fixture
def recorded(tmp_path: Path, live: Callable[[bool, str], None]) -> Callable[..., Recorded]:
    live(shutil.which("gcc") is not None, "no gcc is installed")

    def run(works: int, *pragmas: str) -> Recorded:
        return Recorded(tmp_path.resolve(), works, *pragmas)

    return run


def assert_nothing_is_lost(run: Recorded, judge: Judge, cuts: int) -> None:
    """First, that the log has all there is: what it makes of the files is what they are."""
    (_, disk), *_ = run.follow([len(run.records) - 1])
    disk.keep_running(run.real.parent / "again")
    assert contents(run.real.parent / "again") == contents(run.real)
    assert disk.said == run.said
    seed = ANEW.getrandbits(32)
    for moment, wrong in run.cut(judge, cuts, random.Random(seed)):
        assert not wrong, f"seed {seed}, cut behind record {moment} of {len(run.records)}:\n{wrong}"


@pytest.mark.long
def test_nothing_acknowledged_is_lost_when_the_power_goes_at_ten_moments(
    recorded: Callable[..., Recorded], judge: Judge
) -> None:
    assert_nothing_is_lost(recorded(60, OFTEN), judge, 10)


@pytest.mark.long
def test_a_database_that_does_not_sync_is_found_out(recorded: Callable[..., Recorded], judge: Judge) -> None:
    """The same cuts of a writer with ``synchronous=OFF``: if this finds nothing, the others prove nothing."""
    found = (wrong for _, wrong in recorded(10, "synchronous=OFF").cut(judge, 40, ANEW))
    assert next(filter(None, found), None)


def lost_by_cutting_again(run: Recorded, judge: Judge, times: int, cuts: int) -> list[str]:
    """Cut the power, start on what is left, and cut it again while that goes on: so often, and in each so often.

    Return what was lost, and at which cuts.
    """
    found = []
    for number in range(times):
        moment = ANEW.randrange(len(run.records) // 10, len(run.records))
        ((_, disk),) = run.follow([moment])
        again = Recorded(run.real.parent / f"again-{number}", 8, OFTEN, after=disk)
        seed = ANEW.getrandbits(32)
        found += [
            f"seed {seed}, cut behind record {moment}, then {second}:\n{wrong}"
            for second, wrong in again.cut(judge, cuts, random.Random(seed))
            if wrong
        ]
    return found


@pytest.mark.long
def test_nothing_is_lost_when_the_power_goes_again_while_what_was_left_is_started_on(
    recorded: Callable[..., Recorded], judge: Judge
) -> None:
    assert lost_by_cutting_again(recorded(20, OFTEN), judge, 1, 5) == []


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_nothing_is_lost_over_two_hundred_second_cuts(
    recorded: Callable[..., Recorded], judge: Judge
) -> None:
    assert lost_by_cutting_again(recorded(60, OFTEN), judge, 20, 10) == []


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pragmas", [(), (OFTEN,)] * 5)
def test_nothing_acknowledged_is_lost_when_the_power_goes_at_fifty_moments_of_each_of_ten_runs(
    recorded: Callable[..., Recorded], judge: Judge, pragmas: tuple[str, ...]
) -> None:
    assert_nothing_is_lost(recorded(ANEW.randint(40, 300), *pragmas), judge, 50)
