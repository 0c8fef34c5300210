"""Dashboards with a site's own names, and the files that Grafana reads when it starts.

Pains: I9.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from dcim.alerts import Language
from dcim.grafana import BOARD_OF_KIND, Names, Place, Source, board_of, named, provisioning, render
from dcim.model import Address, Asset, Kind
from dcim.resources import resource
from dcim.yaml import parse

NAMES = Names(
    site="Casablanca 1, Aïn Sebaâ",
    sites={"cas1": "Casablanca 1, Aïn Sebaâ"},
    rooms={"salle-1": "Salle 1"},
    devices={"cas1-ups-a": "Onduleur A"},
    time_zone="Africa/Casablanca",
    url="https://dcim.example.net",
)


def asset(kind: Kind, room: str = "salle-1") -> Asset:
    return Asset("pdu 1/a", "PDU", kind, "snmp", Address("127.0.0.1"), site="cas1", room=room)


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("language", Language)
def test_everything_that_grafana_needs_is_written(source: Source, language: Language, tmp_path: Path) -> None:
    written = render(tmp_path, NAMES, Place(), source, language)
    boards = [json.loads(path.read_text()) for path in written if path.suffix == ".json"]
    assert len(boards) == 13
    assert all(board["title"].startswith("Casablanca 1, Aïn Sebaâ") for board in boards)
    provider = parse((tmp_path / "provisioning/dashboards/dcim.yaml").read_text(), "x").data["providers"][0]
    assert provider["options"]["path"] == str(tmp_path / "dashboards")
    sources = parse((tmp_path / "provisioning/datasources/dcim.yaml").read_text(), "x").data["datasources"]
    (default,) = [one for one in sources if one["isDefault"]]
    kind = "influxdb" if source is Source.INFLUXDB else "prometheus"
    assert (default["uid"], default["type"]) == (source.uid, kind)
    for board in boards:
        chosen = board["templating"]["list"][0]
        assert chosen["current"]["value"] == default["uid"]
        assert chosen["query"] == kind
        assert board["timezone"] == "Africa/Casablanca"
        assert board["templating"]["list"][-1]["query"] == "https://dcim.example.net"


def test_rooms_are_chosen_and_shown_by_name_and_asked_by_id() -> None:
    shipped = json.loads(resource("dashboards", "prometheus", "fr", "noc.json").read_text())
    board = named(shipped, NAMES)
    (room,) = [one for one in board["templating"]["list"] if one["name"] == "room"]
    assert room["type"] == "custom"
    assert room["query"] == "Salle 1 : salle-1"
    assert room["allValue"] == ".*"
    (site,) = [one for one in board["templating"]["list"] if one["name"] == "site"]
    assert site["query"] == r"Casablanca 1\, Aïn Sebaâ : cas1"
    assert site["options"][0]["text"] == "Casablanca 1, Aïn Sebaâ"
    texts = json.dumps(
        [panel["fieldConfig"]["overrides"] for panel in board["panels"] if "fieldConfig" in panel]
    )
    assert '"salle-1": {"text": "Salle 1"' in texts
    assert "Onduleur A" in texts
    queries = [[one["expr"] for one in panel.get("targets", ())] for panel in board["panels"]]
    assert queries == [[one["expr"] for one in panel.get("targets", ())] for panel in shipped["panels"]]


def test_a_dollar_is_no_variable_of_grafana() -> None:
    files = provisioning(Place(database="a$b", dashboards="/srv/$x"), Source.INFLUXDB)
    assert 'dbName: "a$$b"' in files["datasources/dcim.yaml"]
    assert '"/srv/$$x"' in files["dashboards/dcim.yaml"]


def test_the_files_of_provisioning_name_no_secret() -> None:
    files = provisioning(Place(), Source.PROMETHEUS)
    assert "$INFLUX_TOKEN" in files["datasources/dcim.yaml"]
    assert set(files) == {
        "datasources/dcim.yaml", "dashboards/dcim.yaml", "alerting/contact-points.yaml.example",
    }  # fmt: skip


def test_the_page_of_a_device_leads_to_a_dashboard_that_there_is() -> None:
    shipped = {path.stem for path in resource("dashboards", "prometheus", "en").glob("*.json")}
    assert set(BOARD_OF_KIND.values()) <= shipped
    for kind in Kind:
        address = board_of("https://grafana.example.net", asset(kind))
        board, _, query = address.removeprefix("https://grafana.example.net/d/dcim-").partition("?")
        text = resource("dashboards", "prometheus", "en", f"{board}.json").read_text()
        uid, variables = json.loads(text)["uid"], json.loads(text)["templating"]["list"]
        assert uid == f"dcim-{board}"
        name, _, value = query.removeprefix("var-").partition("=")
        assert name in {one["name"] for one in variables}
        assert unquote(value) in ("pdu 1/a", "salle-1")
    assert board_of("", asset(Kind.UPS)) == ""
