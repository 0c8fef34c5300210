"""What a recording is of, as its ``manifest.json`` says it: written, read back, checked field by field. Pure.

A recording may come from anybody: types, ranges and what the fields say together are checked here alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from dcim.record import replace
from dcim.recording.frame import Damaged
from dcim.yaml import found

FORMAT: Final = 1
LONGEST: Final = 3 * 86_400.0
"""Seconds between two times of a manifest at most: a day of the ring, an hour, a day after an incident."""

LATEST: Final = 32_503_680_000.0
"""UTC seconds, 3000-01-01: a time after it is none."""

_MOST_SEGMENTS: Final = 99_999


def _readable(text: str) -> str:
    if not text.isprintable():
        kind, says = "readable", "expected text without control characters, found {found}"
        raise PydanticCustomError(kind, says, {"found": found(text)})
    return text


def _inside(name: str) -> str:
    """Return a name that stays in the folder that it is joined to."""
    if not name.isprintable() or any(part in ("", ".", "..") for part in name.split("/")):
        kind, says = "inside", "{found}, which is no file of its configuration"
        raise PydanticCustomError(kind, says, {"found": found(name)})
    return name


Time: TypeAlias = Annotated[float, Field(ge=0.0, le=LATEST, allow_inf_nan=False)]
Word: TypeAlias = Annotated[str, Field(max_length=400), AfterValidator(_readable)]
File: TypeAlias = Annotated[str, Field(max_length=400), AfterValidator(_inside)]
Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a recording is of. Times are UTC seconds; ``files``: SHA-256 of the configuration's files by name.

    ``tells``: the channels through which people hear of incidents; ``keepers``: those of them whose far side
    remembers troubles. ``expect``: what replaying must come to, where somebody has said so. ``segments``
    counts the files after the preface, once it is ``complete``. ``cut_off``: until when it was to go on,
    where the daemon or its disk ended it before; 0 where it is all that was wanted.
    """

    name: Word
    site: Word
    start: Time
    end: Time
    devices: tuple[Word, ...]
    why: str = ""
    incident: Word = ""
    version: Word = ""
    masked: bool = False
    complete: bool = False
    segments: Annotated[int, Field(ge=0, le=_MOST_SEGMENTS)] = 0
    cut_off: Time = 0.0
    profiles: Mapping[Word, Digest] = field(default_factory=dict)
    files: Mapping[File, Digest] = field(default_factory=dict)
    tells: tuple[Word, ...] = ()
    keepers: tuple[Word, ...] = ()
    expect: tuple[Word, ...] = ()
    format: int = FORMAT

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def cut_at(manifest: Manifest, at: float) -> Manifest:
    """Return the manifest of a recording that could go on until then alone, and was to go on for longer."""
    if at >= manifest.end:
        return manifest
    return replace(manifest, end=at, cut_off=manifest.cut_off or manifest.end)


def parse_manifest(text: str | bytes, path: str) -> Manifest:
    """Read a manifest; other fields than those known here are left. Raise ``Damaged`` with the field."""
    try:
        made = _reader().validate_json(text, strict=True)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        where = ".".join(_shown(part) for part in first["loc"] if part != "[key]")
        raise _wrong(path, where, str(first["msg"])) from None
    for where, why in _contradictions(made):
        raise _wrong(path, where, why)
    return made


@cache
def _reader() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def _shown(part: object) -> str:
    """Return a key or number of the file as a message can show it."""
    text = str(part)
    return text if text.isprintable() and len(text) <= 40 else found(text)


def _wrong(path: str, where: str, why: str) -> Damaged:
    what = f"{where}: {why[:1].lower()}{why[1:]}" if where else why[:1].lower() + why[1:]
    return Damaged(path, 0, f"the manifest makes no sense: {what}")


def _contradictions(made: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the fields that are right alone and not beside the others, and why."""
    if made.format != FORMAT:
        yield "format", f"it is {made.format}, and {FORMAT} is known here"
    if made.cut_off and made.cut_off < made.end:
        yield "cut_off", "it was to go on until a time before its end"
    times = (made.start, made.end, made.cut_off or made.end)
    if max(times) - min(times) > LONGEST:
        yield "end", f"it lasts longer than {LONGEST / 86_400.0:g} days, or ends long before it begins"
