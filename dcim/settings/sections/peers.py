"""Other sites whose heartbeats are listened for: the section ``peers``, each with its key."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from dcim.secret import SecretRef
from dcim.settings.checked.settings import Referring
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Layered, Part
from dcim.settings.values.written import Id, Seconds
from dcim.yaml import Section, found


class PeerShape(Section):
    """One site. ``silent_after``: seconds without a beat that is right until it counts as silent."""

    site: Id
    key: SecretRef
    silent_after: Annotated[Seconds, Field(ge=10, le=86400)] = 300.0


def peers(files: Files) -> Iterator[Referring]:
    """Yield every peer that is right; note what is wrong with the others."""
    loc = ("peers",)
    data: Any = files.main.at(loc) if files.main.has(loc) else ()
    seen: set[str] = set()
    for number in range(len(data) if isinstance(data, list) else 0):
        part = Part(files.main, (*loc, number))
        if not isinstance(part.document.at(part.loc), dict):
            files.reader.part(part.document, PeerShape, part.loc)
            continue
        shape = files.reader.part(Layered([part], frozenset()), PeerShape, hide=True)
        if shape is None:
            continue
        if shape.site in seen:
            what = f"site {found(shape.site)} stands twice"
            files.reader.note(part.document.problem((*part.loc, "site"), what))
            continue
        seen.add(shape.site)
        places = ((str(key), part.document.problem((*part.loc, key), "")) for key in part.data)
        yield Referring(shape.site, "peer", shape, MappingProxyType(dict(places)))
