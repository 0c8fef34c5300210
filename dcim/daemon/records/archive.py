"""What people want of recordings, and the record of who did. Fulfils ``dcim.web.api.recordings.Keeper``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dcim.daemon.people.deeds import did
from dcim.daemon.records.recordings import Recordings, Wanted
from dcim.people import People
from dcim.recording.manifest import Manifest
from dcim.store import Work
from dcim.web.api.recordings import Wish
from dcim.web.view.acting import Caller


class Archive:
    """The recordings of a running daemon. ``now`` gives UTC seconds, ``note`` takes what goes on record."""

    def __init__(
        self, recordings: Recordings, people: People, now: Callable[[], float], note: Callable[[Work], None]
    ) -> None:
        self._recordings = recordings
        self._people = people
        self._now = now
        self._note = note

    def listed(self) -> Sequence[Manifest]:
        """Return what is kept or being made, the newest first."""
        return self._recordings.listed()

    def keep(self, wish: Wish, caller: Caller) -> Manifest:
        """Keep a time, and record who wanted it; raise RecordingRefused for what makes no sense."""
        start, end = wish.start.timestamp(), wish.end.timestamp()
        made = self._recordings.keep(Wanted(wish.name, start, end, tuple(wish.devices), wish.why))
        self._did("record", wish.name, caller)
        return made

    def stop(self, name: str, caller: Caller) -> None:
        """End a recording that goes on; raise RecordingRefused where there is none."""
        self._recordings.stop(name)
        self._did("end_recording", name, caller)

    def files(self, name: str) -> Iterator[tuple[str, Path]]:
        """Yield the files of a recording by their names in it; none where there is none."""
        return self._recordings.files(name)

    def _did(self, doing: str, about: str, caller: Caller) -> None:
        at = self._now()
        who, login = self._people.known_as(caller.who, at), self._people.known_as(caller.login, at)
        fact = did(about, at, who, caller.proof, login, {"doing": doing})
        self._note(Work(facts=(fact,), people=self._people.unsaved()))
