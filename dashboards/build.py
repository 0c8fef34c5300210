"""Write ``overview.json``, a first Grafana dashboard: ``python dashboards/build.py``.

Classic JSON, schema version 39 (Grafana 11.4): newer versions migrate it on load.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
PANELS: Final[tuple[tuple[str, str, str, str, str, str], ...]] = (
    # title, description, type, query, legend, Grafana's unit
    (
        "Devices by reach",
        "Whether agents answer. Silence is no power cut.",
        "stat",
        "sum by (state) (dcim_device_reach_state)",
        "{{state}}",
        "short",
    ),
    ("Open alerts", "Open alerts by severity.", "stat", "dcim_alerts_open", "{{severity}}", "short"),
    (
        "UPS load",
        "Load as a share of the rating.",
        "timeseries",
        'dcim_ups_output_load_ratio{room=~"$room"}',
        "{{asset}}",
        "percentunit",
    ),
    (
        "UPS battery charge",
        "Charge left in the battery.",
        "timeseries",
        'dcim_ups_battery_charge_ratio{room=~"$room"}',
        "{{asset}}",
        "percentunit",
    ),
    (
        "Rack PDU load",
        "Load on the whole PDU.",
        "timeseries",
        'dcim_pdu_power_watts{room=~"$room"}',
        "{{asset}}",
        "watt",
    ),
    (
        "Temperature at probes",
        "Air at the racks.",
        "timeseries",
        'dcim_sensor_temperature_celsius{room=~"$room"}',
        "{{asset}} {{sensor}}",
        "celsius",
    ),
    (
        "Lateness of polls",
        "99 % of polls begin within this time after their beat.",
        "timeseries",
        "histogram_quantile(0.99, sum by (le) (rate(dcim_poll_lateness_seconds_bucket[$__rate_interval])))",
        "p99",
        "s",
    ),
    (
        "Readings not on disk",
        "Readings and records that wait for the disk.",
        "timeseries",
        "dcim_history_waiting or dcim_store_waiting",
        "{{__name__}}",
        "short",
    ),
)


def panel(number: int, spec: tuple[str, str, str, str, str, str]) -> dict[str, Any]:
    """Return one panel: two in a row, eight units high."""
    title, description, kind, query, legend, unit = spec
    return {
        "id": number + 1,
        "title": title,
        "description": description,
        "type": kind,
        "datasource": SOURCE,
        "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
        "fieldConfig": {"defaults": {"unit": unit, "noValue": "no data"}, "overrides": []},
        "options": {},
        "targets": [{"refId": "A", "datasource": SOURCE, "expr": query, "legendFormat": legend}],
    }


def dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    variables = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "room",
            "label": "Room",
            "type": "query",
            "datasource": SOURCE,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "query": {"query": "label_values(dcim_device_reach_state, room)", "refId": "room"},
            "refresh": 2,
        },
    ]
    return {
        "uid": "dcim-overview",
        "title": "dcim: overview",
        "description": "What stands where and how it is. Generated: change dashboards/build.py.",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-3h", "to": "now"},
        "tags": ["dcim"],
        "templating": {"list": variables},
        "panels": [panel(number, spec) for number, spec in enumerate(PANELS)],
    }


if __name__ == "__main__":
    text = json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"
    Path(__file__).with_name("overview.json").write_text(text, encoding="utf-8")
