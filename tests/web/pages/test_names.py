"""Parts of the building in labels: by what people call them, never by an id."""

from __future__ import annotations

from array import array
from typing import Any

import httpx

from dcim.alerts import Alert, Severity
from dcim.catalogue import METRICS
from dcim.model import Batch, Lane, Layout, Point
from dcim.web import AlertView

METRIC = "load_after_loss_ratio"


def _tell(view: Any, part: str) -> None:
    point = Point("ups-a", METRIC, (("part", part), ("phase", "L1")))
    layout = Layout("ups-a", Lane.SLOW, (point,), (None,), ("losses",), own=True)
    view.batch = Batch(layout, view.now(), array("d", (1.2,)), {})
    alert = Alert("b" * 64, "loss_overloads", point, Severity.MAJOR, view.now() - 9)
    view.open_alerts = (AlertView(alert, view.asset("ups-a"), None, view.batch.reading(0)),)


async def test_a_part_in_a_label_goes_by_its_name_on_the_pages(client: httpx.AsyncClient, view: Any) -> None:
    assert METRIC in METRICS
    view.names = {"msb-7": "TGBT Nord"}
    _tell(view, "msb-7")
    for page in ("/", "/devices/ups-a"):
        text = (await client.get(page)).text
        assert "TGBT Nord, phase L1" in text
        assert "msb-7" not in text


async def test_that_a_part_is_the_device_itself_is_said_by_its_name_alone(
    client: httpx.AsyncClient, view: Any
) -> None:
    _tell(view, "ups-a")
    text = (await client.get("/devices/ups-a")).text
    assert '<span class="quiet">phase L1</span>' in text


async def test_the_api_gives_the_id_for_programs_and_the_name_for_people(
    client: httpx.AsyncClient, view: Any
) -> None:
    view.names = {"msb-7": "TGBT Nord"}
    _tell(view, "msb-7")
    (alert,) = (await client.get("/api/v1/alerts")).json()
    assert alert["labels"] == {"part": "msb-7", "phase": "L1"}
    assert alert["called"] == {"msb-7": "TGBT Nord"}
