"""The files of a bundle, read as what a stranger gave: no links, no devices, no more than was announced."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from typing import Any, BinaryIO, Iterator, Optional

from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.strict import NotStrict, read

MANIFEST = "MANIFEST.json"
SIGNATURE = "MANIFEST.sig.json"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,199}){0,3}")
LONGEST_LINE = 2 << 20  # bytes: a body takes 1 MiB at most
LARGEST_FILE = 64 << 20  # bytes of what is read whole
LARGEST = 1 << 40  # bytes of what is read line by line
MOST_FILES = 200_000
CHUNK = 1 << 18  # bytes: what a processor keeps near while lines are made of it


class Unreadable(Exception):
    """A file that is not read; the key of the finding is its text."""


class Files:
    """What a folder holds, and what its manifest says that it holds."""

    def __init__(self, root: str, report: Report) -> None:
        self.root = root
        self.report = report
        self.digest = ""
        self.manifest: dict[str, Any] = {}
        self.names: dict[str, dict[str, Any]] = {}
        self._checked: set[str] = set()

    def begin(self) -> bool:
        """Read the manifest; return whether there is one."""
        try:
            data = self.whole(MANIFEST)
            said = read(data.decode().rstrip("\n"))
            if not isinstance(said, dict) or not isinstance(said.get("files"), dict):
                raise NotStrict("files?")
        except (Unreadable, NotStrict, UnicodeDecodeError) as error:
            self.report.add("manifest", why=str(error))
            return False
        self.manifest = said
        self.digest = hashlib.sha256(data).hexdigest()
        for name, one in said["files"].items():
            if NAME.fullmatch(name) and isinstance(one, dict) and len(self.names) < MOST_FILES:
                self.names[name] = one
            else:
                self.report.add("file_name", file=name)
        return True

    def whole(self, name: str) -> bytes:
        """Return the bytes of a file that is not large. Raises ``Unreadable``."""
        with self._open(name) as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise Unreadable("file_large")
        self._compare(name, hashlib.sha256(data).hexdigest(), len(data))
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file, with their ends; afterwards the whole file is known to be as announced.

        Raises ``Unreadable``: also for a line longer than any of ours, after which nothing more is read.
        """
        with self._open(name) as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                raise Unreadable("file_large")
            digest, size, rest = hashlib.sha256(), 0, b""
            for chunk in iter(lambda: file.read(CHUNK), b""):
                digest.update(chunk)
                size += len(chunk)
                some = io.BytesIO(rest + chunk).readlines()
                if len(some[0]) >= LONGEST_LINE:  # the others are parts of one chunk
                    raise Unreadable("line_long")
                rest = b"" if some[-1].endswith(b"\n") else some.pop()
                yield from some
            if rest:
                yield rest
        self._compare(name, digest.hexdigest(), size)

    def document(self, name: str) -> Any:
        """Return what a canonical JSON file of one line holds, None after noting why it holds nothing."""
        try:
            return read(self.whole(name).decode().rstrip("\n"))
        except Unreadable as error:
            self.report.add(str(error), file=name)
        except (NotStrict, UnicodeDecodeError) as error:
            self.report.add("file_json", file=name, why=str(error))
        return None

    def in_folder(self, folder: str) -> list[str]:
        """Return the names in the manifest that begin with a folder, sorted."""
        return sorted(name for name in self.names if name.startswith(folder + "/"))

    def finish(self) -> None:
        """Check what nobody read, and look for what the manifest does not name."""
        for name in sorted(set(self.names) - self._checked):
            try:
                with self._open(name) as file:
                    digest, size = hashlib.sha256(), 0
                    for chunk in iter(lambda: file.read(CHUNK), b""):
                        digest.update(chunk)
                        size += len(chunk)
                self._compare(name, digest.hexdigest(), size)
            except Unreadable as error:
                self.report.add(str(error), file=name)
        for name in self._there():
            if name not in self.names and name not in (MANIFEST, SIGNATURE):
                self.report.add("file_extra", file=name)

    def _there(self) -> Iterator[str]:
        count = 0
        known = {name[:at] for name in self.names for at, one in enumerate(name) if one == "/"}
        for folder, folders, names in os.walk(self.root, followlinks=False):
            for name in (*names, *folders):
                count += 1
                if count > MOST_FILES:
                    return
                path = os.path.join(folder, name)
                shown = os.path.relpath(path, self.root).replace(os.sep, "/")
                if shown not in known or os.path.islink(path):
                    yield shown

    def _open(self, name: str) -> BinaryIO:
        path = self.root
        for part in name.split("/"):
            path = os.path.join(path, part)
            if os.path.islink(path):
                raise Unreadable("file_kind")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            file = os.open(path, flags | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            raise Unreadable("file_missing") from None
        except (OSError, ValueError):
            raise Unreadable("file_kind") from None
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable("file_kind")
            if name in self.names and found.st_size != self.names[name].get("bytes"):
                self._checked.add(name)
                self.report.add("file_changed", file=name)
        except BaseException:
            os.close(file)
            raise
        return os.fdopen(file, "rb")

    def _compare(self, name: str, digest: str, size: int) -> None:
        said: Optional[dict[str, Any]] = self.names.get(name)
        if said is None or name in self._checked:
            return
        self._checked.add(name)
        if said.get("sha256") != digest or said.get("bytes") != size:
            self.report.add("file_changed", file=name)
