"""Tables of the whole path: how its cost grows, slow agents, v3, dead devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench import scraper
from bench.load import Missing, Place, addresses, agent, agent_v3, exporter
from bench.path import INTERVAL, PER_DEVICE, Load, Seen, measure
from bench.report import Size, Table

_COLUMNS = (
    "load",
    "share of a core",
    "us a reading",
    "RSS, MB",
    "99 % of polls begin within",
    "within 0.5 s",
    "overruns",
    "failures",
    "understood after, s",
)
_LATE_MS = 200
_SETTLED = 90.0
"""Seconds after which devices that were understood cost what they cost from then on.

For the first minute and a half each is looked at for the first time by what looks at it once a minute: its
slow lane, the checks of its agent and of its values.
"""
_SLOW, _DEAD = 22, 20
"""Second octets of addresses whose agent answers late, or never."""


def tables(place: Place, size: Size) -> Iterator[Table]:
    """Yield every table of the whole path, or of each why it is missing."""
    made = {"growth": _growth, "v3": _v3, "dead": _dead}
    failed = []
    for name in size.path_tables:
        try:
            table = _or_skipped(made[name], place, size)
        except RuntimeError as why:  # the other tables are measured all the same
            failed.append(f"{name}: {why}")
        else:
            yield table
    if failed:
        raise RuntimeError("; ".join(failed))


def _or_skipped(make: Callable[[Place, Size], Table], place: Place, size: Size) -> Table:
    try:
        return make(place, size)
    except Missing as why:
        return Table("Whole path", (), (), skipped=str(why))


def _growth(place: Place, size: Size) -> Table:
    rows, notes = [], []
    with agent(place, _LATE_MS) as port:
        peer = _peer(place, size, port)
        loads = {f"v2c, {count:,} devices": Load(addresses(count), port) for count in size.path_devices}
        if size.late_devices:
            late = addresses(size.late_devices, _SLOW)
            loads[f"v2c, {len(late):,} devices, each takes {_LATE_MS} ms to answer"] = Load(late, port)
        if size.busy_devices:
            busy = Load(addresses(size.busy_devices), port, interval=1.0)
            loads[f"v2c, {size.busy_devices:,} devices every second"] = busy
        for name, load in loads.items():
            seen = _seen(place, size, load)
            rows.append(_line(name, seen))
            if peer is not None and seen.per_reading:  # a short run may be below the clock tick
                notes.append(f"* {name}: {peer / seen.per_reading:.1f} times below snmp_exporter alone.")
    if peer is not None:
        notes = [
            f"snmp_exporter alone, asked without a pause, uses {peer:.2f} us a varbind for the same GET of "
            "60 in this run:\n",
            *notes,
        ]
    notes = ["\n".join(notes)] if notes else []
    notes.append(
        f"{PER_DEVICE} points a device every {INTERVAL:.0f} s, nearly all of which change with every poll; "
        "rules on all of them, history on with fsync, /metrics scraped every 15 s. Closing an hour of "
        "history happens in a child process and is not in here: see History."
    )
    notes.append(
        "Aims with 5,000 devices: at most 0.15 of a core and 400 MB, 6 times below snmp_exporter alone, "
        "99 % of polls within 0.5 s of their beat."
    )
    return Table("Whole path: one `dcim run`, wire to exposition", _COLUMNS, tuple(rows), tuple(notes))


def _seen(place: Place, size: Size, load: Load) -> Seen:
    """Measure the daemon under a load, when it has met all of it and looked at each device once."""
    warm = size.path_warm if size.is_quick else _SETTLED
    return measure(place, load, size.path_seconds, warm)


def _peer(place: Place, size: Size, agent_port: int) -> float | None:
    """Return the microseconds that snmp_exporter alone needs a varbind, or None where it is missing."""
    try:
        with exporter(place) as (pid, port):
            return scraper.measure(pid, port, "pdu_get60", agent_port, size.engine_devices, size.rounds)
    except Missing:
        return None


def _v3(place: Place, size: Size) -> Table:
    with agent_v3(place) as port:
        rows = [
            _line(
                f"v3 authPriv SHA-256/AES-128, {count:,} devices",
                _seen(place, size, Load(addresses(count), port, "3")),
            )
            for count in size.v3_devices
        ]
    note = "Every device is an engine of its own. The same objects and values as over v2c above. Aim: 0.25."
    return Table("Whole path over v3", _COLUMNS, tuple(rows), (note,))


def _dead(place: Place, size: Size) -> Table:
    live, dead = addresses(size.dead), addresses(size.dead, _DEAD)
    with agent(place) as port:
        alone = _seen(place, size, Load(live, port))
        both = _seen(place, size, Load([*live, *dead], port, live=len(live)))
    rows = (_line(f"{len(live)} live devices", alone), _line(f"{len(live)} live, {len(dead)} dead", both))
    note = "Polls and failures count the dead ones too; readings only come from live ones."
    return Table("Whole path, with and without dead devices", _COLUMNS, rows, (note,))


def _line(name: str, seen: Seen) -> tuple[str, ...]:
    return (
        name,
        f"{seen.core:.3f}",
        f"{seen.per_reading:.2f}",
        f"{seen.memory:.0f}",
        seen.late_99,
        f"{seen.within(0.5):.2%}",
        f"{seen.overruns:.0f}",
        f"{seen.failures:.0f}",
        f"{seen.ready_after:.0f}",
    )
