"""Dashboards as files: every board, for each source, in each language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from boards.colours import OF_SEVERITY
from boards.draw import panel, reference
from boards.panel import Board, Panel, Row, Source
from boards.promql import promql
from boards.query import is_, pick
from boards.text import Text
from boards.variables import variables
from dcim.alerts import Language, Severity

SCHEMA: Final = 39
"""Of Grafana 11.4; newer ones migrate it on load, and find nothing to change."""
COLUMNS: Final = 24
_MORE: Final = Text("Dashboards", "Tableaux de bord")
_RAISED: Final = Text("Alerts raised", "Alertes levées")


def made(board: Board, source: Source, language: Language) -> dict[str, Any]:
    """Return a dashboard as Grafana keeps it."""
    built = (
        dashboard.Dashboard(board.title(language))
        .uid(board.uid)
        .description(board.about(language))
        .tags(["dcim"])
        .refresh(board.refresh)
        .time(board.span, "now")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables(variables(board, source, language))
        .link(
            dashboard.DashboardLink(_MORE(language))
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["dcim"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
        )
        .link(
            dashboard.DashboardLink("dcim")
            .type(model.DashboardLinkType.LINK)
            .url("${dcim}")
            .icon("external link")
            .target_blank(True)
        )
    )
    said: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(built.build()))
    said["schemaVersion"] = SCHEMA
    said["panels"] = [*_panels(board, source, language)]
    said["annotations"] = {"list": [_annotation(board, source, language)]}
    return said


def _panels(board: Board, source: Source, language: Language) -> Iterator[dict[str, Any]]:
    """Yield the panels row by row, from left to right."""
    number, top = 1, 0
    for row in board.rows:
        shown = [one for one in row.panels if one.only in (None, source)]
        if not shown:
            continue
        yield _heading(row, number, top, language)
        number, top = number + 1, top + 1
        left = deepest = 0
        for one in shown:
            if left + one.size[0] > COLUMNS:
                left, top, deepest = 0, top + deepest, 0
            yield _encoded(one, number, (left, top), source, language)
            left, deepest, number = left + one.size[0], max(deepest, one.size[1]), number + 1
        top += deepest


def _heading(row: Row, number: int, top: int, language: Language) -> dict[str, Any]:
    place = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
    return {
        "id": number, "type": "row", "title": row.title(language), "collapsed": False, "gridPos": place, "panels": [],
    }  # fmt: skip


def _encoded(
    one: Panel, number: int, place: tuple[int, int], source: Source, language: Language
) -> dict[str, Any]:
    drawn = panel(one, number, place, source, language).build()
    said: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(drawn))
    return said


def _annotation(board: Board, source: Source, language: Language) -> dict[str, Any]:
    """Return the marks on the time axis: when the ledger took down that an alert was raised."""
    places = tuple(place for place in ("site", "room") if place in board.places)
    raised = pick(
        "alert_raised_timestamp_seconds", is_("severity", "critical", "major"), places=places, times=1000
    )
    common = {
        "name": _RAISED(language),
        "datasource": json.loads(JSONEncoder().encode(reference(source))),
        "enable": True,
        "hide": False,
        "iconColor": OF_SEVERITY[Severity.MAJOR],
    }
    if source is Source.PROMETHEUS:
        words = {"titleFormat": "{{rule}}", "textFormat": "{{asset}}", "tagKeys": "severity,room"}
        return {**common, **words, "expr": promql(raised), "step": "60s", "useValueForTime": "on"}
    chosen = " AND ".join(f'"{place}" =~ /^${{{place}:regex}}$/' for place in places)
    query = (
        'SELECT first("value") AS "value" FROM "dcim_alert_raised_timestamp_seconds" '
        f"WHERE (\"severity\" = 'critical' OR \"severity\" = 'major') AND {chosen} AND $timeFilter "
        'GROUP BY "asset", "rule", "severity"'
    )
    fields = {"textColumn": "asset", "titleColumn": "rule", "tagsColumn": "severity"}
    return {**common, "query": query, "fromAnnotations": True, **fields}


def text_of(board: Board, source: Source, language: Language) -> str:
    """Return the file of a dashboard."""
    return json.dumps(made(board, source, language), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
