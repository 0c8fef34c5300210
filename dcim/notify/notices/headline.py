"""An incident in one sentence, in English and French: what is lost where, what it hits, what lives. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from dcim.alerts import Language, Text
from dcim.graph import NodeKind, Redundancy, ServiceKind, State, Topology
from dcim.incidents import Because, Hit, Incident, Member, Trouble
from dcim.incidents.trouble import OUTSIDE, STOPS
from dcim.notify.notices.context import Beside
from dcim.words import PART

EN, FR = Language.EN, Language.FR

_MOST: Final = 6
"""Names that one sentence lists; of more it says how many."""

_POWER: Final = frozenset({Because.POWER, Because.BETWEEN, Because.STANDBY, Because.TWIN, Because.TOGETHER})

_NO_ANSWER: Final = "device_no_data"
"""The one rule of silence whose device does not answer: others refuse, or answer and tell nothing."""

_PARTS: Final = frozenset({Because.PARTS, Because.COOLING})
_COOL: Final = frozenset({NodeKind.CRAC, NodeKind.CHILLER})

_SAID: Final[dict[str, dict[Language, str]]] = {
    "and": {EN: " and ", FR: " et "},
    "more": {EN: "{} more", FR: "{} autres"},
    "feed": {EN: "feed {} lost at {}", FR: "voie {} perdue à {}"},
    "feeds": {EN: "feeds {} lost at {}", FR: "voies {} perdues à {}"},
    "below": {EN: "{} or below it", FR: "{} ou en aval"},
    "power": {EN: "power lost at {}", FR: "alimentation perdue à {}"},
    "silent": {EN: "{} does not answer", FR: "{} ne répond pas"},
    "silents": {EN: "{} do not answer", FR: "{} ne répondent pas"},
    "unknown": {
        EN: "the cause is over, and nobody knows whether this goes on: {}",
        FR: "la cause a disparu, et on ignore si ceci dure encore : {}",
    },
    "behind": {EN: "nothing answers behind {}", FR: "plus rien ne répond derrière {}"},
    "cooling": {EN: "cooling lost at {}", FR: "froid perdu à {}"},
    "other": {EN: "{}: {}", FR: "{} : {}"},
    "foretold": {
        EN: "the loss of {} would put {} at {} % or more",
        FR: "si {} est perdu, {} serait à {} % ou plus",
    },
    "another": {EN: "another part", FR: "un autre élément"},
    "on_phase": {EN: "{} phase {}", FR: "{} phase {}"},
    "device": {EN: "1 device", FR: "1 équipement"},
    "devices": {EN: "{} devices", FR: "{} équipements"},
    "rack": {EN: "1 rack", FR: "1 baie"},
    "racks": {EN: "{} racks", FR: "{} baies"},
    "affected": {EN: "{} affected", FR: "{} touchés"},
    "affected_rack": {EN: "{} affected", FR: "{} touchée"},
    "affected_racks": {EN: "{} affected", FR: "{} touchées"},
    "over": {
        EN: "the cause is over, not all of its consequences yet",
        FR: "la cause a disparu, pas encore toutes ses conséquences",
    },
    "fading": {
        EN: "the cause is over by what is read now, and watched until its alert ends",
        FR: "la cause a disparu d’après ce qui est lu, et reste surveillée jusqu’à la fin de son alerte",
    },
    "live_on": {
        EN: "all racks still live on feed {}",
        FR: "toutes les baies restent alimentées par la voie {}",
    },
    "live_ons": {
        EN: "all racks still live on feeds {}",
        FR: "toutes les baies restent alimentées par les voies {}",
    },
    "live": {EN: "all racks still live", FR: "toutes les baies restent alimentées"},
    "rest_live": {EN: "the other racks still live", FR: "les autres baies restent alimentées"},
    "dark": {EN: "without power: {}", FR: "sans alimentation : {}"},
    "back": {EN: "power is back: {}", FR: "de nouveau alimentée : {}"},
    "backs": {EN: "power is back: {}", FR: "de nouveau alimentées : {}"},
    "known": {EN: "has power, which was unknown: {}", FR: "alimentée, ce qu’on ignorait : {}"},
    "knowns": {EN: "have power, which was unknown: {}", FR: "alimentées, ce qu’on ignorait : {}"},
    "doubtful": {EN: "power unknown: {}", FR: "alimentation inconnue : {}"},
    "cold_down": {EN: "no cooling left: {}", FR: "plus de froid : {}"},
    "cold_again": {EN: "cooling is back: {}", FR: "froid rétabli : {}"},
    "cold_less": {EN: "no cooling in reserve: {}", FR: "plus de froid en réserve : {}"},
    "tenant": {EN: "tenant {}", FR: "client {}"},
    "tenants": {EN: "tenants {}", FR: "clients {}"},
}


_AFTER_LOSS: Final = "load_after_loss_least_ratio"
_WORST_LOSS: Final = "worst_loss_state"


def headline(incident: Incident, topology: Topology, context: Sequence[Beside] = ()) -> Text:
    """Return the sentence, begun with a capital; every part that would say nothing is left out.

    ``context``: what stands beside the alert at its root, where that is known.
    """
    said = {language: "; ".join(_parts(incident, topology, language, context)) for language in Language}
    said = {**said, FR: said[FR].replace("; ", " ; ")}
    return {language: text[:1].upper() + text[1:] for language, text in said.items()}


def name_of(topology: Topology, part: str, member: Member | None = None) -> str:
    """Return a part of the building as people call it; one that a meter measures by the meter if need be."""
    node = topology.nodes.get(part)
    if node is not None and node.name and (node.name != part or node.polled):
        return node.name
    if (
        member is not None
        and member.change.asset is not None
        and part in (member.place.node, member.alert.asset)
    ):
        return member.change.asset.name
    for meter in topology.meters(part):
        return topology.nodes[meter].name or part
    service = topology.services.get(part)
    return service.name if service is not None and service.name else part


def called(topology: Topology, room: str, *labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what people call a room and the parts that labels name, where that is not their ids."""
    parts = dict.fromkeys(part for one in labels if (part := one.get(PART)))
    found = [(part, name) for part in parts if (name := name_of(topology, part)) != part]
    hall = topology.nodes.get(f"room/{room}")
    if hall is not None and hall.name not in ("", room):
        found.append((hall.id, hall.name))
    return tuple(found)


