"""Which of the profiles that fit a device is read with: its own, its parts, the standards behind. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from collectors.snmp.answers.cells import Cells, told
from collectors.snmp.dialect.profile import SnmpProfile
from dcim.collect import Match


def is_family(profile: SnmpProfile) -> bool:
    """Whether a profile is of a family of devices: no standard, no part."""
    return not profile.generic and not profile.part


def inherits(main: SnmpProfile, other: SnmpProfile) -> bool:
    """Whether a profile is a standard from which the chosen one takes what it does not give itself."""
    if main.inherit is not None:
        return other.name in main.inherit
    return other.generic and not other.alone and other.kind == main.kind


def is_silent(profile: SnmpProfile, cells: Cells) -> bool:
    """Whether a device that has the number of a family answers nothing below its roots, as far as asked.

    So does a card whose new firmware has a standard instead. A family without a root of its own is none.
    """
    signs = (*profile.roots, *profile.probe, *(need.oid for need in profile.needs if need.there))
    heard = any(told(cells, sign) is not None for sign in signs)
    return bool(profile.roots) and not heard and not set(signs).intersection(cells.unheard)


def chosen(
    found: Sequence[Match], profiles: Mapping[str, SnmpProfile], cells: Cells, others: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the profiles to use: the best of the device's own, its parts, and the standards it inherits.

    Where none of its own fits, or the tree of the one that does is silent, every standard that fits, the
    best first, and the parts. Those of its own that are named in ``others`` stand behind the best.
    """
    fitting = [profiles[match.profile] for match in found if match.score]
    own = next((one for one in fitting if is_family(one)), None)
    parts = [one for one in fitting if one.part]
    alone = own is None or is_silent(own, cells)
    standards = [
        one for one in fitting if one.generic and (alone or (own is not None and inherits(own, one)))
    ]
    also = [one for one in fitting if one.name in others]
    named = [*standards, *parts] if own is None else [own, *also, *parts, *standards]
    return tuple(one.name for one in named)


def beside(found: Sequence[Match], known: Mapping[str, SnmpProfile], cells: Cells) -> tuple[str, ...]:
    """Return the families that a device has beside its best, where no number tells its maker.

    A gateway may answer for several. Each answers below a root that lies apart from the others'.
    """
    own = [known[match.profile] for match in found if match.score and is_family(known[match.profile])]
    taken = own[:1]
    for one in own[1:]:
        if _apart(one, taken) and any(told(cells, root) is not None for root in one.roots):
            taken.append(one)
    return tuple(one.name for one in taken[1:])


def _apart(one: SnmpProfile, others: Sequence[SnmpProfile]) -> bool:
    """Whether a family stands below roots of its own, inside no tree of the others and around none."""
    theirs = [root for other in others for root in other.roots]
    return bool(theirs) and not any(
        root.startswith(other) or other.startswith(root) for root in one.roots for other in theirs
    )
