"""What a survey must ask for its profiles. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.snmp.dialect.profile import SYS_UP_TIME, Place, SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.identifying.identity import asked


def wanted(profiles: Sequence[SnmpProfile]) -> tuple[list[bytes], list[bytes]]:
    """Return the instances and the columns that a survey for these profiles must ask.

    What names a value and decides about it comes before it: a survey may be used before it is whole.
    """
    scalars: dict[bytes, None] = {SYS_UP_TIME: None}
    columns: dict[bytes, None] = {}
    for part in asked(profiles):
        (columns if part.column else scalars)[part.oid] = None
    for profile in (layer for one in profiles for layer in one.stack()):
        for value in profile.values:
            own, *beside = value.places()
            for place in (*beside, own):
                _want(place, value.rows, scalars, columns)
        for raised in profile.raised:
            columns[raised.column] = None
            scalars.update(dict.fromkeys(filter(None, (raised.count,))))
    return list(scalars), list(columns)


def _want(
    place: Place, rows: tuple[int, int] | None, scalars: dict[bytes, None], columns: dict[bytes, None]
) -> None:
    if place.index is None:
        scalars[place.oid] = None
    elif rows is not None and len(place.index) == 1:
        every = range(rows[0], rows[1] + 1)
        scalars.update({place.oid + oid.encode_index((row,)): None for row in every})
    else:
        columns[place.oid] = None