def _parts(
    incident: Incident, topology: Topology, language: Language, context: Sequence[Beside]
) -> Iterator[str]:
    if incident.unseen.only:
        yield from _unknown(incident, topology, language)
        return
    own = _named(incident)
    if own:
        yield _say("other", language, _title(incident.root, language), _listed(own, language))
    else:
        yield _foretold(incident, topology, language, context) or _lost(incident, topology, language)
    hit = incident.hit
    counted = [
        *_counted("device", len(hit.devices) if len(hit.devices) > 1 else 0, language),
        *_counted("rack", len(hit.racks), language),
    ]
    if counted:
        yield _say(_affected(hit), language, _say("and", language).join(counted))
    yield from _power(hit, topology, language)
    yield from _cooling(hit, topology, language)
    if hit.tenants:
        key = "tenant" if len(hit.tenants) == 1 else "tenants"
        yield _say(key, language, _listed(hit.tenants, language))
    if incident.unseen:
        yield from _unseen(incident, topology, language)
    elif incident.over and incident.because is not Because.REMAINS:
        yield _say("fading" if incident.fading else "over", language)


def _affected(hit: Hit) -> str:
    """Return how what is hit is said to be: in French racks agree, devices and both together do otherwise."""
    if len(hit.devices) > 1:
        return "affected"
    return "affected_rack" if len(hit.racks) == 1 else "affected_racks"


def _unseen(incident: Incident, topology: Topology, language: Language) -> Iterator[str]:
    """Say who of it does not answer, that had told of trouble or would show what remains."""
    names = [name_of(topology, part) for part in incident.unseen.devices]
    if names:
        yield _say("silent" if len(names) == 1 else "silents", language, _listed(names, language))


def _unknown(incident: Incident, topology: Topology, language: Language) -> Iterator[str]:
    """Say what of an incident whose cause is over may hold still or not; nothing in it claims a fault."""
    keys = frozenset(incident.unseen.alerts)
    said = (
        _say("other", language, _title(one, language), name_of(topology, one.place.node, one))
        for one in incident.members
        if one.key in keys
    )
    yield _say("unknown", language, _listed(tuple(dict.fromkeys(said)), language))
    yield from _unseen(incident, topology, language)


def _foretold(incident: Incident, topology: Topology, language: Language, context: Sequence[Beside]) -> str:
    """Say which loss would put a part at how much of its rating, at least; empty where that is not told."""
    root = incident.root
    point, reading = root.alert.point, root.change.reading
    if point.metric != _AFTER_LOSS or not root.open or reading is None or reading.value is None:
        return ""
    labels = dict(point.labels)
    by = next((one.state for one in context if one.metric == _WORST_LOSS and one.labels == labels), None)
    where = name_of(topology, labels.get(PART, root.place.node), root)
    if (phase := labels.get("phase", "all")) != "all":
        where = _say("on_phase", language, where, phase)
    return _say("foretold", language, by or _say("another", language), where, f"{int(100 * reading.value)}")


def _lost(incident: Incident, topology: Topology, language: Language) -> str:
    """Say what is wrong at the root."""
    root = incident.root
    roots = sorted(incident.roots, key=lambda part: _feed_of(topology, part))
    names = _listed([name_of(topology, part, root) for part in roots], language)
    trouble, because = root.place.trouble, incident.because
    if because is Because.BEHIND:
        return _say("behind", language, names)
    if because is Because.REMAINS:  # the roots are then all that is left over, of many kinds
        return _say("other", language, _title(root, language), name_of(topology, root.place.node, root))
    if because in _PARTS and (kinds := {_kind(topology, part) for part in incident.roots}):
        cooling = kinds <= _COOL
        return _say("cooling", language, names) if cooling else _feed(incident, topology, names, language)
    if because in _POWER or (trouble is Trouble.POWER_LOST and root.place.node in incident.roots):
        return _feed(incident, topology, names, language)
    if root.place.node not in incident.roots and root.place.device not in incident.roots:
        here = name_of(topology, root.place.node, root) if incident.over else names  # what is left of it
        return _say("other", language, _title(root, language), here)
    if trouble is Trouble.SILENT and root.alert.rule == _NO_ANSWER:
        return _say("silent", language, names)
    if trouble is Trouble.COOLING_LOST:
        return _say("cooling", language, names)
    return _say("other", language, _title(root, language), names)


