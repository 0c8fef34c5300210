"""The outputs ``ndjson`` and ``csv``: one reading a line, in files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, TypeAlias

from pydantic import AfterValidator, Field

from dcim.outputs.block import Block
from dcim.outputs.book import Book
from dcim.outputs.contract import Context, Durable, Later, OutputSettings, Verdict
from dcim.outputs.files.shelf import Bounds, Shelf
from dcim.outputs.rows import Row, rows
from dcim.settings.values.sizes import Size

_NOT_FOR_FILES: Final = (Path("/proc"), Path("/sys"), Path("/dev"))


def _directory(path: Path) -> Path:
    """Return a path at which there can be a folder, whoever asks; who may write there shows with a block."""
    if not path.is_absolute():
        msg = "the path must begin with /: the daemon runs in another folder than you"
        raise ValueError(msg)
    if any(path.is_relative_to(one) for one in _NOT_FOR_FILES):
        msg = f"no files can be kept in {path}"
        raise ValueError(msg)
    for one in (path, *path.parents):
        with suppress(OSError):
            if one.exists() and not one.is_dir():
                msg = f"{one} is a file, not a folder"
                raise ValueError(msg)
    return path


Directory: TypeAlias = Annotated[Path, AfterValidator(_directory)]


class FileSettings(OutputSettings):
    """Keys of ``ndjson`` and ``csv``: where, how large a file becomes, and all of them together."""

    directory: Directory
    file_size: Annotated[Size, Field(ge=1 << 10)] = 64 << 20
    keep: Annotated[Size, Field(ge=1 << 11)] = 10 << 30


class Writing(Protocol):
    """How a reading is written: what stands before its value is made once for each point."""

    def line(self, row: Row) -> str:
        """Return one line with its end."""
        ...


class Files:
    """Writes blocks to files. Fulfils ``dcim.outputs.contract.Output``."""

    def __init__(self, shelf: Shelf, writing: Callable[[Book], Writing]) -> None:
        self._shelf = shelf
        self._make = writing
        self._writing: tuple[Book, Writing] | None = None

    def send(self, block: Block) -> Verdict:
        """Append a block; it is on the disk when this returns."""
        if self._writing is None or self._writing[0] is not block.book:
            self._writing = block.book, self._make(block.book)
        write, found = self._writing[1].line, list(rows(block))
        if not found:
            return Durable(0)

        def text() -> bytes:
            return "".join(map(write, found)).encode("utf-8", "replace")

        try:
            self._shelf.put(text, block.after, found[0].at)
        except OSError as why:
            return Later(f"{why.filename or 'the file'}: {why.strerror or why}")
        return Durable(len(found))

    def close(self) -> None:
        """Close the file."""
        self._shelf.close()


class FilePlugin:
    """What the entry points ``dcim.outputs: ndjson`` and ``csv`` name."""

    settings_type: type[OutputSettings] = FileSettings

    def __init__(self, name: str, writing: Callable[[Book], Writing], head: str = "") -> None:
        self.name = name
        self._writing = writing
        self._head = head.encode()

    def open(self, settings: Any, context: Context) -> Files:
        """Return the output. A folder that cannot be used shows with the first block."""
        bounds = Bounds(settings.file_size, max(settings.keep, 2 * settings.file_size))
        shelf = Shelf(settings.directory, self.name, context.folder, bounds, self._head)
        return Files(shelf, self._writing)
