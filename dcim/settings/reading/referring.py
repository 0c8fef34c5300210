"""Parts that hold secrets by reference, in the shape that their plug-in gives: credentials, channels and
outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import BaseModel

from dcim.collect import CollectorPlugin
from dcim.settings.checked.settings import Referring
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Layered, Part
from dcim.settings.reading.reader import Reader
from dcim.settings.reading.shapes import ChannelShape, CredentialShape, OutputShape
from dcim.yaml import Loc, found, unknown

_Typed: TypeAlias = ChannelShape | OutputShape


def credentials(
    files: Files, parts: Mapping[str, Part], plugins: Mapping[str, CollectorPlugin]
) -> Iterator[Referring]:
    """Yield every credential that is right; note what is wrong with the others."""
    for name, part in parts.items():
        if not _is_mapping(files.reader, part, CredentialShape):
            continue
        shape = files.reader.part(_only(part, CredentialShape), CredentialShape)
        if shape is None:
            continue
        if shape.protocol not in plugins:
            what = unknown("collector", shape.protocol, plugins)
            files.reader.note(part.document.problem((*part.loc, "protocol"), what))
            continue
        model = plugins[shape.protocol].credential_type
        if (read := _own(files.reader, part, CredentialShape, model)) is not None:
            yield Referring(name, shape.protocol, read, _places(part))


def channels(files: Files, known: Mapping[str, type[BaseModel]]) -> Iterator[Referring]:
    """Yield every channel that is right; note what is wrong with the others."""
    return _typed(files, ("notify", "channels"), ChannelShape, "channel", known)


def outputs(files: Files, known: Mapping[str, type[BaseModel]]) -> Iterator[Referring]:
    """Yield every output that is right; note what is wrong with the others."""
    return _typed(files, ("outputs",), OutputShape, "output", known)


def _typed(
    files: Files, loc: Loc, outer: type[_Typed], what: str, known: Mapping[str, type[BaseModel]]
) -> Iterator[Referring]:
    """Yield the parts of a list that have a name and a type, in the shape of the type's plug-in."""
    first: dict[str, Part] = {}
    for part in _listed(files, loc):
        if not _is_mapping(files.reader, part, outer):
            continue
        shape, name = files.reader.part(_only(part, outer), outer), part.data.get("name")
        before = first.setdefault(name, part) if isinstance(name, str) else part
        if before is not part:
            twice = f"{what} {found(name)} stands twice"
            files.reader.note(part.document.problem((*part.loc, "name"), twice))
        if shape is None:
            continue
        if shape.type not in known:
            files.reader.note(
                part.document.problem((*part.loc, "type"), unknown(f"{what} type", shape.type, known))
            )
            continue
        read = _own(files.reader, part, outer, known[shape.type])
        if read is not None and before is part:
            yield Referring(shape.name, shape.type, read, _places(part))


def _listed(files: Files, loc: Loc) -> Iterator[Part]:
    data: Any = files.main.at(loc) if files.main.has(loc) else ()
    for number in range(len(data) if isinstance(data, list) else 0):
        yield Part(files.main, (*loc, number))


def _is_mapping(reader: Reader, part: Part, model: type[BaseModel]) -> bool:
    if isinstance(part.document.at(part.loc), dict):
        return True
    reader.part(part.document, model, part.loc)
    return False


def _only(part: Part, model: type[BaseModel]) -> Layered:
    """Return the part without the keys of its plug-in."""
    return Layered([part], frozenset(key for key in part.data if key not in model.model_fields))


def _own(reader: Reader, part: Part, outer: type[BaseModel], model: type[BaseModel]) -> BaseModel | None:
    """Check the part in the plug-in's own shape, which may or may not have the keys that all have."""
    others = frozenset(outer.model_fields) - frozenset(model.model_fields)
    return reader.part(Layered([part], others), model, hide=True)


def _places(part: Part) -> Mapping[str, Any]:
    keys = ((str(key), part.document.problem((*part.loc, key), "")) for key in part.data)
    return MappingProxyType(dict(keys))
