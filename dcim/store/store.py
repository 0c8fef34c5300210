"""The store of one running daemon: what it opens, how it lives, how it ends."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from dcim.clock import Clock
from dcim.ledger.canonical import NotCanonical
from dcim.ledger.chain import Head, genesis
from dcim.ledger.life import SIGNS, WATCHED, Beat, Counted, Lost, on_beat, on_start, on_stop
from dcim.ledger.signed import HEARTBEAT, HOUR, STOP, SignedHead, Signer
from dcim.model.fact import Body, Fact, FactKind
from dcim.record import dataclass
from dcim.store.apply import Position, position, write
from dcim.store.database import Database, of
from dcim.store.ended import counted
from dcim.store.errors import StateDirectoryForeign, StoreDamaged, StoreError, WorkRefused
from dcim.store.lock import StateLock
from dcim.store.mailbox import Mailbox
from dcim.store.migrate import migrate
from dcim.store.prepare import prepare, prepare_in_turns
from dcim.store.read import Reads, newest
from dcim.store.schema import chain, facts
from dcim.store.work import Receipt, Work
from dcim.store.writer import Status, Writer

_NOTHING: Body = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a start found and wrote."""

    at: Position
    started: tuple[Fact, ...]


class Store(Reads):
    """Facts, alerts, device states and the outbox of one site, held by this process alone.

    Open it with ``Store.open``; end it with ``stop`` (a clean stop is a fact) or ``close`` (it is not).
    ``commit``, ``heartbeat`` and ``stop`` belong to the event loop, the reads to any thread.
    """

    def __init__(self, clock: Clock, lock: StateLock, reads: Engine, writes: Writer, taken: _Taken) -> None:
        super().__init__(reads, writes.database)
        self._clock = clock
        self._lock = lock
        self._engine = reads
        self._writer = writes
        self._site = taken.at.head.site
        self._open = True
        self._beat = Beat(clock.now(), clock.monotonic(), float("inf"))
        self._lost: Lost | None = None
        self._ends_clean = True
        self._looked: Callable[[], Mapping[str, float]] | None = None
        self._signed_hour = _hour(clock.now())
        self._mailbox: Mailbox | None = None
        self.started = taken.started
        """The facts of this start: a clock that went back, blind time, ``daemon_started``."""

    @classmethod
    def open(
        cls, directory: Path, site: str, clock: Clock, chain_id: str | None = None, about: Body = _NOTHING
    ) -> Store:
        """Take the directory, bring its database up to date, record the start and the time nobody watched.

        ``about`` (the version, say) joins the body of ``daemon_started``; ``chain_id`` names a new chain
        (random when None). Blocks for a moment: call it before the loop has work. Raises
        ``StateDirectoryInUse``, ``StateDirectoryUnusable``, ``StateDirectoryForeign``, ``StoreTooNew``,
        ``StoreDamaged``, ``StoreFull``; nothing is held after that.
        """
        lock = StateLock(directory)
        with _let_go_on_failure(lock.release):
            database = of(directory)
            engine = database.writer()
        with _let_go_on_failure(engine.dispose, lock.release):
            try:
                name = chain_id or secrets.token_hex(8)
                taken = _take_over(engine, database, site, name, clock.now(), about)
                writes = Writer(engine, database, taken.at, clock.monotonic)
                store = cls(clock, lock, database.reader(), writes, taken)
            except SQLAlchemyError as error:
                raise database.on_open(error) from error
        writes.start()
        return store

    async def commit(self, work: Work) -> Receipt:
        """Write the work and return once it is on disk; errors as ``dcim.store.contract.Commits`` says.

        Cancelled before the writer took it, nothing is written; after that, it is.
        """
        loop = asyncio.get_running_loop()
        if self._mailbox is None or self._mailbox.loop is not loop:
            self._mailbox = Mailbox(loop)
        return await self._mailbox.wait(self._writer.submit(await prepare_in_turns(work)))

    def commit_now(self, work: Work) -> Receipt:
        """Write the work and block until it is on disk: for threads and programs without a loop."""
        return self._writer.submit(prepare(work)).result()

    @property
    def committed(self) -> Head:
        """The head of what is on disk, without asking the database."""
        return self._writer.head

    @property
    def signed(self) -> SignedHead | None:
        """The newest head that this process signed and has on disk; None before the first."""
        return self._writer.signed

    def sign_with(self, signer: Signer) -> None:
        """Have heads signed from now on."""
        self._writer.signer = signer

    def tell_signed(self, tell: Callable[[SignedHead], None]) -> None:
        """Have ``tell`` hear of every head that is signed, in another thread; it returns at once."""
        self._writer.on_signed = tell

    @property
    def status(self) -> Status:
        """Whether the store can write, and its counters."""
        return self._writer.status

    def beat(self, lasts: float) -> Work:
        """Return the record that the daemon watches, and that the next one comes within ``lasts`` seconds.

        Also of what the clocks show since the one before: a step, a stall, something that was lost. It says
        that all before it is on disk: write it behind everything that became true by now, however late.
        """
        now = Beat(self._clock.now(), self._clock.monotonic(), lasts)
        hour = _hour(now.wall)
        why = HEARTBEAT if hour == self._signed_hour else HOUR
        work = Work(facts=on_beat(self._site, self._beat, now, self._lost), sign=why)
        self._beat, self._lost, self._signed_hour = now, None, hour
        return work

    def lose(self, lost: Lost) -> None:
        """Have the next heartbeat or stop say that something of this time will never be written."""
        self._lost = lost.and_(self._lost)

    def end_unclean(self) -> None:
        """Have no clean stop recorded: what became true last is not on disk.

        The next start then calls it a crash, and all since the last fact that is there was blind.
        """
        self._ends_clean = False

    def looks(self, looked: Callable[[], Mapping[str, float]]) -> None:
        """Have a clean stop say what was not seen any more.

        ``looked`` returns when the last of all that shows how a service stands had been looked at (UTC
        seconds), for each that is looked at.
        """
        self._looked = looked

    async def heartbeat(self, lasts: float) -> Receipt:
        """Write a heartbeat at once: for whoever has everything on disk that became true before.

        When it cannot be written, the time since the one before counts as lost.
        """
        before = self._beat, self._lost, self._signed_hour
        work = self.beat(lasts)
        try:
            return await self.commit(work)
        except Exception:
            self._beat, self._lost, self._signed_hour = before
            self.lose(Lost(self._beat.wall, self._beat.wall))
            raise

    async def stop(self, why: str) -> None:
        """Record a clean stop and let the directory go, even when it cannot be written (it then raises)."""
        try:
            if self._open and self._ends_clean:
                now = Beat(self._clock.now(), self._clock.monotonic(), 0.0)
                services = await asyncio.to_thread(self._unlooked, now.wall)
                facts = on_stop(self._site, self._beat, now, self._lost, why, services)
                await self.commit(Work(facts=facts, sign=STOP))
        finally:
            await asyncio.to_thread(self.close)

    def _unlooked(self, ended: float) -> Mapping[str, Counted] | None:
        """Return how each service was looked at last; None where nobody says so, or it cannot be read."""
        if self._looked is None:
            return None
        looked = self._looked()
        with suppress(StoreError), self._reading() as connection:
            known = counted(connection, ended)
            return {name: one._replace(looked=looked.get(name, -inf)) for name, one in known.items()}
        return None

    def close(self) -> None:
        """Write what was taken and let the directory go: no clean stop, the next start calls it a crash."""
        if not self._open:
            return
        self._open = False
        self._writer.close()
        self._engine.dispose()
        self._lock.release()