def _named(incident: Incident) -> list[str]:
    """Return the names of the channels, outputs or sites that it tells of, or of those that stand."""
    root = incident.root.alert
    label = OUTSIDE.get(root.point.metric)
    if label is None:
        return []
    alike = [one for one in incident.members if one.alert.rule == root.rule]
    told = [one for one in alike if one.open] or alike
    return sorted({value for one in told for key, value in one.alert.point.labels if key == label})


def _kind(topology: Topology, part: str) -> NodeKind | None:
    node = topology.nodes.get(part)
    return node.kind if node is not None else None


def _feed(incident: Incident, topology: Topology, names: str, language: Language) -> str:
    feeds = {_feed_of(topology, part) for part in incident.roots}
    if _may_lie_below(incident, topology):
        names = _say("below", language, names)
    if "" in feeds or not feeds:
        return _say("power", language, names)
    key = "feed" if len(feeds) == 1 else "feeds"
    return _say(key, language, _listed(sorted(feeds), language), names)


def _may_lie_below(incident: Incident, topology: Topology) -> bool:
    """Whether only what is below the root has no voltage for sure: nobody reads the root, which may be fine.

    Of the strip of a rack nobody asks: below it there is only what it feeds.
    """
    if incident.because is not Because.BETWEEN or NodeKind.PDU in map(
        partial(_kind, topology), incident.roots
    ):
        return False
    roots = frozenset(incident.roots)
    told = (one for one in incident.members if one.open and one.place.node in roots)
    return all(one.place.trouble not in STOPS for one in told)


def _feed_of(topology: Topology, part: str) -> str:
    """Return the feed that a part belongs to: as it says, or as the devices say that measure it."""
    for name in (part, *topology.meters(part)):
        node = topology.nodes.get(name)
        if node is not None and node.feed:
            return node.feed
    return ""


def _title(member: Member, language: Language) -> str:
    rule = member.change.rule
    return rule.title[language] if rule is not None else member.alert.rule


def _counted(what: str, number: int, language: Language) -> Iterator[str]:
    if number:
        yield _say(what if number == 1 else what + "s", language, str(number))


def _power(hit: Hit, topology: Topology, language: Language) -> Iterator[str]:
    """Say how the racks are that it reaches: dark, unknown, back, alive all the time and on which feed."""
    if hit.dark:
        yield _say("dark", language, _racks(hit.dark, topology, language))
    if hit.doubtful:
        yield _say("doubtful", language, _racks(hit.doubtful, topology, language))
    for key, racks in (("back", hit.back), ("known", hit.known)):
        if racks:
            yield _say(key if len(racks) == 1 else key + "s", language, _racks(racks, topology, language))
    others = {*hit.dark, *hit.doubtful, *hit.back, *hit.known}
    if others.issuperset(hit.racks):
        return
    if others:
        yield _say("rest_live", language)
    elif hit.feeds:
        key = "live_on" if len(hit.feeds) == 1 else "live_ons"
        yield _say(key, language, _listed(hit.feeds, language))
    else:
        yield _say("live", language)


def _racks(parts: Sequence[str], topology: Topology, language: Language) -> str:
    return _listed([topology.nodes[part].name or part for part in parts], language)


def _cooling(hit: Hit, topology: Topology, language: Language) -> Iterator[str]:
    """Say which rooms have no cooling, have it again, or have none in reserve."""
    rooms = {name: standing for name, standing in hit.services.items() if _cools(topology, name)}
    again = [name for name in hit.again if _cools(topology, name)]
    down = [name for name, standing in rooms.items() if standing.function is State.DOWN]
    less = [
        name
        for name, standing in rooms.items()
        if name not in down and standing.redundancy is Redundancy.REDUCED
    ]
    for key, names in (("cold_down", down), ("cold_again", again), ("cold_less", less)):
        if names:
            yield _say(key, language, _listed([topology.services[name].name for name in names], language))


def _cools(topology: Topology, service: str) -> bool:
    return topology.services[service].kind is ServiceKind.COOLING


def _listed(names: Sequence[str], language: Language) -> str:
    shown = [*names[:_MOST]]
    if len(names) > _MOST:
        shown.append(_say("more", language, str(len(names) - _MOST)))
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + _say("and", language) + shown[-1]


def _say(key: str, language: Language, *values: str) -> str:
    return _SAID[key][language].format(*values)
