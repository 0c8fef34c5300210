"""Draw dashboards from a real database: ``python dashboards/draw.py --prometheus URL --out DIR``.

Options: ``--influxdb URL --database NAME`` instead, ``--lang fr``, ``--minutes 30``, ``--only noc,ups``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import httpx

from drawn.ask import Database, Influx, Prometheus
from drawn.fill import Filling, Span
from drawn.page import drawn, height_of, picture

HERE = Path(__file__).parent
WIDTH = 1500


def main() -> int:
    """Write one picture a dashboard."""
    said = argparse.ArgumentParser()
    said.add_argument("--prometheus", default="")
    said.add_argument("--influxdb", default="")
    said.add_argument("--database", default="dcim")
    said.add_argument("--out", type=Path, required=True)
    said.add_argument("--lang", default="en")
    said.add_argument("--minutes", type=float, default=30.0)
    said.add_argument("--only", default="")
    said.add_argument("--tenant", default=".*")
    wish = said.parse_args()
    wish.out.mkdir(parents=True, exist_ok=True)
    end = time.time()
    span = Span(end - wish.minutes * 60, end, max(5.0, wish.minutes * 60 / 120))
    with httpx.Client(timeout=60) as client, tempfile.TemporaryDirectory() as folder:
        database: Database = Prometheus(client, wish.prometheus)
        if wish.influxdb:
            database = Influx(client, wish.influxdb, wish.database)
        source = "influxdb" if wish.influxdb else "prometheus"
        for path in sorted((HERE / source / wish.lang).glob("*.json")):
            if wish.only and path.stem not in wish.only.split(","):
                continue
            board = json.loads(path.read_text(encoding="utf-8"))
            filling = Filling(span, {"tenant": wish.tenant} if path.stem == "tenant" else {})
            page = Path(folder) / f"{path.stem}.html"
            page.write_text(drawn(board, database, filling, wish.lang), encoding="utf-8")
            picture(page, wish.out / f"{path.stem}.webp", WIDTH, height_of(board))
    return 0


if __name__ == "__main__":
    sys.exit(main())
