"""Every error the store raises on purpose.

* StoreError
  - StateDirectoryInUse       another daemon holds this state directory
  - StateDirectoryUnusable    it cannot be made, read or written
  - StateDirectoryForeign     it holds the ledger of another site
  - StoreTooNew               a newer dcim wrote it
  - StoreDamaged              the database file is not one, or is broken
  - CommitFailed              nothing of this work was written
    + WorkRefused             this work is wrong in itself; the same again fails again
    + StoreUnavailable        the store cannot write now; the same again may work later
      - StoreFull             no space left
      - StoreBusy             too much is waiting already
    + Fenced                  another writer took over: this one may never write again
    + StoreClosed             the store was closed
"""

from __future__ import annotations

from typing import Final

from dcim.model import DcimError


class StoreError(DcimError):
    """Base of the store's errors."""


class StateDirectoryInUse(StoreError):
    """Another daemon holds this state directory; the text names its pid."""


class StateDirectoryUnusable(StoreError):
    """The state directory cannot be made, read or written; the text says why and as whom."""


class StateDirectoryForeign(StoreError):
    """The state directory holds the ledger of another site."""


class StoreTooNew(StoreError):
    """A newer dcim wrote this database; this one would misread it."""


class StoreDamaged(StoreError):
    """The database file is broken or is no database of ours."""


class CommitFailed(StoreError):
    """Nothing of this work was written."""


class WorkRefused(CommitFailed):
    """This work is wrong in itself: the same again fails again."""


class StoreUnavailable(CommitFailed):
    """The store cannot write now; the same work may be given again later."""


WAITS: Final = ": nothing is lost so far, and no message goes out; free some space"
"""What follows of a full disk while the daemon runs; when it ends, what waited is lost after all."""


class StoreFull(StoreUnavailable):
    """No space left where the state directory stands."""

    @classmethod
    def at(cls, place: object) -> StoreFull:
        """Return the error of a database, with what follows from it."""
        return cls(f"no space left for {place}{WAITS}")

    @classmethod
    def closed(cls, place: object) -> StoreFull:
        """Return the error of a database that could not be opened: nothing waits in memory yet."""
        return cls(f"no space left for {place}: it cannot be opened, and nothing runs until some is free")


class StoreBusy(StoreUnavailable):
    """Too many works wait already; this one was not taken."""


class Fenced(CommitFailed):
    """Another writer took over the chain: this store may never write again."""


class StoreClosed(CommitFailed):
    """The store was closed before it took this work."""
