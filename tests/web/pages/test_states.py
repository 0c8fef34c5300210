"""A page says what it is: told of each change, drawn anew, or a picture of a moment; and what went wrong."""

from __future__ import annotations

import re
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from dcim.alerts import Language, Life
from dcim.explain import reading_said
from dcim.model import Batch, Health, Lane, Layout, Point, Reading
from dcim.web.pages import pages
from dcim.words import words

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STATIC = Path(pages.__file__).parents[1] / "static"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "live"), ("/devices/ups-a", "live"), ("/traps", "fresh"), ("/devices/nobody", "")],
)
async def test_only_a_page_that_is_told_of_changes_may_call_itself_live(
    client: httpx.AsyncClient, view: Any, path: str, kind: str
) -> None:
    """Pains: E3. A picture of a moment says of which, and has no mark of its own."""
    text = (await client.get(path, headers=BROWSER)).text
    assert f'<body data-page="{kind}"' in text
    assert f'<time id="clock" data-at="{view.now()}">' in text
    assert 'id="pulse-text" role="status"></span>' in text


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.glob("*.js")))
def test_a_script_is_a_module_and_imports_what_is_there(name: str) -> None:
    """Two scripts of one page do not share names: one that did ended the other before its first line."""
    text = (STATIC / name).read_text(encoding="utf-8")
    for imported in re.findall(r'(?:from|import) "\./([^"]+)"', text):
        assert (STATIC / imported).is_file()
    for template in (STATIC.parent / "templates").glob("*.html"):
        assert not re.search(r"<script(?![^>]*type=\"module\")", template.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nowhere", 404, "There is no such page or device."),
        ("GET", "/?lang=de", 422, "does not know: lang."),
        ("GET", "/explain/ups-a?at=yesterday", 422, "does not know: at."),
        ("POST", "/", 405, "only read"),
    ],
)
async def test_what_went_wrong_is_a_page_for_who_reads_pages(
    client: httpx.AsyncClient, method: str, path: str, status: int, said: str
) -> None:
    headers = {**BROWSER, "accept-language": "en", "content-type": "application/json"}
    answer = await client.request(method, path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text
    assert f"<h1>{status}</h1>" in answer.text


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/static/nothing.js", "/nowhere"])
async def test_a_program_is_told_in_json(client: httpx.AsyncClient, path: str) -> None:
    headers = BROWSER if path.startswith("/api/") else {"accept": "*/*"}
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 404
    assert "<html" not in answer.text


async def test_what_was_asked_for_is_never_markup(client: httpx.AsyncClient) -> None:
    answer = await client.get("/explain/ups-a?at=%3Cscript%3Ex", headers=BROWSER)
    assert answer.status_code == 422
    assert "<script>x" not in answer.text


def test_an_alarm_that_stands_is_said_in_the_language_of_the_reader() -> None:
    """The device's own word is English, and so was the value beside its French name."""
    word = "serial_communication_established"
    point = Point("ups-a", "ups_alarm", (("alarm", word),))
    reading = Reading(point, 0.0, None, word, Health.OK, None, "")
    assert reading_said(reading, words(Language.FR)) == "liaison série établie"
    assert reading_said(replace(reading, state="clear"), words(Language.FR)) == "rien"


async def test_an_alert_whose_value_is_fine_again_says_what_it_waits_for(
    client: httpx.AsyncClient, view: Any
) -> None:
    """It read "UPS on battery, output source normal", as if one of them were wrong."""
    assert "over when that lasts" not in (await client.get("/?lang=en")).text
    (alert,) = view.open_alerts
    view.open_alerts = (replace(alert, returning=True),)
    assert "(condition gone, over when that lasts)" in (await client.get("/?lang=en")).text
    assert (await client.get("/api/v1/alerts")).json()[0]["returning"] is True


async def test_what_is_over_and_not_seen_is_counted_apart(client: httpx.AsyncClient, view: Any) -> None:
    (alert,) = view.open_alerts
    over = replace(alert.alert, key="f" * 16, rule="other", open=False, life=Life.RETURNED)
    view.open_alerts = (alert, replace(alert, alert=over))
    text = (await client.get("/?lang=en")).text
    assert "1 open alert" in text
    assert '<span id="alert-count" class="count">1</span>' in text
    assert ">muted, or over and not seen yet: 1</span>" in text


async def test_what_to_do_is_not_said_of_what_is_over(client: httpx.AsyncClient, view: Any) -> None:
    """It said for hours after the mains were back that the load lives on the battery."""
    (alert,) = view.open_alerts
    todo = alert.rule.action[Language.EN]
    assert todo in (await client.get("/?lang=en")).text
    view.open_alerts = (replace(alert, alert=replace(alert.alert, open=False, life=Life.RETURNED)),)
    assert todo not in (await client.get("/?lang=en")).text


async def test_a_card_shows_what_the_device_said_and_not_what_was_concluded_of_it(
    client: httpx.AsyncClient, view: Any
) -> None:
    """Pains: E3. Of a device that never answered it said that its worst alert was none, and a load of 400 %."""
    point = Point("ups-a", "load_after_loss_ratio", (("part", "ups-a"),))
    view.batch = Batch(
        Layout("ups-a", Lane.SLOW, (point,), (None,), ("losses",), own=True), view.now(), array("d", [4.0])
    )
    text = (await client.get("/?lang=en")).text
    assert "400.0" not in text
    assert "400.0" in (await client.get("/devices/ups-a?lang=en")).text


async def test_who_has_no_right_is_told_so_in_their_language(client: httpx.AsyncClient, view: Any) -> None:
    view.tokens = {"t" * 40: "amina"}
    text = (await client.get("/?lang=fr")).text
    assert 'data-stranger="Ce jeton n’est celui de personne : rien n’a été fait."' in text
    assert 'name="token" type="password" required' in text
    key = view.open_alerts[0].alert.key
    answer = await client.post(f"/api/v1/alerts/{key}/acknowledge", json={"who": "x"})
    assert (answer.status_code, view.deeds) == (401, [])