def _hour(wall: float) -> int:
    """Return the number of the hour of UTC."""
    return int(wall // 3600)


@contextmanager
def _let_go_on_failure(*steps: Callable[[], None]) -> Iterator[None]:
    """Run the steps when the block fails: nothing stays held."""
    try:
        yield
    except BaseException:
        for step in steps:
            step()
        raise


def _take_over(
    engine: Engine, database: Database, site: str, chain_id: str, now: float, about: Body
) -> _Taken:
    """Begin a new epoch and record the start, in one transaction with the migration."""
    with engine.begin() as connection:
        migrate(connection, str(database))
        found = position(connection) or _begin(connection, site, chain_id)
        if found.head.site != site:
            msg = (
                f"{database} holds the ledger of site {found.head.site!r}, not of {site!r}; "
                "name another directory with --state or put the site's id in the configuration right"
            )
            raise StateDirectoryForeign(msg)
        about = {**about, **_missing(connection, found, database)}
        at = _next_epoch(connection, found)
        last, sign = newest(connection, WATCHED), newest(connection, SIGNS)
        ended = max((one.time for one in (last, sign) if one), default=now)
        run = newest(connection, (FactKind.DAEMON_STARTED,))
        services = counted(connection, ended, run.time if run else -inf)
        started = on_start(site, last, sign, now, about, services)
        at, _ = write(connection, database, at, [prepare(Work(facts=started))])
    return _Taken(at, started)


def _begin(connection: Connection, site: str, chain_id: str) -> Position:
    try:
        head = genesis(site, chain_id)
    except NotCanonical as error:
        raise WorkRefused(str(error)) from error
    row = {
        "id": 1,
        "site": site,
        "chain": chain_id,
        "epoch": 0,
        "sequence": 0,
        "hash": head.hash,
        "last_message": 0,
    }
    connection.execute(insert(chain), row)
    return Position(head, 0, 0)


def _next_epoch(connection: Connection, found: Position) -> Position:
    epoch = found.epoch + 1
    connection.execute(update(chain).where(chain.c.epoch == found.epoch).values(epoch=epoch))
    return Position(found.head, epoch, found.last_message)


def _missing(connection: Connection, found: Position, database: Database) -> Mapping[str, Sequence[int]]:
    """Compare the facts with the head beside them: lost ones are said in the start, alien ones stop it."""
    last = connection.scalar(select(func.max(facts.c.sequence))) or 0
    if last > found.head.sequence:
        msg = (
            f"{database} holds facts {found.head.sequence + 1} to {last} that its writer never committed: "
            "put a backup in its place, and keep this file for the auditor"
        )
        raise StoreDamaged(msg)
    return {"lost": (last + 1, found.head.sequence)} if last < found.head.sequence else {}
