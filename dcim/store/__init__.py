"""The store: facts, alerts, device states and the outbox in one database, written by one thread."""

from dcim.store.check import Report, held_in, reading, verify
from dcim.store.contract import Books, Commits, Outbox
from dcim.store.database import DATABASE, Database, place
from dcim.store.errors import (
    WAITS,
    CommitFailed,
    Fenced,
    StateDirectoryForeign,
    StateDirectoryInUse,
    StateDirectoryUnusable,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreTooNew,
    StoreUnavailable,
    WorkRefused,
)
from dcim.store.prepare import ready
from dcim.store.read import Reads
from dcim.store.store import Store
from dcim.store.work import (
    AlertRow,
    Attempt,
    DeviceState,
    Message,
    MessageState,
    Outcome,
    Queued,
    Receipt,
    Work,
)
from dcim.store.writer import Status

__all__ = [
    "DATABASE",
    "WAITS",
    "AlertRow",
    "Attempt",
    "Books",
    "CommitFailed",
    "Commits",
    "Database",
    "DeviceState",
    "Fenced",
    "Message",
    "MessageState",
    "Outbox",
    "Outcome",
    "Queued",
    "Reads",
    "Receipt",
    "Report",
    "StateDirectoryForeign",
    "StateDirectoryInUse",
    "StateDirectoryUnusable",
    "Status",
    "Store",
    "StoreBusy",
    "StoreClosed",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreTooNew",
    "StoreUnavailable",
    "Work",
    "WorkRefused",
    "held_in",
    "place",
    "reading",
    "ready",
    "verify",
]
