"""Reads files and parts of files, keeps every mistake, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel

from dcim.model import ConfigError, Problem
from dcim.yaml import Document, Loc, Marked, read, shape

M = TypeVar("M", bound=BaseModel)
MAX_FILES: Final = 1000


class Reader:
    """Where all mistakes of a config go."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return every mistake once, by file and line."""
        return tuple(sorted(self._problems))

    def note(self, *problems: Problem) -> None:
        """Keep mistakes; the same one found twice (in a group of two devices) is one."""
        self._problems.update(dict.fromkeys(problems))

    def document(self, path: Path) -> Document | None:
        """Read a file, or note why that is not possible."""
        noted: list[Problem] = []
        try:
            return read(path, noted)
        except ConfigError as exc:
            self.note(*exc.problems)
            return None
        finally:
            self.note(*noted)

    def part(self, source: Marked, model: type[M], at: Loc = (), *, hide: bool = False) -> M | None:
        """Check one part on its own, so that a mistake in it hides no other; ``hide`` as in ``shape``."""
        found, problems = shape(source, model, at, hide=hide)
        self.note(*problems)
        return found

    def included(self, document: Document, patterns: tuple[str, ...]) -> Iterator[Document]:
        """Read the files that patterns name, beside the document, in the order of their names."""
        main = Path(document.path)
        seen = {main.resolve()}
        for number, pattern in enumerate(patterns):
            loc: Loc = ("include", number) if document.has(("include", number)) else ("include",)
            paths = self._matches(document, loc, main.parent, pattern)
            for path in paths:
                if path.resolve() in seen:
                    continue
                seen.add(path.resolve())
                if (part := self.document(path)) is not None:
                    yield part

    def _matches(self, document: Document, loc: Loc, folder: Path, pattern: str) -> list[Path]:
        """Return the files that one pattern names, or note why there are none."""
        if not pattern.strip("/.") or "**" in pattern or "\0" in pattern:
            self.note(document.problem(loc, "expected a file, or a pattern such as devices/*.yaml"))
            return []
        start = Path(folder.resolve().anchor) if pattern.startswith("/") else folder
        paths = sorted(path for path in start.glob(pattern.lstrip("/")) if path.is_file())
        if not paths:
            self.note(document.problem(loc, f"no file matches {pattern!r} in {start}"))
        if len(paths) > MAX_FILES:
            self.note(document.problem(loc, f"{len(paths)} files match; at most {MAX_FILES} are read"))
        return paths[:MAX_FILES]
