"""The last minutes of raw answers on disk, and what is kept of them.

    recordings/ring/1764547200000.tape       a segment a minute, the oldest go
    recordings/kept/NAME/                    a recording: links to segments, so that nothing is written twice

Everything is decided on the loop; what it means for the disk comes back as steps, which one thread takes in
their order. A daemon that is killed leaves every link that it had made, and a last frame that may be cut off.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from dcim.recording.folder import MANIFEST, PREFACE, Manifest, parse_manifest, tape_name, write_config
from dcim.recording.frame import Damaged, block, cut_off, frames
from dcim.recording.recorder import Recorder
from dcim.recording.tape import SUFFIX, Drawn, Segment

LASTS: Final = 60.0
"""Seconds of one segment."""

_LARGE: Final = 32 * 1024**2
"""Bytes of records after which a segment is over before its time."""

_MOST_OPEN: Final = 64
"""Recordings that go on at the same time; of more incidents at once, the first are kept."""

_TEMPORARY: Final = ".new"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: seconds and bytes of the ring, seconds and bytes of all kept recordings together."""

    ring: float = 900.0
    ring_bytes: int = 256 * 1024**2
    keep: float = 30 * 86400.0
    keep_bytes: int = 2 * 1024**3


@dataclass(slots=True)
class _File:
    """A segment on disk. ``portraits``: what was known when it began; ``end`` 0: it goes on."""

    path: Path
    start: float
    mono: float
    portraits: Mapping[str, bytes]
    head: Mapping[str, Any]
    end: float = 0.0
    size: int = 0


@dataclass(slots=True)
class Kept:
    """A recording that is kept, or is being made. Times are UTC seconds."""

    manifest: Manifest
    folder: Path
    linked: list[Path] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.manifest.name


class Ring:
    """Owns ``folder``. ``head`` gives what stands at the head of a segment that begins now.

    ``config`` gives the files of the configuration, for every recording; it is called in the thread.
    """

    def __init__(
        self,
        folder: Path,
        recorder: Recorder,
        devices: Sequence[str],
        bounds: Bounds,
        head: Callable[[], Mapping[str, Any]],
        config: Callable[[], Mapping[str, bytes]],
    ) -> None:
        self.trouble = ""
        """Why nothing is written now; empty while all is well."""
        self.kept: dict[str, Kept] = {}
        self._ring, self._keeps = folder / "ring", folder / "kept"
        self._recorder = recorder
        self._devices = tuple(devices)
        self._bounds = bounds
        self._head = head
        self._files: list[_File] = []
        self._config = config

    def open(self) -> None:
        """Begin: the ring of a daemon before is gone, what it kept stays. Raise OSError.

        A recording that was not over when that daemon ended is over now, and ends where its last file does.
        """
        shutil.rmtree(self._ring, ignore_errors=True)
        for folder in (self._ring, self._keeps):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in sorted(self._keeps.iterdir()):
            if folder.suffix == _TEMPORARY:
                shutil.rmtree(folder, ignore_errors=True)
            elif (kept := _found(folder)) is not None:
                self.kept[kept.name] = kept
                if not kept.manifest.complete:
                    self._finish(kept)

    # what goes on

    @property
    def current(self) -> _File | None:
        """Return the segment that is being written."""
        return self._files[-1] if self._files and not self._files[-1].end else None

    def turn(self, now: float, mono: float) -> list[Callable[[], None]]:
        """Return what is to be done on the disk now, in order; call on the loop, the steps in a thread.

        ``now`` is UTC seconds, ``mono`` monotonic ones.
        """
        steps: list[Callable[[], None]] = []
        segment, file = self._recorder.segment, self.current
        if segment is not None and file is not None:
            records = segment.take()
            if records:
                steps.append(lambda: _append(file, block(records)))
            if now - file.start >= LASTS or segment.size >= _LARGE or self._wants_cut(now):
                file.end = now
                self._recorder.segment = None
        if self._recorder.segment is None:
            steps.append(self._begin(now, mono))
        steps += [partial(self._finish, kept) for kept in self._over(now)]
        steps += [partial(file.path.unlink, missing_ok=True) for file in self._old(now)]
        return steps

    def _begin(self, now: float, mono: float) -> Callable[[], None]:
        """Begin a segment; what goes on is linked with it at once, so that a kill leaves what was written."""
        head = self._head()
        segment = self._recorder.segment = Segment({**head, "wall": now, "mono": mono}, self._devices)
        path = self._ring / f"{round(now * 1000):015d}{SUFFIX}"
        file = _File(path, now, mono, dict(self._recorder.portraits), head)
        self._files.append(file)
        going = [
            kept for kept in self.kept.values() if not kept.manifest.complete and kept.manifest.end > now
        ]

        def begin() -> None:
            _append(file, segment.opening())
            for kept in going:
                _link(kept, file)

        return begin

    def _wants_cut(self, now: float) -> bool:
        """Whether a recording is over within the segment that goes on."""
        return any(not one.manifest.complete and one.manifest.end <= now for one in self.kept.values())

    def _over(self, now: float) -> list[Kept]:
        return [one for one in self.kept.values() if not one.manifest.complete and one.manifest.end <= now]

    def _finish(self, kept: Kept) -> None:
        done = replace(kept.manifest, complete=True, segments=len(kept.linked))
        _write(kept.folder / MANIFEST, done.text().encode())
        kept.manifest = done

    # keeping

    def keep(self, manifest: Manifest) -> Callable[[], None] | None:
        """Begin to keep a time, of which a part may be over; return the disk's part of it, for a thread.

        None: so many are being kept that this one is not.
        """
        going = sum(not one.manifest.complete for one in self.kept.values())
        if going >= _MOST_OPEN or manifest.name in self.kept:
            return None
        files = [one for one in self._files if not one.end or one.end > manifest.start]
        files = _of_one_clock(files)
        if files:
            manifest = replace(manifest, start=max(manifest.start, files[0].start))
        manifest = replace(manifest, devices=manifest.devices or self._devices)
        kept = self.kept[manifest.name] = Kept(manifest, self._keeps / manifest.name)
        return lambda: self._make(kept, files)

    def _make(self, kept: Kept, files: Sequence[_File]) -> None:
        building = kept.folder.with_suffix(_TEMPORARY)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True, mode=0o700)
        kept.manifest = replace(kept.manifest, files=write_config(building, self._config()))
        first = files[0] if files else None
        segment = Segment(first.head if first else self._head(), self._devices)
        for asset, portrait in (first.portraits if first else self._recorder.portraits).items():
            segment.portrait(Drawn(asset, first.mono if first else 0.0, portrait))
        (building / tape_name(PREFACE)).write_bytes(segment.opening() + block(segment.take()))
        _write(building / MANIFEST, kept.manifest.text().encode())
        building.rename(kept.folder)
        for file in files:
            _link(kept, file)

    def extend(self, name: str, end: float) -> None:
        """Have a recording that goes on end at another time."""
        kept = self.kept.get(name)
        if kept is not None and not kept.manifest.complete:
            kept.manifest = replace(kept.manifest, end=end)

    # letting go

    def _old(self, now: float) -> Iterator[_File]:
        """Yield the segments that the ring lets go; whoever keeps them has links of their own."""
        size = sum(file.size for file in self._files)
        while len(self._files) > 1:
            oldest = self._files[0]
            if oldest.end > now - self._bounds.ring and size <= self._bounds.ring_bytes:
                return
            size -= oldest.size
            yield self._files.pop(0)

    def overfull(self, now: float) -> list[str]:
        """Return what is kept for too long, and the oldest of what is too much; looks at the disk."""
        complete = sorted(
            (one for one in tuple(self.kept.values()) if one.manifest.complete),
            key=lambda one: one.manifest.end,
        )
        old = [one.name for one in complete if one.manifest.end <= now - self._bounds.keep]
        left = [one for one in complete if one.name not in old]
        while left and _size([one.folder for one in left]) > self._bounds.keep_bytes:
            old.append(left.pop(0).name)
        return old

    def forget(self, name: str) -> Callable[[], None]:
        """Let go of a recording; return the disk's part of it."""
        kept = self.kept.pop(name)
        return partial(shutil.rmtree, kept.folder, ignore_errors=True)


