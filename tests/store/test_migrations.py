"""The schema's history: from nothing, from the first version, and never from a newer one."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, select

from dcim.ledger import FaultKind, Head
from dcim.model import Memory
from dcim.store import DATABASE, StoreDamaged, StoreTooNew, Work, reading, verify
from dcim.store.database import of
from dcim.store.migrate import SCRIPTS, check_revision, migrate, revision
from dcim.store.schema import REVISION, metadata, outbox

FIRST_FACTS = """
INSERT INTO chain (id, site, chain, epoch, sequence, hash, last_message) VALUES (1, 'cas1', 'c0ffee', 1, 2,
 '{second}', 7);
INSERT INTO facts (sequence, site, chain, epoch, schema, at, kind, subject, body, previous, hash) VALUES
 (1, 'cas1', 'c0ffee', 1, 1, 1764000000000000, 'daemon_started', 'cas1', '{{"previous":"none"}}', '{zeros}', '{first}'),
 (2, 'cas1', 'c0ffee', 1, 1, 1764000010000000, 'heartbeat', 'cas1', '{{"lasts":10.0}}', '{first}', '{second}');
INSERT INTO alerts (key, open, at, body) VALUES ('ups-a on_battery', true, 1764000005000000, '{{"phase":"active"}}');
INSERT INTO device_states (asset, state, at, body) VALUES ('ups-a', 'up', 1764000005000000, '{{}}');
INSERT INTO outbox (id, channel, dedup_key, message_id, body, created, due, attempts, state, settled, last_error)
 VALUES (7, 'mail', 'ups-a on_battery', '<7@cas1>', '{{}}', 1764000005000000, 1764000005000000, 3, 'pending', NULL, 'no');
"""
FIRST_HASH = "095b15e46ff1d85ebe53c7e96add761d22e64b47a0c5cb82385d8c6cc571548c"
SECOND_HASH = "77b576e3d1160aa07d6c6fd0900b41616cbbad6a2b1276e39d937c9532bb7d1f"


@pytest.fixture
def engine(state):
    state.mkdir(exist_ok=True)
    it = of(state).writer()
    yield it
    it.dispose()


def test_the_newest_revision_is_the_one_the_code_is_written_for():
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == REVISION


def test_the_migrations_make_exactly_the_tables_of_the_code(engine, state):
    with engine.begin() as connection:
        migrate(connection, state / DATABASE, target="0001")
        migrate(connection, state / DATABASE)
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


SCHEMA_OF = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master",),
    "postgresql": (
        "SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, "
        "character_maximum_length FROM information_schema.columns WHERE table_schema = current_schema()",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    ),
}


def made(engine, state, *targets):
    """Return all that a database holds after it was brought to each of these revisions."""
    with engine.connect() as connection:
        for target in targets:
            migrate(connection, state / DATABASE, target=target)
        there = SCHEMA_OF[connection.dialect.name]
        schema = [tuple(row) for statement in there for row in connection.exec_driver_sql(statement)]
        found = set(schema), connection.exec_driver_sql("SELECT * FROM alembic_version").all()
        connection.rollback()
    return found


def test_a_new_database_is_the_same_to_the_letter_as_one_that_went_through_all_versions(engine, state):
    assert made(engine, state, REVISION) == made(engine, state, "0001", REVISION)


def test_the_comparison_would_find_a_difference(engine, state):
    with engine.begin() as connection:
        migrate(connection, state / DATABASE)
        connection.exec_driver_sql("ALTER TABLE alerts ADD COLUMN extra TEXT")
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []


def test_a_migration_that_does_not_finish_leaves_nothing(engine, state):
    with engine.connect() as connection:
        migrate(connection, state / DATABASE)
        assert revision(connection) == REVISION
        connection.rollback()
    with engine.begin() as connection:
        assert revision(connection) is None


def test_a_database_at_the_newest_revision_is_left_alone(engine, state):
    with engine.begin() as connection:
        migrate(connection, state / DATABASE)
        said = []
        event.listen(connection, "before_cursor_execute", lambda *about: said.append(about[2].split()[0]))
        migrate(connection, state / DATABASE)
        assert set(said) == {"SELECT"} or set(said) == {"PRAGMA", "SELECT"}
        assert connection.execute(select(outbox)).all() == []


def test_a_database_of_the_first_version_is_carried_over_with_all_it_holds(engine, state, opened, clock, sql):
    with engine.begin() as connection:
        migrate(connection, state / DATABASE, target="0001")
    engine.dispose()
    script = FIRST_FACTS.format(zeros="0" * 64, first=FIRST_HASH, second=SECOND_HASH)
    sql(*(statement for statement in script.split(";\n") if statement.strip()))
    clock.pass_time(60)
    store = opened()
    assert [entry.kind for entry in store.facts()] == [
        "daemon_started",
        "heartbeat",
        "blind",
        "daemon_started",
    ]
    assert [row.key for row in store.open_alerts()] == ["ups-a on_battery"]
    assert [row.asset for row in store.device_states()] == ["ups-a"]
    assert [(queued.id, queued.attempts) for queued in store.due_outbox(1764000005.0)] == [(7, 3)]
    assert store.memories("alert") == []
    store.commit_now(Work(memories=(Memory("alert", "ups-a on_battery", {"phase": "raised"}),)))
    assert len(store.memories("alert")) == 1
    report = verify(state, Head("cas1", "c0ffee", 1, 2, SECOND_HASH))
    assert {fault.kind for fault in report.faults} == {FaultKind.ROW_ADDED}  # this chain has no facts of them


def test_a_database_of_a_newer_version_is_refused_and_left_alone(opened, state, sql):
    opened().close()
    sql("UPDATE alembic_version SET version_num = '9999'")
    before = sql("SELECT * FROM chain")
    with pytest.raises(
        StoreTooNew, match=r"written by a newer dcim \(schema 9999, this version knows up to "
    ):
        opened()
    with pytest.raises(StoreTooNew):
        verify(state)
    assert sql("SELECT * FROM chain") == before


def test_an_empty_database_becomes_a_store_but_cannot_be_read_before(opened, state, backend):
    state.mkdir(exist_ok=True)
    if backend == "sqlite":
        (state / DATABASE).touch()
    with pytest.raises(StoreDamaged, match="holds nothing yet"), reading(state):
        pass
    assert opened().committed.sequence == 1


def test_a_database_of_an_older_version_can_be_read_after_one_start(engine, state):
    with engine.begin() as connection:
        migrate(connection, state / DATABASE, target="0001")
        with pytest.raises(
            StoreDamaged, match=r"of an older dcim \(schema 0001\); start this dcim on it once"
        ):
            check_revision(connection, state / DATABASE, wanted="0002")
