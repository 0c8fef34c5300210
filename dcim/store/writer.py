"""The one thread that writes. Whatever waits when it is free goes to disk together.

    commit(a) --.                        transaction 1: a          (fsync)
    commit(b) --+--> waiting --> writer  transaction 2: b, c, d    (fsync)    one fsync for many works
    commit(c) --+
    commit(d) --'

When a group fails for something in it, its works are tried again one by one, so that a bad one fails alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from dcim.ledger.chain import Head
from dcim.ledger.signed import SignedHead, Signer
from dcim.record import dataclass, field, replace
from dcim.store.apply import Position, position, write
from dcim.store.database import Database
from dcim.store.errors import CommitFailed, Fenced, StoreBusy, StoreClosed, WorkRefused
from dcim.store.prepared import Prepared
from dcim.store.work import Receipt

MOST_WAITING = 10_000  # works
HEAVIEST_WAITING = 64 << 20  # bytes
LARGEST_GROUP = 2_000  # works of one transaction
HEAVIEST_GROUP = 8 << 20  # bytes

_Job: TypeAlias = "tuple[Prepared, Future[Receipt]]"


@dataclass(frozen=True, slots=True)
class Status:
    """How the writer is. ``error`` is why the last transaction failed, empty when it did not.

    ``since`` is the monotonic time of the first failure of an unbroken row of them. ``waiting`` counts works,
    the others count since the start: ``failures`` are transactions that could not be written, ``refused``
    works that were wrong in themselves.
    """

    error: str = ""
    since: float | None = None
    waiting: int = 0
    facts: int = 0
    works: int = 0
    transactions: int = 0
    failures: int = 0
    refused: int = 0


@dataclass(slots=True)
class Writer:
    """Owns the writing connection from ``start`` to ``close``. ``submit`` may be called from any thread."""

    engine: Engine
    database: Database
    at: Position
    monotonic: Callable[[], float]
    signer: Signer | None = None
    signed: SignedHead | None = None
    """The newest signed head on disk."""

    on_signed: Callable[[SignedHead], None] = lambda _signed: None
    """Told of every head that was signed, in this thread: it returns at once and never raises."""

    _jobs: deque[_Job] = field(default_factory=deque)
    _weight: int = 0
    _closing: bool = False
    _over: CommitFailed | None = None
    _stale: bool = False
    _status: Status = field(default_factory=Status)
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to take works."""
        self._thread = threading.Thread(target=self._run, name="dcim-store", daemon=True)
        self._thread.start()

    @property
    def head(self) -> Head:
        """The head of what is on disk."""
        return self.at.head

    @property
    def status(self) -> Status:
        """How the writer is."""
        return replace(self._status, waiting=len(self._jobs))

    def submit(self, work: Prepared) -> Future[Receipt]:
        """Queue a work. ``StoreBusy`` when too much waits, ``StoreClosed`` or ``Fenced`` at the end."""
        future: Future[Receipt] = Future()
        with self._wake:
            if self._over is not None:
                raise _again(self._over)
            if self._closing:
                msg = "the store is closed"
                raise StoreClosed(msg)
            if len(self._jobs) >= MOST_WAITING or (
                self._jobs and self._weight + work.weight > HEAVIEST_WAITING
            ):
                msg = f"{len(self._jobs)} works wait for the disk already; this one was not taken"
                raise StoreBusy(msg)
            self._jobs.append((work, future))
            self._weight += work.weight
            self._wake.notify()
        return future

    def close(self) -> None:
        """Write what was taken, then stop. A second call does nothing."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        self.engine.dispose()

    def _run(self) -> None:
        while (group := self._take()) is not None:
            if group:
                self._write(group)

    def _take(self) -> list[_Job] | None:
        """Wait for works and return the next group (without the cancelled), None when nothing will come."""
        with self._wake:
            while not self._jobs:
                if self._closing:
                    return None
                self._wake.wait()
            group: list[_Job] = []
            weight = 0
            while self._jobs and len(group) < LARGEST_GROUP and weight < HEAVIEST_GROUP:
                work, future = self._jobs.popleft()
                self._weight -= work.weight
                if future.set_running_or_notify_cancel():
                    group.append((work, future))
                    weight += work.weight
            return group

    def _write(self, group: list[_Job]) -> None:
        """Bring a group to disk and tell each waiter; never raises."""
        try:
            receipts = self._commit([work for work, _ in group])
        except WorkRefused as error:
            if len(group) > 1:
                for job in group:
                    self._write([job])
                return
            self._status = replace(self._status, refused=self._status.refused + 1)
            _fail(group, error)
        except CommitFailed as error:
            since = self.monotonic() if self._status.since is None else self._status.since
            failures = self._status.failures + 1
            self._status = replace(self._status, error=str(error), since=since, failures=failures)
            _fail(group, error)
        else:
            for (_, future), receipt in zip(group, receipts, strict=True):
                future.set_result(receipt)

    def _commit(self, works: list[Prepared]) -> list[Receipt]:
        """Write works in one transaction. Any failure leaves the database as it was."""
        if self._over is not None:
            raise _again(self._over)
        try:
            with self.engine.begin() as connection:
                at = self._look_again(connection) if self._stale else self.at
                now, receipts = write(connection, self.database, at, works, self.signer)
        except Fenced as error:
            self._over = error
            raise
        except SQLAlchemyError as error:
            self._stale = True  # whether the commit itself arrived is for the database to say
            raise self.database.on_commit(error) from error
        except CommitFailed:
            raise
        except Exception as error:
            self._stale = True
            msg = f"could not be written: {type(error).__name__}: {error}"
            raise WorkRefused(msg) from error
        self.at, self._stale = now, False
        self._sign_on(works, receipts)
        self._status = replace(
            self._status,
            error="",
            since=None,
            facts=self._status.facts + now.head.sequence - at.head.sequence,
            works=self._status.works + len(works),
            transactions=self._status.transactions + 1,
        )
        return receipts

    def _sign_on(self, works: list[Prepared], receipts: list[Receipt]) -> None:
        """Sign with the newest key from now on; tell what was signed."""
        for work, receipt in zip(works, receipts, strict=True):
            self.signer = work.signer or self.signer
            if receipt.signed is not None:
                self.signed = receipt.signed
                self.on_signed(receipt.signed)

    def _look_again(self, connection: Connection) -> Position:
        """Return where the chain ends, after a transaction whose fate was not told."""
        found = position(connection)
        if found is None or found.epoch != self.at.epoch:
            msg = f"another writer took the chain over from epoch {self.at.epoch}; this one stops writing"
            raise Fenced(msg)
        return found


def _fail(group: list[_Job], error: CommitFailed) -> None:
    for _, future in group:
        future.set_exception(_again(error))


def _again(error: CommitFailed) -> CommitFailed:
    """Return the same error anew: one that is raised twice would gather the tracebacks of both."""
    other = type(error)(*error.args)
    other.__cause__ = error.__cause__
    return other
