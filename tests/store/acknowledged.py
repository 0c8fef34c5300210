"""What a process that ended at a random moment had been told, and what must be true of what it left."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dcim.clock import SystemClock
from dcim.ledger import Head
from dcim.model.fact import FactKind
from dcim.store import Store, verify


@dataclass
class Acknowledged:
    """What the process was told is on disk."""

    names: dict[str, tuple[int, int]] = field(default_factory=dict)  # sequence and message
    heads: list[Head] = field(default_factory=list)

    def note(self, line: str) -> None:
        word, name, sequence, message, head = line.split(maxsplit=4)
        assert word == "ack"
        self.names[name] = (int(sequence), int(message))
        self.heads.append(Head.parse(head))


def check(state: Path, acknowledged: Acknowledged, epoch_before: int) -> int:
    """Start again on what was left; return the epoch."""
    before = verify(state, *acknowledged.heads) if acknowledged.heads else None
    assert before is None or before.faults == (), before
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
            last = facts[len(facts) - len(store.started)]
            why = "stopped" if last.kind == FactKind.DAEMON_STOPPED else "crash"
            assert [fact.kind for fact in store.started] == [FactKind.BLIND, FactKind.DAEMON_STARTED]
            assert store.started[0].body["reason"] == why
            begun = store.started[0].body["from"]
            assert isinstance(begun, float | int)
            assert begun >= last.time
            assert store.started[1].body["previous"] == ("clean" if why == "stopped" else why)
            assert "lost" not in store.started[1].body
    finally:
        store.close()
    report = verify(state, *acknowledged.heads)
    assert report.faults == (), report
    return store.committed.epoch
