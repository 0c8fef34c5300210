"""``dcim ledger`` as scripts and auditors use it. Pains: K1, K3."""

from __future__ import annotations

import json
import shlex
import sqlite3

import pytest
from typer.testing import CliRunner

from dcim.cli.auditing.ledger import ledger
from dcim.clock import SystemClock
from dcim.evidence.custody import Custody
from dcim.ledger import Head
from dcim.model.fact import Fact, FactKind
from dcim.store import DATABASE, Store, Work


@pytest.fixture
def state(tmp_path):
    """The state directory of a daemon that was stopped."""
    store = Store.open(tmp_path / "state", "cas1", SystemClock())
    store.commit_now(Work(facts=tuple(Fact(FactKind.ALERT, 1.0, str(n)) for n in range(9))))
    store.close()
    return tmp_path / "state"


def run(*arguments):
    return CliRunner().invoke(ledger, [str(argument) for argument in arguments])


def sql(state, statement):
    connection = sqlite3.connect(state / DATABASE)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_ledger_that_holds_exits_0_and_says_what_it_could_not_see(state):
    done = run("verify", "--state", state)
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "10 facts: the chain holds"
    assert "no kept head or key was given" in done.output


def test_a_kept_head_goes_from_head_to_verify(state):
    kept = run("head", "--state", state).output.strip()
    assert Head.parse(kept).sequence == 10
    done = run("verify", "--state", state, "--head", kept)
    assert (done.exit_code, "no kept head or key" in done.output) == (0, False)
    sql(state, "UPDATE chain SET sequence = 9, hash = (SELECT hash FROM facts WHERE sequence = 9)")
    sql(state, "DELETE FROM facts WHERE sequence = 10")
    assert run("verify", "--state", state).exit_code == 0
    cut = run("verify", "--state", state, "--head", kept)
    assert cut.exit_code == 1
    assert "fact 10: cut: a kept head stands here, but the chain ends at 9" in cut.output


def test_faults_are_listed_and_exit_1(state):
    sql(state, "UPDATE facts SET body = '{}', kind = 'blind' WHERE sequence = 5")
    done = run("verify", "--state", state)
    assert done.exit_code == 1
    assert done.output.splitlines()[:2] == [
        "fact 5: altered: the content does not have its hash",
        "10 facts: the chain does not hold: 1 fault",
    ]
    said = json.loads(run("verify", "--state", state, "--json").output)
    assert (said["holds"], said["fault_count"]) == (False, 1)
    assert said["faults"] == [
        {"kind": "altered", "sequence": 5, "what": "the content does not have its hash"}
    ]


def test_json_says_where_the_chain_ends(state):
    said = json.loads(run("verify", "--state", state, "--json").output)
    assert (said["holds"], said["facts"], said["head"]["sequence"]) == (True, 10, 10)
    assert json.loads(run("head", "--state", state, "--json").output) == said["head"]


def test_many_faults_are_counted(state):
    sql(state, "UPDATE facts SET site = 'rba1'")
    sql(
        state,
        "INSERT INTO facts SELECT sequence + 10, site, chain, epoch, schema, at, kind, subject, body, previous, hash FROM facts",
    )
    for power in (20, 40, 80, 160, 320, 640):
        sql(
            state,
            f"INSERT INTO facts SELECT sequence + {power}, site, chain, epoch, schema, at, kind, subject, body, previous, hash FROM facts",
        )
    done = run("verify", "--state", state)
    assert done.exit_code == 1
    assert any(line.startswith("and ") and line.endswith(" more") for line in done.output.splitlines())


@pytest.mark.parametrize("command", ["verify", "head"])
def test_a_directory_that_is_none_says_so(tmp_path, command):
    done = run(command, "--state", tmp_path)
    assert done.exit_code == 1
    assert "is no state directory" in done.output
    said = json.loads(run(command, "--state", tmp_path, "--json").output)
    assert "is no state directory" in said["error"]


def test_an_empty_ledger_has_no_head(state):
    sql(state, "DELETE FROM facts")
    sql(state, "DELETE FROM chain")
    done = run("head", "--state", state)
    assert (done.exit_code, done.output) == (1, "the ledger is empty\n")
    assert run("head", "--state", state, "--json").output == "null\n"
    said = json.loads(run("verify", "--state", state, "--json").output)
    assert said["head"] is None


def test_a_head_that_is_none_is_wrong_usage(state):
    done = run("verify", "--state", state, "--head", "abc")
    assert done.exit_code == 2
    assert "is no head" in done.output


def test_the_folder_of_a_demo_is_as_good_as_the_state_directory_in_it(state):
    kept = run("head", "--state", state).output
    assert run("head", "--state", state.parent).output == kept


def test_a_bundle_of_the_folder_of_a_demo_is_signed_as_one_of_the_directory_in_it(state):
    clock = SystemClock()
    store = Store.open(state, "cas1", clock)
    pen = Custody(state, store, clock).begin()
    store.close()
    for number, folder in enumerate((state, state.parent)):
        done = run("export", "--state", folder, "--out", state.parent / f"bundle-{number}", "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.output)["signed_by"] == pen.key_id
    done = run("export", "--state", state, "--out", state.parent / "l'audit de mai")
    (check,) = (line for line in done.output.splitlines() if line.startswith("check it: "))
    out = str(state.parent / "l'audit de mai")
    words = shlex.split(check.removeprefix("check it: "))
    assert words[:3] == ["python3", f"{out}/verify.py", out], "what is printed can be pasted into a shell"
