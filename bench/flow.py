"""The loss of every single element of a site of 5,000, and how long one takes: ``python -m bench.flow``.

Two paths of four boards with two UPS each, 1,600 racks on two PDUs each, currents measured by phase at the
rack PDUs. ``cool``: one path carries the load of both within its limits. ``hot``: UPS trip when their twin is
lost, so that cascades are in it. Processor time of this process, which does not search for circles of
objects, as the one that tries losses (``dcim.redundancy.child``); a line of JSON for each site.

A whole cycle is all that the child does for one look of which every reading is another: it unpacks the frame,
reads it, works out the flow, tries all losses, judges what each part keeps and which services fall, and packs
its answer. ``heard`` is what the daemon does with that: it unpacks it and makes points of it.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
from time import process_time

from bench.cycle import Cycles
from dcim.flow import (
    PHASES,
    UNKNOWN,
    Battery,
    Element,
    Engine,
    Feed,
    Flow,
    Interval,
    Limit,
    Network,
    Reading,
    Rule,
    Situation,
    exactly,
)
from dcim.graph import NodeKind as K

RACKS, BY_FLOOR, BOARDS, BY_BOARD = 1600, 16, 4, 2


def site(ups_kva: float, seed: int = 1) -> tuple[Network, Situation]:
    """Return a site of some 5,000 elements and what is measured in it."""
    rolled = random.Random(seed)
    found: dict[str, Element] = {}

    def add(name: str, kind: K, *sources: str, limit: Limit | None = None, **more: object) -> None:
        found[name] = Element(name, kind, tuple(map(Feed, sources)), limit=limit or Limit(), **more)  # type: ignore[arg-type]

    engine = Engine(Interval(5, 15), exactly(5000.0), Interval(0.22, 0.4))
    add("genset", K.GENSET, limit=Limit(voltamperes=20e6), engine=engine)
    readings: dict[str, tuple[Reading, ...]] = {}
    for side in "ab":
        add(f"utility-{side}", K.UTILITY)
        for number in range(BOARDS):
            name = f"{side}{number}"
            gain = Interval(1.005, 1.04)
            add(f"tr-{name}", K.TRANSFORMER, f"utility-{side}", limit=Limit(voltamperes=4e6), gain=gain)
            add(f"ats-{name}", K.ATS, f"tr-{name}", "genset", rule=Rule.SELECT)
            add(f"board-{name}", K.SWITCHBOARD, f"ats-{name}", limit=Limit(amperes=6300))
        for number in range(BOARDS * BY_BOARD):
            add(
                f"ups-{side}{number}", K.UPS, f"board-{side}{number % BOARDS}",
                rule=Rule.SELECT, limit=Limit(voltamperes=ups_kva * 1000), gain=Interval(1.02, 1.1),
                balances=True, battery=Battery(exactly(6e8)), modules=4,
            )  # fmt: skip
        for number in range(RACKS // BY_FLOOR):
            ups = f"ups-{side}{number % (BOARDS * BY_BOARD)}"
            add(f"fpdu-{side}{number}", K.FLOOR_PDU, ups, limit=Limit(amperes=400))
    for number in range(RACKS):
        for side in "ab":
            name = f"pdu-{side}{number}"
            add(name, K.PDU, f"fpdu-{side}{number // BY_FLOOR}", limit=Limit(amperes=32))
            readings[name] = tuple(
                Reading(phase, amperes=rolled.uniform(2, 8), volts=rolled.uniform(228, 234))
                for phase in PHASES
            )
        add(f"rack/{number}", K.RACK, f"pdu-a{number}", f"pdu-b{number}", demand=UNKNOWN)
    return Network(found), Situation(readings=readings)


def measure(name: str, ups_kva: float, repeats: int = 5) -> dict[str, object]:
    """Return the figures of one site."""
    network, situation = site(ups_kva)
    begun = process_time()
    flow = _flowing(Flow(network, situation))
    first = process_time() - begun
    again, sweeps = [], []
    for _ in range(repeats):
        begun = process_time()
        flow = _flowing(Flow(network, situation, flow.cells))
        again.append(process_time() - begun)
        begun = process_time()
        sweep = flow.sweep()
        sweeps.append(process_time() - begun)
    one = sorted(_single(flow, name) for name in network.losable)
    cycles = Cycles(network, situation.readings)
    cycles.look()  # the first of a site is no cycle
    looks = [cycles.look() for _ in range(repeats)]
    return {
        "site": name,
        "elements": len(network.elements),
        "losses": len(sweep.outcomes),
        "with trips": sum(bool(outcome.trips) for outcome in sweep.outcomes),
        "first flow, s": round(first, 3),
        "flow of a cycle, s": round(statistics.median(again), 3),
        "all single losses, s": round(statistics.median(sweeps), 3),
        "whole cycle, s": round(statistics.median(one.child for one in looks), 3),
        "heard, s": round(statistics.median(one.daemon for one in looks), 3),
        "one loss with its loads, median, ms": round(statistics.median(one) * 1e3, 3),
        "99 %, ms": round(one[len(one) * 99 // 100] * 1e3, 3),
        "longest, ms": round(one[-1] * 1e3, 1),
    }


def _flowing(flow: Flow) -> Flow:
    """Return a flow that was worked out: it is made when somebody asks."""
    _ = flow.findings
    return flow


def _single(flow: Flow, name: str) -> float:
    begun = process_time()
    flow.lose(name)
    return process_time() - begun


def main() -> None:
    """Measure both sites."""
    gc.disable()
    for name, ups_kva in (("cool", 2400.0), ("hot", 1250.0)):
        print(json.dumps(measure(name, ups_kva)))


if __name__ == "__main__":
    main()
