"""A recording on disk: a folder that replaying needs nothing beside.

    manifest.json          what it is of: site, devices, from when to when, why, with which profiles
    config/...             the configuration, see ``carried``; each file with its SHA-256 in the manifest
    0000.tape              what was open and what was known of the devices at the beginning
    0001.tape, 0002...     what was asked and answered

Numbers without a gap: a file that is missing shows. Until ``complete`` the last one may end anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from dcim.record import dataclass, field
from dcim.recording.carried import MAIN
from dcim.recording.frame import Damaged
from dcim.recording.manifest import Manifest, parse_manifest
from dcim.recording.reading import Opened
from dcim.recording.tape import SUFFIX, Event

MANIFEST: Final = "manifest.json"
CONFIG: Final = "config"
PREFACE: Final = 0
MOST_FILE: Final = 1024**3
"""Bytes of one file of a recording; a longer one is none."""

_MOST_MANIFEST: Final = 64 * 1024**2


def tape_name(number: int) -> str:
    """Return the name of the file of a segment."""
    return f"{number:04d}{SUFFIX}"


def write_config(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Write the files of a configuration; return the digest of each by name."""
    for name, content in files.items():
        path = folder / CONFIG / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {name: sha256(content).hexdigest() for name, content in sorted(files.items())}


@dataclass(slots=True)
class Recording:
    """A recording that was opened. ``notes`` are things to know about it that hinder nothing."""

    folder: Path
    manifest: Manifest
    tapes: tuple[Path, ...]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path) -> Recording:
        """Open a recording and check what it consists of. Raise ``Damaged`` or OSError."""
        path = folder / MANIFEST
        if not path.is_file():
            raise Damaged(str(path), 0, "there is no manifest: this folder holds no recording")
        manifest = parse_manifest(_bytes(path, _MOST_MANIFEST), str(path))
        _check_config(folder / CONFIG, manifest.files, path)
        return cls(folder, manifest, tuple(_tapes(folder, manifest)), list(_ends(manifest)))

    @property
    def config(self) -> Path:
        """Return the path of its configuration."""
        return self.folder / CONFIG / MAIN

    def state(self) -> Mapping[str, Any]:
        """Return what was open when it began: rows of alerts and memories. Raise ``Damaged``."""
        for number in range(min(len(self.tapes), 2)):  # of format 1, the first segment may say it alone
            state = self._opened(number).head.get("state")
            if isinstance(state, Mapping):
                return state
        return {}

    @property
    def begins(self) -> float:
        """Return when what is recorded first was known, UTC seconds: the file in which it is wanted began.

        Raise ``Damaged``.
        """
        wall = self._opened(PREFACE).moment("wall")
        return self.manifest.start if wall is None else wall

    def events(self) -> Iterator[Event]:
        """Yield all that happened, in order. Raise ``Damaged`` at the first byte that is not right."""
        first: float | None = None
        for number, path in enumerate(self.tapes):
            opened = self._opened(number)
            opened.first = first
            last = number == len(self.tapes) - 1 and not self.manifest.complete
            yield from opened.events(last=last)
            first = opened.first
            if not opened.whole:
                self.notes.append(f"{path.name} ends within a frame at offset {opened.cut_at}")

    def _opened(self, number: int) -> Opened:
        path = self.tapes[number]
        return Opened(str(path), _bytes(path))


def _tapes(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """Yield the files of a recording in their order. Raise ``Damaged`` for one too few or too many."""
    there = {path.name for path in folder.glob(f"[0-9]*{SUFFIX}")}
    wanted = [
        tape_name(one) for one in range(manifest.segments + 1 if manifest.complete else max(1, len(there)))
    ]
    for name in wanted:
        if not (folder / name).is_file():
            raise Damaged(str(folder / name), 0, "this file of the recording is missing")
        yield folder / name
    for name in sorted(there.difference(wanted)):
        raise Damaged(
            str(folder / name), 0, "it is no file of this recording: the manifest does not count it"
        )


def _check_config(config: Path, files: Mapping[str, str], manifest: Path) -> None:
    """Raise ``Damaged`` unless a configuration is the files that the manifest names, each as written."""
    if MAIN not in files:
        why = f"files: {MAIN} is not among them, and nothing is replayed without it"
        raise Damaged(str(manifest), 0, f"the manifest makes no sense: {why}")
    for name, digest in sorted(files.items()):
        file = config / name
        if not file.resolve().is_relative_to(config.resolve()):
            raise Damaged(str(file), 0, "it leads out of the recording")
        if not file.is_file():
            raise Damaged(str(file), 0, "the manifest names this file, and it is not there")
        if sha256(_bytes(file)).hexdigest() != digest:
            raise Damaged(str(file), 0, "it is not the file that was written (SHA-256)")
    for file in sorted(config.rglob("[!.]*")):
        if file.is_file() and file.relative_to(config).as_posix() not in files:
            raise Damaged(str(file), 0, "it is no file of this recording: the manifest does not name it")


def _ends(manifest: Manifest) -> Iterator[str]:
    """Yield why a recording ends before it was to."""
    if not manifest.complete:
        yield "it was never finished: the daemon was still making it, or was killed meanwhile"
    elif manifest.cut_off:
        missing = manifest.cut_off - manifest.end
        ended = f"{datetime.fromtimestamp(manifest.end, UTC):%Y-%m-%dT%H:%M:%SZ}"
        yield (
            "it is cut off: the daemon or its disk ended it "
            f"at {ended}, {missing:.0f} s before it was to be over"
        )


def _bytes(path: Path, most: int = MOST_FILE) -> bytes:
    if path.stat().st_size > most:
        raise Damaged(str(path), 0, "it is too large for a file of a recording")
    return path.read_bytes()
