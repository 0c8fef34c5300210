"""What only PostgreSQL has: a connection that can be cut, a lock that a dead writer loses, a place to be named."""

from __future__ import annotations

import pytest

from dcim.model.fact import Fact, FactKind
from dcim.secret import SecretRef
from dcim.store import (
    StateDirectoryInUse,
    StateDirectoryUnusable,
    StoreDamaged,
    StoreUnavailable,
    Work,
    place,
    reading,
    verify,
)
from dcim.store import postgresql as module
from dcim.store.database import POINTER, of
from dcim.store.postgresql import Postgresql

URL = "DCIM_TEST_POSTGRESQL"
REFERENCE = SecretRef.parse(f"env:{URL}")


def fact(name: str) -> Work:
    return Work(facts=(Fact(FactKind.ALERT, 1.0, name),))


@pytest.fixture
def postgres_only(backend):
    if backend == "sqlite":
        pytest.skip("about connections to PostgreSQL")


@pytest.mark.usefixtures("postgres_only")
class TestAConnectionThatIsCut:
    """Pains: D8."""

    async def test_the_work_in_hand_fails_and_the_next_is_written(self, store, state, sql):
        await store.commit(fact("before"))
        (gone,) = sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'dcim' AND pid <> pg_backend_pid()"
        )
        assert gone[0] >= 1
        with pytest.raises(StoreUnavailable, match=r"cannot write PostgreSQL \(env:DCIM_TEST_POSTGRESQL"):
            await store.commit(fact("cut"))
        assert store.status.failures == 1
        await store.commit(fact("after"))
        assert [entry.subject for entry in store.facts(kinds=(FactKind.ALERT,))] == ["before", "after"]
        assert verify(state, store.committed).holds

    async def test_two_daemons_on_two_machines_never_write_one_ledger(
        self, store, opened, tmp_path, state, monkeypatch
    ):
        monkeypatch.setattr(module, "PATIENCE", 1)
        elsewhere = tmp_path / "elsewhere"
        place(elsewhere, REFERENCE, of(state).schema)
        with pytest.raises(StateDirectoryInUse, match="in use by another dcim"):
            opened(elsewhere)
        await store.commit(fact("still mine"))
        store.close()
        assert opened(elsewhere).committed.epoch == 2


@pytest.mark.usefixtures("postgres_only")
def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path, opened, monkeypatch):
    monkeypatch.setenv("DCIM_GONE", "postgresql://dcim:hunter2@127.0.0.1:1/dcim")
    place(tmp_path / "gone", SecretRef.parse("env:DCIM_GONE"))
    with pytest.raises(StateDirectoryUnusable, match=r"cannot use PostgreSQL \(env:DCIM_GONE") as caught:
        opened(tmp_path / "gone")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(StateDirectoryUnusable, match="cannot use PostgreSQL"), reading(tmp_path / "gone"):
        pass


def test_a_connection_string_that_is_none_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("DCIM_ODD", "hunter2 is my password")
    place(tmp_path, SecretRef.parse("env:DCIM_ODD"))
    with pytest.raises(StateDirectoryUnusable, match="is no connection string") as caught:
        of(tmp_path).writer()
    assert "hunter2" not in str(caught.value)


def test_the_place_is_kept_as_a_reference_and_a_second_time_changes_nothing(tmp_path):
    place(tmp_path, REFERENCE, "rabat")
    before = (tmp_path / POINTER).read_text()
    place(tmp_path, REFERENCE, "rabat")
    assert (tmp_path / POINTER).read_text() == before == f'{{"url": "env:{URL}", "schema": "rabat"}}\n'
    assert of(tmp_path) == Postgresql(REFERENCE, "rabat")


def test_a_ledger_does_not_move_by_itself(tmp_path):
    place(tmp_path / "a", REFERENCE)
    for url, schema in ((None, "dcim"), (REFERENCE, "other")):
        with pytest.raises(StateDirectoryUnusable, match="does not move by itself"):
            place(tmp_path / "a", url, schema)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "dcim.db").touch()
    with pytest.raises(StateDirectoryUnusable, match=r"is kept in .*dcim\.db and does not move"):
        place(tmp_path / "b", REFERENCE)
    place(tmp_path / "b", None)


@pytest.mark.parametrize("said", ["", "{}", '{"url": "hunter2", "schema": "dcim"}', "[1]", '{"url": 1}'])
def test_a_pointer_that_says_nothing_is_damage(tmp_path, said):
    (tmp_path / POINTER).write_text(said)
    with pytest.raises(StoreDamaged, match="does not say where the database is") as caught:
        of(tmp_path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "Dcim", "a b", "x;drop schema y", "a" * 64, "1a"])
def test_a_schema_whose_name_needs_quotes_is_refused(name):
    with pytest.raises(ValueError, match="expected small letters"):
        Postgresql(REFERENCE, name)
