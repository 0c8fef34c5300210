from __future__ import annotations

import html
import json
from array import array
from dataclasses import replace
from typing import Any

import httpx
import pytest

from dcim.alerts import Language
from dcim.catalogue import METRICS
from dcim.collect import Heard, Stranger
from dcim.model import (
    Address,
    Batch,
    Gap,
    GapReason,
    Health,
    Identity,
    Kind,
    Lane,
    Layout,
    Meaning,
    Point,
    state_code,
)
from dcim.poll import Presence, Reach
from dcim.series import Quality
from dcim.web import Exchange, Hearing, Part
from dcim.web.pages.news import News
from dcim.words import preferred, words


async def test_the_overview_is_french_for_a_french_site_and_english_for_who_asks(
    client: httpx.AsyncClient,
) -> None:
    french = await client.get("/")
    assert "Alertes ouvertes" in french.text
    assert "sur batterie" in french.text
    english = await client.get("/", headers={"accept-language": "en-GB,en;q=0.9,fr;q=0.5"})
    assert "Open alerts" in english.text


async def test_a_language_chosen_once_is_remembered(client: httpx.AsyncClient) -> None:
    await client.get("/?lang=en")
    assert "Open alerts" in (await client.get("/")).text


async def test_names_from_the_configuration_are_text_and_never_markup(client: httpx.AsyncClient) -> None:
    text = (await client.get("/")).text
    assert "<b>1</b>" not in text
    assert "PDU &lt;b&gt;1&lt;/b&gt;" in text


