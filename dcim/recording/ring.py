"""The last minutes of raw answers on disk, and what is kept of them.

    recordings/ring/1764547200000.tape       a segment a minute, the oldest go
    recordings/kept/NAME/                    a recording: links to segments, so that nothing is written twice

Everything is decided on the loop; what it means for the disk comes back as steps, which one thread takes in
their order. A daemon that ends finishes what goes on; one that is killed leaves every link that it had made,
and a last frame that may be cut off.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from pathlib import Path
from typing import Final

from dcim.record import dataclass, replace
from dcim.recording.disk import (
    TEMPORARY,
    File,
    Kept,
    append,
    bytes_of,
    found,
    link,
    of_one_clock,
    write,
)
from dcim.recording.folder import MANIFEST, PREFACE, tape_name, write_config
from dcim.recording.manifest import Manifest, cut_at
from dcim.recording.mirror import Name, Row, portraits_of, state_of
from dcim.recording.recorder import Recorder
from dcim.recording.tape import SUFFIX, Block, Drawn, Segment

LASTS: Final = 60.0
"""Seconds of one segment."""

_LARGE: Final = 32 * 1024**2
"""Bytes on disk after which a segment is over before its time."""

_MOST_OPEN: Final = 64
"""Recordings that go on at the same time; of more incidents at once, the first are kept."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: seconds and bytes of the ring, seconds and bytes of all kept recordings together."""

    ring: float = 900.0
    ring_bytes: int = 256 * 1024**2
    keep: float = 30 * 86400.0
    keep_bytes: int = 2 * 1024**3


