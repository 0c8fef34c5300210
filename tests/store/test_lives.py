"""Starts, stops, crashes and clocks, as the ledger tells them afterwards.

Pains: G2, K4, D8.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dcim.model.fact import Fact, FactKind
from dcim.store import (
    DATABASE,
    StateDirectoryForeign,
    StateDirectoryInUse,
    StateDirectoryUnusable,
    StoreDamaged,
    Work,
    WorkRefused,
    verify,
)
from dcim.store.database import of


def story(store, since=0):
    return [(entry.kind, entry.time, entry.read()) for entry in store.facts(since)]


def test_the_first_start_makes_the_directory_for_this_user_alone(opened, state, clock):
    store = opened(about={"version": "0.1.0"}, chain_id="c0ffee")
    assert story(store) == [("daemon_started", clock.wall, {"previous": "none", "version": "0.1.0"})]
    assert (store.committed.site, store.committed.chain, store.committed.epoch) == ("cas1", "c0ffee", 1)
    assert state.stat().st_mode & 0o777 == 0o700


async def test_after_a_clean_stop_the_time_between_is_blind(opened, clock):
    await opened().stop("signal TERM")
    clock.pass_time(3600)
    store = opened()
    assert story(store, since=1) == [
        ("daemon_stopped", clock.wall - 3600, {"why": "signal TERM"}),
        ("blind", clock.wall, {"from": clock.wall - 3600, "to": clock.wall, "reason": "stopped"}),
        ("daemon_started", clock.wall, {"previous": "clean"}),
    ]
    assert store.started[0].kind is FactKind.BLIND
    assert store.committed.epoch == 2


async def test_after_a_crash_the_time_since_the_last_heartbeat_is_blind(opened, clock, state):
    store = opened()
    clock.pass_time(10)
    await store.heartbeat(10.0)
    assert store.newest_fact((FactKind.HEARTBEAT,)).time == clock.wall
    await store.commit(Work(facts=(Fact(FactKind.ALERT, clock.wall - 4, "late"),)))
    store.close()
    clock.pass_time(100)
    again = opened()
    assert story(again, since=3) == [
        ("blind", clock.wall, {"from": clock.wall - 100, "to": clock.wall, "reason": "crash"}),
        ("daemon_started", clock.wall, {"previous": "crash"}),
    ]
    assert verify(state, again.committed).holds


async def test_a_clock_put_back_between_two_runs_leaves_a_valid_chain(opened, clock, state):
    store = opened()
    store.close()
    clock.wall -= 86_400
    again = opened()
    assert [kind for kind, *_ in story(again, since=1)] == ["clock_stepped", "blind", "daemon_started"]
    assert again.facts(since=1)[0].read()["offset"] == -86_400.0
    await again.commit(Work(facts=(Fact(FactKind.ALERT, clock.wall, "x"),)))
    assert verify(state, again.committed).holds


async def test_a_clock_that_jumps_while_it_runs_is_a_fact(opened, clock):
    store = opened()
    await store.heartbeat(10.0)
    clock.pass_time(10)
    clock.wall -= 3600
    await store.heartbeat(10.0)
    assert [kind for kind, *_ in story(store, since=2)] == ["clock_stepped", "heartbeat"]
    clock.pass_time(10)
    clock.wall += 3600
    await store.heartbeat(10.0)
    assert [kind for kind, *_ in story(store, since=4)] == ["clock_stepped", "blind", "heartbeat"]


async def test_a_stop_after_a_stall_says_so(opened, clock):
    store = opened()
    await store.heartbeat(10.0)
    clock.pass_time(600)
    await store.stop("signal TERM")
    assert [kind for kind, *_ in story(opened(), since=2)][:2] == ["blind", "daemon_stopped"]


async def test_there_is_no_heartbeat_before_the_first(store):
    assert store.newest_fact((FactKind.HEARTBEAT,)) is None


def test_a_second_daemon_is_told_who_holds_the_directory(opened, clock, state):
    store = opened()
    with pytest.raises(
        StateDirectoryInUse, match=rf"{state} is in use by another dcim \(pid {os.getpid()}\)"
    ):
        opened()
    assert len(store.facts()) == 1
    store.close()
    opened()


@pytest.mark.long
def test_a_killed_daemon_leaves_no_lock_behind(opened, state):
    """Pains: D8."""
    code = (
        "import sys, time; from pathlib import Path; from dcim.clock import SystemClock; from dcim.store import Store\n"
        "Store.open(Path(sys.argv[1]), 'cas1', SystemClock()); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(state)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StateDirectoryInUse, match=rf"pid {child.pid}\b"):
            opened()
        child.kill()
        child.wait()
    assert opened().committed.epoch == 2


def test_the_ledger_of_another_site_is_not_touched(opened, state):
    opened().close()
    with pytest.raises(StateDirectoryForeign, match="holds the ledger of site 'cas1', not of 'rba1'"):
        opened(site="rba1")
    assert opened().committed.epoch == 2


def test_a_site_that_is_no_name_is_refused_and_leaves_the_directory_free(opened):
    with pytest.raises(WorkRefused, match="expected a name without white space"):
        opened(site="Casa blanca")
    opened()


def test_a_path_that_is_a_file_is_unusable(opened, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateDirectoryUnusable, match=r"cannot use state directory .*: File exists"):
        opened(tmp_path / "file")
    with pytest.raises(StateDirectoryUnusable, match="Not a directory"):
        opened(tmp_path / "file" / "state")


@pytest.mark.skipif(os.geteuid() != 0, reason="root takes another user's identity in a child process")
def test_an_unwritable_directory_says_so_to_a_user_without_rights(tmp_path):
    tmp_path.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from dcim.clock import SystemClock\n"
        "from dcim.store import Store, StateDirectoryUnusable; import dcim.store.migrate\n"
        "os.setuid(65534)\n"
        "try: Store.open(Path(sys.argv[1]), 'cas1', SystemClock())\n"
        "except StateDirectoryUnusable as error: print(error)"
    )
    forbidden = tmp_path / "state"
    forbidden.mkdir(mode=0o755)
    said = subprocess.run(
        [sys.executable, "-c", code, str(forbidden)], capture_output=True, text=True, check=True
    )
    assert said.stdout == (
        f"cannot use state directory {forbidden}: Permission denied (as user 65534); "
        "make it writable for this user, or name another with --state\n"
    )


@pytest.mark.one_file
def test_a_file_that_is_no_database_is_damage_and_is_left_alone(opened, state):
    state.mkdir()
    (state / DATABASE).write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreDamaged, match="is no dcim database or is broken"):
        opened()
    assert (state / DATABASE).read_bytes() == b"not a database at all" * 500


def test_a_database_of_something_else_is_left_alone(opened, state, sql):
    state.mkdir(exist_ok=True)
    engine = of(state).writer()
    engine.connect().close()
    engine.dispose()
    sql("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreDamaged, match=r"tables that dcim did not make \(songs\)"):
        opened()


async def test_facts_that_went_lost_are_said_in_the_next_start_and_found_by_verify(opened, state, sql):
    store = opened()
    await store.commit(Work(facts=tuple(Fact(FactKind.ALERT, 1.0, str(n)) for n in range(5))))
    store.close()
    sql("DELETE FROM facts WHERE sequence > 4")
    assert [str(fault) for fault in verify(state).faults] == [
        "fact 6: cut: a kept head stands here, but the chain ends at 4"
    ]
    again = opened()
    assert again.facts(since=4)[-1].read()["lost"] == [5, 6]
    assert [str(fault) for fault in verify(state).faults] == ["fact 5: missing: facts 5 to 6 are not there"]


def test_facts_that_the_writer_never_committed_stop_the_start(opened, state, sql):
    opened().close()
    sql(
        "INSERT INTO facts SELECT 2, site, chain, epoch, schema, at, kind, subject, body, previous, hash FROM facts",
    )
    with pytest.raises(StoreDamaged, match="holds facts 2 to 2 that its writer never committed"):
        opened()
    kinds = [fault.kind.value for fault in verify(state).faults]
    assert "beyond" in kinds
