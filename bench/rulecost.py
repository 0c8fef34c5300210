"""What rules cost on the path of readings: 1,000 rules on 5,000 devices, beside the same path without any.

python -m bench.rulecost      a line of JSON

The rules are dealt over the kinds of devices, as a site's are: 50 look at each device of 57 points. Values
wander within their limits; one device in a hundred is beyond one, and its alert is open. Processor time.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from time import process_time

import numpy as np

from dcim.alerts import RuleSet, Watch, compile_rules
from dcim.catalogue import METRICS, Shape
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.yaml import parse

DEVICES, POINTS, RULES, ROUNDS = 5000, 57, 1000, 9
KINDS = [kind for kind in Kind if kind is not Kind.SERVICE]
METRIC_NAMES = [name for name, one in METRICS.items() if one.shape is Shape.GAUGE and one.unit == "ratio"][
    :POINTS
]
TEXT = "title: { en: t, fr: t }, consequence: { en: c, fr: c }, action: { en: a, fr: a }"


def rules() -> RuleSet:
    """Return the rules: limits on ratios, each on one metric of one kind."""
    lines = []
    for n in range(RULES):
        kind, metric = KINDS[n % len(KINDS)], METRIC_NAMES[n // len(KINDS) % len(METRIC_NAMES)]
        limit = f"above: {90 + n % 7} %, deadband: 3 %, on_delay: {n % 3 * 10} s, severity: minor"
        lines.append(f"  - {{ rule: r{n}, kinds: [{kind}], metric: {metric}, {limit}, {TEXT} }}")
    made, problems = compile_rules([parse("format: 1\nrules:\n" + "\n".join(lines), "rules.yaml")])
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    return made


def devices() -> tuple[list[Asset], list[Layout]]:
    """Return the devices of all kinds in turn, and the layout of each."""
    where = Address("192.0.2.1", 161)
    assets = [Asset(f"d{n}", f"d{n}", KINDS[n % len(KINDS)], "bench", where) for n in range(DEVICES)]
    empty = (None,) * len(METRIC_NAMES), ("",) * len(METRIC_NAMES)
    layouts = [
        Layout(one.id, Lane.FAST, tuple(Point(one.id, name) for name in METRIC_NAMES), *empty)
        for one in assets
    ]
    return assets, layouts


def rounds(layouts: Sequence[Layout]) -> list[list[Batch]]:
    """Return what the devices say, one list a round."""
    random = np.random.default_rng(1)
    said: list[list[Batch]] = [[] for _ in range(ROUNDS)]
    for turn, batches in enumerate(said):
        wandering = random.uniform(0.2, 0.8, (len(layouts), len(METRIC_NAMES)))
        wandering[::100, 0] = 0.99
        for layout, values in zip(layouts, wandering, strict=True):
            batches.append(Batch(layout, 10.0 * turn, array("d", values.tobytes())))
    return said


def costs(watches: Mapping[str, Watch], said: Sequence[Sequence[Batch]]) -> dict[str, float]:
    """Return milliseconds of processor time per 1,000 readings, after a first round that plans.

    The watches take turns in every round, since the speed of a machine wanders.
    """
    best = dict.fromkeys(watches, float("inf"))
    for turn, batches in enumerate(said):
        for name, watch in watches.items():
            began = process_time()
            for batch in batches:
                watch.take(batch, 10.0 * turn)
            if turn:
                best[name] = min(best[name], process_time() - began)
    return {name: one * 1e6 / (DEVICES * len(METRIC_NAMES)) for name, one in best.items()}


def main() -> None:
    """Measure both and print the difference."""
    assets, layouts = devices()
    said = rounds(layouts)
    watches = {
        name: Watch(ruled, assets, "bench", lambda _lane, every: every)
        for name, ruled in (("with", rules()), ("without", RuleSet({})))
    }
    found = costs(watches, said)
    result = {
        "rules": RULES,
        "devices": DEVICES,
        "points": len(METRIC_NAMES),
        "open": len(watches["with"].open),
        "ms_per_1000_readings_with": round(found["with"], 4),
        "ms_per_1000_readings_without": round(found["without"], 4),
        "ms_per_1000_readings_added": round(found["with"] - found["without"], 4),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