class Ring:
    """Owns ``folder``; ``site`` stands at the head of each segment.

    ``config`` gives the files of the configuration, for every recording; it is called in the thread.
    """

    def __init__(
        self,
        folder: Path,
        recorder: Recorder,
        devices: Sequence[str],
        bounds: Bounds,
        site: str,
        config: Callable[[], Mapping[str, bytes]],
    ) -> None:
        self.trouble = ""
        """Why nothing is written now; empty while all is well."""
        self.kept: dict[str, Kept] = {}
        self._ring, self._keeps = folder / "ring", folder / "kept"
        self._recorder = recorder
        self._devices = tuple(devices)
        self._bounds = bounds
        self._site = site
        self._files: list[File] = []
        self._config = config
        self._moved: set[str] = set()  # recordings with another end than their manifest on disk says

    def open(self) -> None:
        """Begin: the ring of a daemon before is gone, what it kept stays. Raise OSError.

        A recording that was not over when that daemon ended is over now, and ends where its last file does.
        """
        shutil.rmtree(self._ring, ignore_errors=True)
        for folder in (self._ring, self._keeps):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in sorted(self._keeps.iterdir()):
            if folder.suffix == TEMPORARY:
                shutil.rmtree(folder, ignore_errors=True)
            elif (kept := found(folder)) is not None:
                self.kept[kept.name] = kept
                if not kept.manifest.complete:
                    self._finish(kept)

    # what goes on

    @property
    def current(self) -> File | None:
        """Return the segment that is being written."""
        return self._files[-1] if self._files and not self._files[-1].end else None

    @property
    def since(self) -> float:
        """Return from when on answers are remembered, UTC seconds; infinity while none are."""
        return self._files[0].start if self._files else inf

    def remembers(self, start: float, end: float) -> bool:
        """Whether something of a time is on the disk."""
        return any(file.holds(start, end, LASTS) for file in self._files)

    def turn(self, now: float, mono: float) -> list[Callable[[], None]]:
        """Return what is to be done on the disk now, in order; call on the loop, the steps in a thread.

        ``now`` is UTC seconds, ``mono`` monotonic ones.
        """
        steps: list[Callable[[], None]] = []
        segment, file = self._recorder.segment, self.current
        if segment is not None and file is not None:
            steps.append(partial(_append, file, segment, segment.take()))
            if now - file.start >= LASTS or file.size >= _LARGE or self._wants_cut(now):
                file.end = now
                self._recorder.segment = None
        if self._recorder.segment is None:
            steps.append(self._begin(now, mono))
        steps += self._ends()
        steps += [partial(self._finish, kept) for kept in self._over(now)]
        steps += [partial(file.path.unlink, missing_ok=True) for file in self._old(now)]
        return steps

    def _begin(self, now: float, mono: float) -> Callable[[], None]:
        """Begin a segment; what goes on is linked with it at once, so that a kill leaves what was written."""
        path = self._ring / f"{round(now * 1000):015d}{SUFFIX}"
        file = File(path, now, mono, self._recorder.known.begin())
        segment = self._recorder.segment = self._segment(file)
        self._files.append(file)
        going = [one for one in self.kept.values() if one.manifest.end > now and self._begun(one, now)]
        known = self._known(file) if any(not one.made for one in going) else {}

        def begin() -> None:
            append(file, segment.opening())
            for kept in going:
                self._go_on(kept, file, known)

        return begin

    def _segment(self, file: File, known: Mapping[Name, Row] | None = None) -> Segment:
        """Return a segment as it begins with a file, and where it is a preface with what was open then."""
        head = {"site": self._site, "wall": file.start, "mono": file.mono}
        return Segment(head if known is None else {**head, "state": state_of(known)}, self._devices)

    def _known(self, file: File) -> Mapping[Name, Row]:
        """Return what was known when a segment began; nothing once its preface is made."""
        return {} if file.preface else self._recorder.known.at(file.chapter)

    @staticmethod
    def _begun(kept: Kept, now: float) -> bool:
        """Whether a recording goes on that a segment which begins now is to be in."""
        return not kept.manifest.complete and kept.manifest.start < now + LASTS

    def _go_on(self, kept: Kept, file: File, known: Mapping[Name, Row]) -> None:
        """Have a recording hold the segment that begins; one that cannot is over here."""
        if self.kept.get(kept.name) is not kept:  # the disk had no room for its folder
            return
        if not kept.made:
            self._make(kept, [file], known)
            return
        try:
            link(kept, file)
        except OSError:
            kept.manifest = cut_at(kept.manifest, file.start)
            raise

    def stumbled(self, now: float) -> None:
        """End the segment that the disk did not take all of: what follows needs nothing of it."""
        self._recorder.segment = None
        self._recorder.written.clear()
        if (file := self.current) is not None:
            file.end = now
            if not file.size:
                self._files.remove(file)

    def _wants_cut(self, now: float) -> bool:
        """Whether a recording is over within the segment that goes on."""
        return any(not one.manifest.complete and one.manifest.end <= now for one in self.kept.values())

    def _over(self, now: float) -> list[Kept]:
        return [one for one in self.kept.values() if not one.manifest.complete and one.manifest.end <= now]

    def close(self, now: float) -> list[Callable[[], None]]:
        """Return the disk's part, after a last turn, of a daemon that ends: nothing goes on."""
        going = [one for one in self.kept.values() if not one.manifest.complete]
        for kept in going:
            kept.manifest = cut_at(kept.manifest, max(now, kept.manifest.start))
        return [partial(self._finish, kept) for kept in going]

    def _finish(self, kept: Kept) -> None:
        if not kept.folder.is_dir():  # it never began, or somebody has taken it away
            self.kept.pop(kept.name, None)
            return
        done = replace(kept.manifest, complete=True, segments=len(kept.linked))
        write(kept.folder / MANIFEST, done.text().encode())
        kept.manifest = done

    # keeping

    def keep(self, manifest: Manifest) -> Callable[[], None] | None:
        """Begin to keep a time, of which a part may be over; return the disk's part of it, for a thread.

        None: so many are being kept that this one is not. One yet to begin has its folder from then on.
        """
        going = sum(not one.manifest.complete for one in self.kept.values())
        if going >= _MOST_OPEN or manifest.name in self.kept:
            return None
        files = [one for one in self._files if one.holds(manifest.start, manifest.end, LASTS)]
        files = of_one_clock(files)
        if files:
            manifest = replace(manifest, start=max(manifest.start, files[0].start))
        manifest = replace(manifest, devices=manifest.devices or self._devices)
        kept = self.kept[manifest.name] = Kept(manifest, self._keeps / manifest.name)
        if not files:
            return lambda: None
        return partial(self._make, kept, files, self._known(files[0]))

    def _make(self, kept: Kept, files: Sequence[File], known: Mapping[Name, Row]) -> None:
        """Begin the folder of a recording; where the disk does not take it there is none. Raise OSError."""
        try:
            self._build(kept, files, known)
        except OSError:
            self.kept.pop(kept.name, None)
            for folder in (kept.folder, kept.folder.with_suffix(TEMPORARY)):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        kept.made = True

    def _build(self, kept: Kept, files: Sequence[File], known: Mapping[Name, Row]) -> None:
        building = kept.folder.with_suffix(TEMPORARY)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True, mode=0o700)
        files_of_config = write_config(building, self._config())
        kept.manifest = replace(kept.manifest, files=files_of_config)  # its end may have moved meanwhile
        first = files[0]
        first.preface = first.preface or self._preface(first, known)
        (building / tape_name(PREFACE)).write_bytes(first.preface)
        write(building / MANIFEST, kept.manifest.text().encode())
        building.rename(kept.folder)
        for file in files:
            link(kept, file)

    def _preface(self, file: File, known: Mapping[Name, Row]) -> bytes:
        """Return what a recording begins with: what was open, and the portraits of the devices."""
        segment = self._segment(file, known)
        for asset, portrait in portraits_of(known):
            segment.portrait(Drawn(asset, file.mono, portrait))
        return segment.opening() + segment.frame(segment.take())

    def extend(self, name: str, end: float) -> None:
        """Have a recording that goes on end at another time, and the disk know it after the next turn.

        One that the disk has cut off does not go on.
        """
        kept = self.kept.get(name)
        if kept is not None and not (kept.manifest.complete or kept.manifest.cut_off):
            kept.manifest = replace(kept.manifest, end=end)
            self._moved.add(name)

    def _ends(self) -> list[Callable[[], None]]:
        """Return the steps by which the disk knows of ends that moved: a kill leaves the right one."""
        moved = [self.kept[name] for name in sorted(self._moved) if name in self.kept]
        self._moved.clear()
        return [partial(self._tell_end, kept) for kept in moved]

    def _tell_end(self, kept: Kept) -> None:
        """Write a manifest anew; one that the disk does not take waits for the next turn. Raise OSError."""
        if not kept.folder.is_dir():  # it is yet to begin, or somebody has taken it away
            return
        try:
            write(kept.folder / MANIFEST, kept.manifest.text().encode())
        except OSError:
            self._moved.add(kept.name)
            raise

    # letting go

    def _old(self, now: float) -> Iterator[File]:
        """Yield the segments that the ring lets go; whoever keeps them has links of their own."""
        size = sum(file.size for file in self._files)
        while len(self._files) > 1:
            oldest = self._files[0]
            if oldest.end > now - self._bounds.ring and size <= self._bounds.ring_bytes:
                return
            size -= oldest.size
            yield self._files.pop(0)
            self._recorder.known.forget(self._files[0].chapter)

    def overfull(self, now: float) -> list[str]:
        """Return what is kept for too long, and the oldest of what is too much; looks at the disk."""
        complete = sorted(
            (one for one in tuple(self.kept.values()) if one.manifest.complete),
            key=lambda one: one.manifest.end,
        )
        old = [one.name for one in complete if one.manifest.end <= now - self._bounds.keep]
        left = [one for one in complete if one.name not in old]
        while left and bytes_of([one.folder for one in left]) > self._bounds.keep_bytes:
            old.append(left.pop(0).name)
        return old

    def forget(self, name: str) -> Callable[[], None]:
        """Let go of a recording; return the disk's part of it."""
        kept = self.kept.pop(name)
        return partial(shutil.rmtree, kept.folder, ignore_errors=True)


def _append(file: File, segment: Segment, block: Block) -> None:
    if data := segment.frame(block):
        append(file, data)


def listed(ring: Ring) -> Iterator[Manifest]:
    """Yield what is kept, the newest first."""
    yield from sorted((one.manifest for one in ring.kept.values()), key=lambda one: (-one.start, one.name))
