"""Which open incident an alert belongs to: of its cause, its part or device, or the other feed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Final

from dcim.alerts import Change
from dcim.graph import NodeKind, State, Topology, Via
from dcim.incidents.case import Case
from dcim.incidents.feeds import OtherFeeds
from dcim.incidents.found import Found
from dcim.incidents.incident import Reason
from dcim.incidents.open_alerts import OpenAlerts
from dcim.incidents.open_cases import OpenCases
from dcim.incidents.place import SAME_TIME, Because, Place, Root, is_another
from dcim.incidents.seek import Seeker
from dcim.incidents.sight import Sight
from dcim.incidents.trouble import CAUSES, OUTSIDE, STOPS, Trouble
from dcim.record import replace

TOGETHER: Final = 30.0
"""Seconds within which losses of several feeds of a site are one."""

_POWER: Final = frozenset({Trouble.POWER_LOST, Trouble.SOURCE_LOST})
_EVERY: Final = tuple(Via)
_COLD: Final = frozenset({NodeKind.CRAC, NodeKind.CHILLER, NodeKind.ROOM})

_OWN: Final = frozenset({Because.ITSELF, Because.FOLLOWS})
"""Reasons that look for the cause at the same part."""

_SHOWS: Final = CAUSES - {Trouble.HAZARD}
"""Troubles that show what an incident at the same part was concluded from."""


class Finder:
    """Finds where an alert belongs among the incidents that are open. Times are monotonic seconds."""

    def __init__(
        self, topology: Topology, alerts: OpenAlerts, cases: OpenCases, seeker: Seeker, feeds: OtherFeeds
    ) -> None:
        self._topology = topology
        self._feeds = feeds
        self._alerts = alerts
        self._cases = cases
        self._seeker = seeker

    def find(
        self, change: Change, place: Place, now: float, sight: Sight, *, out_of: Case | None = None
    ) -> Found:
        """Return where an alert belongs by what is seen now.

        ``out_of``: the incident whose cause has gone; being on the same device is no reason to stay in it.
        """
        root = self._seeker.root(place, sight)
        if root.because in _OWN and (step := self._step(place, change)) is not None:
            return step
        every = change.rule.every if change.rule else 0.0
        if root.because is Because.ITSELF:
            same = self._same(place, change, now, sight)
            if same is not None and same.case is not out_of:
                return same
        else:
            known = self._explaining(root, sight)
            if known is not None:
                cause = root.cause or self._cause_at(known, root.node, sight)
                return Found(known, Reason(root.because, root.node, cause), root, tuple(known.roots))
        reason = Reason(root.because, root.node, "" if root.because is Because.ITSELF else root.cause)
        below = self._below(place, root, now, 2 * every, sight)
        if below:
            case = min(below, key=lambda one: (not one.told, one.opened))
            roots = (root.node, *(name for name in case.roots if not self._is_below(name, root.node)))
            absorbed = tuple(one for one in below if one is not case and not one.told)
            return Found(case, reason, root, tuple(dict.fromkeys(roots)), absorbed, renamed=True)
        other = self.together(place, root, now, every, sight)
        if other is not None:
            if root.because is Because.ITSELF:
                reason = Reason(Because.TOGETHER, root.node)
            return Found(other, reason, root, (*other.roots, root.node))
        return Found(None, reason, root, (root.node,))

    def _same(self, place: Place, change: Change, now: float, sight: Sight) -> Found | None:
        """Find the incident of the same part or device that an alert without another cause belongs to."""
        here = Root(place.node, Because.ITSELF, place.key)
        at_root = self._cases.at(place.node) if place.trouble in _SHOWS else None
        if at_root:
            case = next(iter(at_root.values()))
            known = set(self._alerts.on_part(place.node).values())
            if Trouble.SILENT in (place.trouble, *known):
                return Found(case, Reason(Because.FOLLOWS, place.node), here, tuple(case.roots))
            if not any(self._seeker.shows(trouble, place.node, sight) for trouble in known):
                # evidence had named this part before its own alert does
                return Found(case, Reason(Because.ITSELF, place.node), here, tuple(case.roots))
        if place.trouble is Trouble.FORETOLD and (load := self._same_load(place, here)) is not None:
            return load
        return None if place.trouble in CAUSES else self._beside(place, change, here, now)

    def _same_load(self, place: Place, here: Root) -> Found | None:
        """Find the incident of what is foretold of the same load: of its other feed, or of its service."""
        for part in self._carrying(place.node):
            for key, trouble in self._alerts.on_part(part).items():
                case = self._alerts.case_of(key)
                if trouble is not Trouble.FORETOLD or key == place.key or case is None:
                    continue
                if not case.members[key].reason.suppresses:
                    return Found(case, Reason(Because.LOAD, part, key), here, tuple(case.roots))
        return None

    def _carrying(self, node: str) -> Iterator[str]:
        """Yield the services that stand directly on a part, and their other parts; of a service its own."""
        services = self._topology.services
        on = (name for name in self._topology.services_on((node,)) if node in services[name].parts)
        for name in (node,) if node in services else on:
            yield from (name, *services[name].parts)

    def _step(self, place: Place, change: Change) -> Found | None:
        """Find the incident of another step of the same condition: it is one until that is over."""
        for other, case in self._alerts.at_point(change.alert.point):
            stands = self._cases.stands(case) and not other.reason.suppresses
            lower = _yields(change, other.change)
            if stands and (lower or _yields(other.change, change)):
                here = Root(place.node, Because.ITSELF, place.key)
                return Found(case, Reason(Because.ITSELF, place.node), here, tuple(case.roots), lower=lower)
        return None

    def _beside(self, place: Place, change: Change, here: Root, now: float) -> Found | None:
        """Find the incident of the same device, or the one that was concluded to stand at this part."""
        own = self._alerts.on_device(place.device)
        outside = change.alert.point.metric in OUTSIDE  # each channel and each other site fails by itself
        before = list(takewhile(lambda key: key != place.key, own))
        for key in reversed(before):
            case, other = own[key], own[key].members[key]
            alike = other.alert.rule == change.alert.rule and not is_another(place, other.place)
            if (alike or now - other.raised <= SAME_TIME) and not (outside and case.told):
                reason = Reason(Because.SAME_DEVICE, place.node, key)
                return Found(case, reason, here, tuple(case.roots))
        for case in self._cases.at(place.node).values():  # concluded here from what others told
            if now - case.opened <= SAME_TIME and not (outside and case.told):
                return Found(case, Reason(Because.SAME_DEVICE, place.node), here, tuple(case.roots))
        return None

    def _explaining(self, root: Root, sight: Sight) -> Case | None:
        """Return the open incident whose cause stands at a root."""
        if root.cause:
            return self._alerts.case_of(root.cause)
        at_root = self._cases.at(root.node)
        if at_root:
            return next(iter(at_root.values()))
        for key, trouble in self._alerts.on_part(root.node).items():
            if self._seeker.shows(trouble, root.node, sight):
                return self._alerts.case_of(key)
        return None

    def _cause_at(self, case: Case, node: str, sight: Sight) -> str:
        for key, trouble in self._alerts.on_part(node).items():
            if key in case.members and self._seeker.shows(trouble, node, sight):
                return key
        return ""

    def _below(self, place: Place, root: Root, now: float, late: float, sight: Sight) -> list[Case]:
        """Return the incidents that turn out to come from a new root: young ones, and untold ones."""
        names = [name for name in self._under(root.node) if self._cases.at(name)]
        cases = {case: None for name in names for case in self._cases.at(name).values()}
        began = place.since if place.trouble is Trouble.POWER_POOR else now  # its delay is longer than others
        young = [case for case in cases if not case.told or min(now, began) - case.opened <= TOGETHER + late]
        lacks = self._topology.services_on((place.node,)) if place.trouble in STOPS else ()
        return [case for case in young if self._comes_from(root.node, case.root().place, place, lacks, sight)]

    def _comes_from(
        self, root: str, earlier: Place, later: Place, lacks: Iterable[str], sight: Sight
    ) -> bool:
        """Whether the cause of an earlier alert stands at the root that was found for a later one.

        What was seen to work only before the later one proves nothing of either.
        """
        now = replace(earlier, since=max(earlier.since, later.since))
        found = self._seeker.poor(now, sight, told=later) or self._seeker.root(now, sight)
        return earlier.node in lacks or found.node == root

    def _under(self, root: str) -> tuple[str, ...]:
        """Return the parts below a root and the services on any of them."""
        below = self._topology.descendants(root, *_EVERY)
        return (*below, *self._topology.services_on((root, *below)))

    def _is_below(self, name: str, root: str) -> bool:
        return name == root or name in self._under(root)

    def together(
        self, place: Place, root: Root, now: float, every: float, sight: Sight, but: Case | None = None
    ) -> Case | None:
        """Return the incident of another feed of the site that was lost at the same time."""
        if not self.is_head(place, root, sight):
            return None
        for case in self._cases.heads.values():
            young = now - case.opened <= TOGETHER + every
            if young and case is not but and root.node not in case.roots:
                return case
        return None

    def is_head(self, place: Place, root: Root, sight: Sight) -> bool:
        """Whether power is lost at a root, and nothing is known above it."""
        lost = place.trouble in _POWER if root.node == place.node else self._is_dead(root.node, sight)
        return lost and self._seeker.is_head(root.node, sight, place.since)

    def is_fed(self, node: str, sight: Sight) -> bool:
        """Whether all that feeds a part is seen to have voltage."""
        feeds = self._topology.parents(node, Via.POWER)
        return bool(feeds) and all(self._seeker.state(feed, sight) is State.UP for feed in feeds)

    def lost_at_once(self, case: Case, sight: Sight) -> tuple[str, ...]:
        """Return the roots of an incident of a lost feed as evidence shows them, each as high as it is dead.

        With them those other feeds of their loads that were lost at the same time: their own alerts may
        take their delay still.
        """
        lead = case.root()
        since, every = lead.place.since, lead.change.rule.every if lead.change.rule else 0.0
        roots = dict.fromkeys(self._highest(name, case, since, sight) for name in case.roots)
        for part in dict.fromkeys(name for root in roots for name in self._feeds.heads(root)):
            lost = self._is_dead(part, sight) and sight.fell(part) >= case.opened - (TOGETHER + every)
            if lost and self._seeker.is_head(part, sight, since) and not self._told_at(part):
                roots[part] = None
        return tuple(roots)

    def _highest(self, root: str, case: Case, since: float, sight: Sight) -> str:
        """Return the highest part that is dead above a dead root, unless another incident stands there."""
        if not self._is_dead(root, sight):
            return root
        top = self._seeker.top(root, sight, since)
        return root if any(other is not case for other in self._cases.at(top).values()) else top

    def _told_at(self, part: str) -> bool:
        """Whether an incident stands at a part or below it."""
        return any(self._cases.at(name) for name in (part, *self._topology.descendants(part, Via.POWER)))

    def _is_dead(self, part: str, sight: Sight) -> bool:
        node = self._topology.nodes.get(part)
        cold = node is not None and node.kind in _COLD
        return not cold and self._seeker.state(part, sight) is State.DOWN


def _yields(one: Change, other: Change) -> bool:
    """Whether an alert is a lower step of the condition of another one at the same point."""
    return one.rule is not None and other.alert.rule in one.rule.yields_to
