"""The config file and those it includes, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from dcim.record import dataclass
from dcim.settings.reading.layers import Part
from dcim.settings.reading.reader import Reader
from dcim.settings.reading.shapes import FileShape, PartShape
from dcim.yaml import Document, Loc, found

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Files:
    """The main file first, then the included ones by name. Mistakes go to ``reader``."""

    reader: Reader
    main: Document
    top: FileShape | None  # None: something at the top of the main file is wrong
    parts: tuple[Document, ...]

    @classmethod
    def read(cls, reader: Reader, path: Path) -> Files | None:
        """Read the main file and what it includes; None if there is no main file to read."""
        main = reader.document(path)
        if main is None:
            return None
        top = reader.part(main, FileShape)
        parts = tuple(reader.included(main, texts(main, "include")))
        for part in parts:
            reader.part(part, PartShape)
        return cls(reader, main, top, parts)

    def section(self, key: str, model: type[M]) -> M | None:
        """Check one section of the main file on its own; None if it is absent or wrong."""
        return self.reader.part(self.main, model, (key,)) if self.main.has((key,)) else None

    def named(self, key: str) -> Mapping[str, Part]:
        """Return what all files together say under the names of one key; refuse a name that two give."""
        parts: dict[str, Part] = {}
        for document in (self.main, *self.parts):
            for name in mapping(document, key):
                here = Part(document, (key, name))
                before = parts.setdefault(name, here)
                if before is not here:
                    self._twice(key, name, before, here)
        return parts

    def _twice(self, key: str, name: str, before: Part, here: Part) -> None:
        first = before.document.problem((key, name), "", key=True)
        what = f"stands twice; the first one is in {first.path}:{first.line}"
        self.reader.note(here.document.problem(here.loc, what, key=True))

    def paths(
        self, loc: Loc, names: Sequence[str], what: str, there: Callable[[Path], bool]
    ) -> Iterator[Path]:
        """Yield paths, joined to the folder of the main file, or note that nothing is there."""
        for number, name in enumerate(names):
            folder = Path(self.main.path).parent
            if "\0" not in name and there(folder / name):
                yield folder / name
                continue
            at: Loc = (*loc, number) if self.main.has((*loc, number)) else loc
            self.reader.note(self.main.problem(at, f"no {what} {found(name)} in {folder}"))


def texts(document: Document, *loc: int | str) -> tuple[str, ...]:
    """Return one or several texts that stand at a place, whatever else is wrong with the file."""
    data: Any = document.at(loc) if document.has(loc) else ()
    if isinstance(data, str):
        return (data,)
    return tuple(text for text in data if isinstance(text, str)) if isinstance(data, list) else ()


def mapping(document: Document, key: str) -> tuple[str, ...]:
    """Return the names in a mapping; none where something else stands (the shape of the file says so)."""
    data: Any = document.at((key,)) if document.has((key,)) else {}
    return tuple(name for name in data if isinstance(name, str)) if isinstance(data, dict) else ()