async def test_silence_is_shown_as_unknown_and_not_as_fine(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: E3, E5."""
    view.open_alerts = ()
    text = (await client.get("/?lang=en")).text
    assert "2 devices tell nothing" in text
    assert 'id="no-alerts" class="note edge ok" hidden' in text


async def test_a_stale_value_is_marked_and_has_no_healthy_tone(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: A11."""
    view.quality = Quality.STALE
    text = (await client.get("/devices/ups-a?lang=en")).text
    assert 'class="right tone-text unknown stale">87.5' in text


async def test_a_value_that_others_contradict_is_marked(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: A2."""
    text = (await client.get("/devices/ups-a?lang=en")).text
    assert " doubtful" not in text
    contradicts = Meaning("contradicts", Health.WARNING)
    check = Point(
        "ups-a", "device_check_state", (("check", "ups_output_load_is_power_by_rating"), ("of", "all"))
    )
    load = Point("ups-a", "ups_output_load_ratio")
    layout = Layout(
        "ups-a",
        Lane.SLOW,
        (check, load),
        ({state_code("contradicts"): contradicts}, None),
        ("", ""),
        own=True,
    )
    view.batch = Batch(layout, view.now(), array("d", (state_code("contradicts"), 0.9)))
    text = (await client.get("/devices/ups-a?lang=en")).text
    assert ' doubtful" title="contradicted by other values of the device">90' in text
    assert "UPS load fits power and rating" in text


async def test_an_alert_whose_value_is_old_says_so(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: A11."""
    (alert,) = view.open_alerts
    view.open_alerts = (replace(alert, quality=Quality.STALE),)
    assert "Output source battery (stale)" in (await client.get("/?lang=en")).text


async def test_a_device_page_shows_values_gaps_and_sources(client: httpx.AsyncClient) -> None:
    text = (await client.get("/devices/ups-a?lang=en")).text
    assert "no reading here" in text
    assert "Smart-UPS 3000" in text
    assert "1.3.2" in text
    assert "phase L1" in text


async def test_a_device_that_answers_without_one_value_is_not_counted_as_fine(
    client: httpx.AsyncClient, view: Any
) -> None:
    """Pains: E3, E5."""
    view.open_alerts = ()
    view.reaches["crac-1"] = view.reaches["ups-a"]
    layout = view.batch.layout
    gaps = {slot: Gap(GapReason.ABSENT) for slot in range(len(layout))}
    view.batch = Batch(layout, view.now(), array("d", [float("nan")] * len(layout)), gaps)
    text = (await client.get("/?lang=en")).text
    assert "2 devices tell nothing" in text
    assert 'class="card edge unknown" data-device="ups-a"' in text


async def test_a_code_that_nobody_has_a_word_for_is_marked(client: httpx.AsyncClient, view: Any) -> None:
    """Pains: C12."""
    view.open_alerts = ()
    values = array("d", view.batch.values)
    values[0] = float("nan")
    gaps = {0: Gap(GapReason.UNKNOWN_CODE, "9"), 2: Gap(GapReason.ABSENT)}
    view.batch = Batch(view.batch.layout, view.now(), values, gaps)
    text = (await client.get("/?lang=en")).text
    assert 'class="card edge warning" data-device="ups-a"' in text
    assert "code unknown to the profile (9)" in text


async def test_a_missing_device_has_a_page_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await client.get("/devices/nobody?lang=fr")
    assert answer.status_code == 404
    assert "n’existe pas" in answer.text


async def test_an_empty_site_says_what_to_do(client: httpx.AsyncClient, view: Any) -> None:
    view.devices = ()
    view.open_alerts = ()
    text = (await client.get("/?lang=en")).text
    assert "No device in the configuration yet" in text
    assert "Every rule that could be decided is quiet" not in text


async def test_troubles_of_the_daemon_and_blind_time_stand_on_the_page(
    client: httpx.AsyncClient, view: Any
) -> None:
    """Pains: G2."""
    view.parts = (Part("store", False, "no space left"),)
    view.blind_from = view.now() - 9000
    text = (await client.get("/?lang=en")).text
    assert "database: no space left" in text
    assert "Not watching from" in text


async def test_what_went_wrong_is_said_in_french_on_the_french_page(
    client: httpx.AsyncClient, view: Any
) -> None:
    view.reaches["crac-1"] = Presence(
        Reach.SILENT, view.now() - 60, 5, "192.0.2.9:161: no answer, asked 3 times"
    )
    view.parts = (Part("channel mail", False, "connection: refused or unreachable"), Part("store", True))
    text = html.unescape((await client.get("/?lang=fr")).text).replace("\u00a0", " ")
    assert "192.0.2.9:161 : pas de réponse, demandé 3 fois" in text
    assert "canal mail : connection : refusée ou injoignable" in text
    assert "no answer" not in text


async def test_the_last_hour_is_told_in_units_and_words_of_the_reader(
    client: httpx.AsyncClient, view: Any, points: tuple[Point, ...]
) -> None:
    state, charge = points[0].id, points[1].id
    now = view.now()
    view.past = {
        charge: [(now - 20, 0.875), (now - 10, None), (now - 5, 0.5)],
        state: [(now - 20, state_code("battery")), (now - 10, None)],
    }
    said = (await client.get(f"/points/{charge:016x}/hour?lang=fr")).json()
    assert said["range"].replace("\u00a0", " ") == "50,0 % … 87,5 %"
    assert said["samples"] == [[now - 20, 0.875, None], [now - 10, None, None], [now - 5, 0.5, None]]
    assert view.asked[-1][1:3] == (now - 3600, now)
    said = (await client.get(f"/points/{state:016x}/hour?lang=fr")).json()
    assert said == {"range": "", "samples": [[now - 20, None, "sur batterie"], [now - 10, None, None]]}
    view.past = {}
    assert (await client.get(f"/points/{charge:016x}/hour")).json() == {"range": "", "samples": []}


@pytest.mark.parametrize("point", ["0" * 16, "xyz", "1" * 17])
async def test_a_point_that_nobody_knows_has_no_last_hour(client: httpx.AsyncClient, point: str) -> None:
    assert (await client.get(f"/points/{point}/hour")).status_code == 404


@pytest.mark.parametrize("name", ["dcim.css", "dcim.js", "dcim.svg"])
async def test_assets_are_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 200


@pytest.mark.parametrize("name", ["..%2Fapp.py", "nothing.css", "%2e%2e%2fwords.tsv", "x" * 5000 + ".js"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


async def test_a_page_hears_what_changed_and_the_reader_is_let_go(view: Any) -> None:
    stream = News(view, words(Language.EN)).stream("")
    first = json.loads((await anext(stream)).removeprefix("data: "))
    assert first["alerts"][0]["severity"] == "critical"
    for subscription in view.subscriptions:
        subscription.note("ups-a")
        subscription.note("vanished")
    said = json.loads((await anext(stream)).removeprefix("data: "))
    assert [card["id"] for card in said["cards"]] == ["ups-a"]
    assert said["cards"][0]["cells"][0]["text"] == "battery"
    await stream.aclose()
    assert not view.subscriptions


def test_every_word_has_both_languages() -> None:
    english, french = words(Language.EN), words(Language.FR)
    missing = [key for key in english.keys if not english(key) or not french(key)]
    assert not missing
    assert english.keys == french.keys


def test_every_metric_kind_and_reach_has_words() -> None:
    keys = words(Language.FR).keys
    assert not [name for name in METRICS if f"metric.{name}" not in keys]
    assert not [kind for kind in Kind if f"kind.{kind}" not in keys]
    assert not [reach for reach in Reach if f"reach.{reach}" not in keys]
    assert not [name for m in METRICS.values() for name in m.labels if f"label.{name}" not in keys]
    assert not [w for metric in METRICS.values() for w in metric.words if f"state.{w}" not in keys]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Language.FR),
        ("en", Language.EN),
        ("de, en;q=0.2, fr;q=0.4", Language.FR),
        ("en;q=0", Language.FR),
        ("en;q=nonsense", Language.FR),
        ("en-US", Language.EN),
    ],
)
def test_the_browser_is_asked_for_its_language(accept: str, expected: Language) -> None:
    assert preferred(accept, Language.FR) is expected


async def test_the_page_of_traps_says_who_sent_what_and_who_is_a_stranger(
    view: Any, client: httpx.AsyncClient
) -> None:
    off = (await client.get("/traps?lang=en")).text
    assert "Nobody listens" in off
    assert 'href="/traps"' not in (await client.get("/?lang=en")).text
    view.ear = Hearing(
        (Address("0.0.0.0", 162),),
        {"heard": 2, "limited": 9},
        (Stranger("192.0.2.66", 3, view.now(), view.now()),),
    )
    view.traps = [
        Heard("ups-a", view.now(), "1.3.6.1.4.1.318.0.5", "on_battery", "v2c trap", "10.0.0.1"),
        Heard("gone", view.now(), "1.3.6.1.4.1.9.9.1", "", "v3 inform", "10.0.0.2"),
    ]
    page = html.unescape((await client.get("/traps?lang=fr")).text)
    for text in (
        "0.0.0.0:162",
        "sur batterie",
        "1.3.6.1.4.1.9.9.1",
        "192.0.2.66",
        "trop d’un même expéditeur",
    ):
        assert text in page
    assert 'href="/traps"' in (await client.get("/?lang=en")).text
    device = (await client.get("/devices/ups-a?lang=en")).text
    assert "on battery" in device
    assert "v3 inform" not in device


async def test_the_page_says_which_hardware_stood_there_before(view: Any, client: httpx.AsyncClient) -> None:
    """Pains: D9."""
    assert 'id="exchanged"' not in (await client.get("/devices/ups-a")).text
    old, new = Identity("ups", "APC", "SMT 1500", "AS0"), Identity("ups", "APC", "SMT 3000", "AS1")
    view.exchanged = Exchange(view.now(), old, new)
    page = html.unescape((await client.get("/devices/ups-a?lang=en")).text)
    assert "APC SMT 1500 AS0 → APC SMT 3000 AS1" in page
    told = (await client.get("/api/v1/devices/ups-a")).json()["exchange"]
    assert (told["before"]["serial"], told["after"]["serial"]) == ("AS0", "AS1")