def _size(folders: Iterable[Path]) -> int:
    """Return the bytes of folders; a file that several of them link counts once."""
    seen: dict[tuple[int, int], int] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                found = path.stat()
                seen[found.st_dev, found.st_ino] = found.st_size
    return sum(seen.values())


def _append(file: _File, data: bytes) -> None:
    handle = os.open(file.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)
    file.size += len(data)


def _link(kept: Kept, file: _File) -> None:
    """Have a recording hold a segment too, under its next number."""
    target = kept.folder / tape_name(len(kept.linked) + 1)
    os.link(file.path, target)
    kept.linked.append(target)


def _write(path: Path, data: bytes) -> None:
    """Replace a file, whole or not at all."""
    fresh = path.with_name(path.name + _TEMPORARY)
    fresh.write_bytes(data)
    fresh.replace(path)


def _of_one_clock(files: Sequence[_File]) -> list[_File]:
    """Return the newest files whose monotonic clock is one."""
    found: list[_File] = []
    for file in reversed(files):
        if found and file.mono > found[-1].mono:
            break
        found.append(file)
    return found[::-1]


def _found(folder: Path) -> Kept | None:
    """Return what a daemon before has kept here; one that went on then is over where its last file ends."""
    try:
        manifest = parse_manifest((folder / MANIFEST).read_bytes(), str(folder / MANIFEST))
    except (OSError, Damaged):
        return None
    linked = sorted(folder.glob(f"[0-9]*{SUFFIX}"))[1:]
    kept = Kept(manifest, folder, linked)
    if not manifest.complete:
        for path in linked[-1:]:
            _mend(path)
        end = max((path.stat().st_mtime for path in linked), default=manifest.start)
        kept.manifest = replace(manifest, end=min(manifest.end, max(end, manifest.start)))
    return kept


def _mend(path: Path) -> None:
    """Cut off the frame within which a kill has ended a file."""
    data = path.read_bytes()
    try:
        for _ in frames(data, str(path)):
            pass
    except Damaged as damaged:
        if cut_off(data, damaged.offset):
            os.truncate(path, damaged.offset)


def listed(ring: Ring) -> Iterator[Manifest]:
    """Yield what is kept, the newest first."""
    yield from sorted((one.manifest for one in ring.kept.values()), key=lambda one: (-one.start, one.name))
