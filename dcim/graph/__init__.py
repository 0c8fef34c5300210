"""The building as a graph: what feeds, cools and reaches what, and the services that stand on it. Pure.

node.py       the parts of the building, what joins them, services
topology.py   who depends on whom
derive.py     the racks, rooms and services that nobody has to write
feeds.py      the feeds of a rack, which are told of only where they fare otherwise
faults.py     what can be wrong with a graph that somebody wrote
sign.py       which readings tell whether a part works; signs.tsv has them
observe.py    what one device says of its part
evidence.py   what is known of a part, and why
local.py      the same from its own readings and its neighbours
conclude.py   evidence on every part, kept current
verdict.py    function and redundancy from k, n and what is known
services.py   how every service stands, kept current
hindsight.py  what was told and is in doubt, now that more is known
impact.py     what the loss of parts does
pairs.py      supplies that carry the same load
switches.py   the transfer switches that a source feeds
"""

from dcim.graph.evidence import Basis, Evidence
from dcim.graph.feeds import FEEDS, told_once
from dcim.graph.hindsight import Doubt, Hindsight
from dcim.graph.impact import Impact, impact
from dcim.graph.node import Node, NodeKind, Rating, Service, ServiceKind, Via, Wiring
from dcim.graph.observe import NOTHING, Said, Witness
from dcim.graph.services import Part, ServiceChange, Services
from dcim.graph.sign import State
from dcim.graph.switches import first_switches
from dcim.graph.topology import SUPPLY, Topology
from dcim.graph.verdict import Redundancy, Standing, judge

__all__ = [
    "FEEDS",
    "NOTHING",
    "SUPPLY",
    "Basis",
    "Doubt",
    "Evidence",
    "Hindsight",
    "Impact",
    "Node",
    "NodeKind",
    "Part",
    "Rating",
    "Redundancy",
    "Said",
    "Service",
    "ServiceChange",
    "ServiceKind",
    "Services",
    "Standing",
    "State",
    "Topology",
    "Via",
    "Wiring",
    "Witness",
    "first_switches",
    "impact",
    "judge",
    "told_once",
]
