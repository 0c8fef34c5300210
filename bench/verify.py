"""How many facts a second an auditor's program checks: a bundle of a ledger, and `verify.py` on it by itself.

python -m bench.verify [facts]      a line of JSON

Half of the facts are alerts with some 270 bytes of body, a quarter changes of services, a quarter heartbeats;
every 500 are signed. Counted is the processor time of the whole process, with its start and the signatures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, Final

from dcim.clock import SystemClock
from dcim.evidence.custody import Custody
from dcim.evidence.export import export
from dcim.model.fact import Fact, FactKind
from dcim.store import Store, Work

FACTS: Final = 100_000
NOON: Final = 1_764_072_000.0
_SIGNED: Final = 500
_STANDS: Final = (("up", "full"), ("up", "reduced"), ("down", "reduced"))


def facts(count: int, seed: int = 1) -> Iterator[Fact]:
    """Yield facts as a busy site writes them."""
    random, stands = Random(seed), dict[str, tuple[str, str]]()
    for number in range(count):
        at = NOON + number * 7.25
        if number % 2:
            yield Fact(FactKind.ALERT, at, f"{number:064x}", _alert(number, at))
        elif number % 4:
            yield Fact(FactKind.HEARTBEAT, at, "bench", {"lasts": 30.0})
        else:
            name = f"power/r{random.randrange(1000):04d}"
            before, now = stands.get(name, _STANDS[0]), random.choice(_STANDS)
            stands[name] = now
            yield Fact(FactKind.SERVICE_STATE, at, name, _state(name, before, now, at - 60 * random.random()))


def _alert(number: int, at: float) -> dict[str, Any]:
    body = {
        "change": "raised",
        "kind": "raised",
        "rule": "pdu_inlet_lost",
        "severity": "critical",
        "unit": "",
        "who": "",
    }
    more = {
        "asset": f"pdu-{number % 997}",
        "labels": {"source": "a"},
        "metric": "pdu_inlet_state",
        "state": "lost",
    }
    return {**body, **more, "raised_at": at, "value": None, "open": True, "digest": f"{number:064x}"}


def _state(name: str, before: tuple[str, str], now: tuple[str, str], held: float) -> dict[str, Any]:
    lost = {"part": f"{name}/B", "function": "down", "redundancy": "reduced", "why": ""}
    return {
        "kind": "power",
        "function": now[0],
        "redundancy": now[1],
        "before": {"function": before[0], "redundancy": before[1]},
        "needs": 1,
        "of": 2,
        "because": [lost] if now != _STANDS[0] else [],
        "more": 0,
        "held": round(held, 6),
    }


def bundle(folder: Path, count: int) -> str:
    """Write a ledger and its bundle; return the public key."""
    store = Store.open(folder / "state", "bench", SystemClock(), "c0ffee")
    pen = Custody(folder / "state", store, SystemClock()).begin()
    some: list[Fact] = []
    for fact in facts(count):
        some.append(fact)
        if len(some) == _SIGNED:
            store.commit_now(Work(facts=tuple(some), sign="hour"))
            some.clear()
    store.commit_now(
        Work(facts=(*some, Fact(FactKind.HEARTBEAT, NOON, "bench", {"lasts": 30.0})), sign="report")
    )
    export(folder / "bundle", store, pen)
    store.close()
    return pen.public


def main() -> None:
    """Write, verify three times, and say how fast the fastest was; and how fast the machine is."""
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), FACTS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = bundle(folder, count)
        used = []
        for _ in range(3):
            before = os.times()
            asked = [sys.executable, "-I", "verify.py", ".", "--key", key, "--lang", "en"]
            subprocess.run(asked, cwd=folder / "bundle", check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            used.append(
                after.children_user + after.children_system - before.children_user - before.children_system
            )
        size = (folder / "bundle" / "facts.ndjson").stat().st_size
    began, total = process_time(), 0
    for number in range(5_000_000):
        total += number
    figures = {
        "facts": count,
        "bytes_a_fact": round(size / count),
        "cpu_s": round(min(used), 2),
        "facts_a_cpu_second": round(count / min(used)),
        "additions_5e6_cpu_s": round(process_time() - began, 2),
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
