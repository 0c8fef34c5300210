"""A year's report of 1,000 services and a tenant's month, as PDF, from a ledger of a million changes on disk.

python -m bench.reports           a line of JSON

The ledger is that of ``bench.availability``, with the description of a site: 100 tenants of ten services on
two feeds each. Each report is made by ``dcim report --state`` in a process of its own: its processor time,
that of all imports with it, and the most memory that it had.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.availability import CHANGES, SERVICES, YEAR, told, write
from dcim.alerts import Language
from dcim.graph import Node, NodeKind, Service, ServiceKind, Wiring
from dcim.ledger.chain import Sealed
from dcim.model import Kind
from dcim.model.fact import FactKind
from dcim.reports.site import Described, Thing, keep, text_of

TENANTS = 100
REPORTS = {
    "year": ("--from", "2025"),
    "tenant_month": ("--from", "2025-12", "--scope", "tenant:Client 07"),
}


def site() -> Described:
    """Return a site of 1,000 racks, each with a strip on either feed, ten racks a tenant."""
    things: dict[str, Thing] = {}
    nodes: list[Node] = []
    services: list[Service] = []
    for number in range(SERVICES):
        rack, tenant = f"R{number:04}", f"Client {number % TENANTS:02}"
        strips = tuple(f"pdu-{number:04}{feed}" for feed in "ab")
        for strip in strips:
            things[strip] = Thing(
                strip, f"PDU {strip[4:]}", Kind.PDU, "salle-1", rack, tenant, "snmp", ("apc_rpdu2",), 10.0
            )
            nodes.append(Node(strip, NodeKind.PDU, room="salle-1", rack=rack, tenant=tenant))
        nodes.append(Node(f"rack/{rack}", NodeKind.RACK, rack, strips, rack=rack, tenant=tenant))
        services.append(
            Service(
                f"power/r{number:04}", ServiceKind.POWER, 1, strips, subject=rack, rack=rack, tenant=tenant
            )
        )
    return Described(
        "bench",
        "Banc d'essai",
        "Africa/Casablanca",
        Language.FR,
        {"salle-1": "Salle 1"},
        things,
        Wiring(tuple(nodes), tuple(services)),
    )


def prepare(directory: Path, changes: int = CHANGES) -> int:
    """Write a ledger of a year with the description of its site; return how many facts it has."""
    directory.mkdir(parents=True, exist_ok=True)
    digest = keep(text_of(site()), directory)
    described = Sealed(YEAR.start, FactKind.SITE_DESCRIBED, "bench", json.dumps({"sha256": digest}))
    return write(directory, iter([described, *told(YEAR.start, YEAR.end, changes)]))


def measured(directory: Path, which: str) -> dict[str, float]:
    """Make a report in a process of its own."""
    program = [sys.executable, "-m", "bench.reports", "--make", str(directory), which]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(program, env=env, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def make(directory: Path, which: str) -> None:
    """Run the command in a child, and print what it took."""
    out = directory / f"{which}.pdf"
    command = [sys.executable, "-m", "dcim.cli", "report", "uptime", *REPORTS[which]]
    subprocess.run([*command, "--state", str(directory), "--out", str(out)], check=True, stdout=sys.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = {
        f"{which}_cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        f"{which}_peak_mb": round(used.ru_maxrss / 1024),
        f"{which}_pdf_kb": round(out.stat().st_size / 1000),
    }
    sys.stdout.write(json.dumps(said))


def main() -> None:
    """Write the ledger, make both reports, print what they took."""
    with tempfile.TemporaryDirectory() as folder:
        said: dict[str, float] = {"facts": prepare(Path(folder))}
        for which in REPORTS:
            said |= measured(Path(folder), which)
    sys.stdout.write(f"{json.dumps(said)}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
