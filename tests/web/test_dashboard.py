"""The page of a device leads to its dashboard, where somebody said where Grafana is. Pains: I9."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx


async def test_the_page_of_a_device_leads_to_its_dashboard(client: httpx.AsyncClient, view: Any) -> None:
    assert 'id="dashboard"' not in (await client.get("/devices/ups-a")).text
    view.site = replace(view.site, grafana="https://grafana.example.net")
    text = (await client.get("/devices/ups-a")).text
    assert 'href="https://grafana.example.net/d/dcim-ups?var-device=ups-a"' in text
    assert "Tableau de bord" in text


async def test_the_page_shows_alerts_as_cards_and_not_as_values(client: httpx.AsyncClient) -> None:
    assert "alert_raised" not in (await client.get("/devices/ups-a")).text
