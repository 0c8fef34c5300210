"""The page that a link in a mail opens: whoever opens it, only its button does anything. Pains: H4."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dcim.alerts import Language
from dcim.web import LinkState, LinkView

TEXT = "A" * 120
PAGE = f"/acknowledge/{TEXT}"
FORM = {"content-type": "application/x-www-form-urlencoded"}
HEADLINE = {Language.EN: "Feed A lost <b>", Language.FR: "Voie A perdue <b>"}
OPEN = LinkView(LinkState.OPEN, HEADLINE, "critical", 1_789_999_000.0, "amina@example.org")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_it_changes_nothing(client: httpx.AsyncClient, view: Any, method: str) -> None:
    """Scanners of mail open every link, some of them twice."""
    view.linked = OPEN
    for _ in range(2):
        answer = await client.request(method, PAGE)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert view.looked == [TEXT, TEXT]
    assert (view.followed, view.deeds) == ([], [])


async def test_it_says_what_is_wrong_and_in_whose_name_in_two_languages(
    client: httpx.AsyncClient, view: Any
) -> None:
    """Pains: H5."""
    view.linked = OPEN
    french = (await client.get(f"{PAGE}?lang=fr")).text
    assert "Voie A perdue &lt;b&gt;" in french
    assert "Au nom de\u00a0: <strong>amina@example.org</strong>" in french
    assert '<button type="submit">Acquitter</button>' in french
    english = (await client.get(PAGE, headers={"accept-language": "en"})).text
    assert "Feed A lost &lt;b&gt;" in english
    assert "<script" not in english
    assert english.count('method="post"') == 1


async def test_its_button_acknowledges_with_a_note_on_one_line(client: httpx.AsyncClient, view: Any) -> None:
    view.linked = OPEN
    answer = await client.post(PAGE, headers=FORM, content="note=on%20my%0Away%1b[2J&who=somebody")
    assert answer.status_code == 200
    assert view.followed[0][0] == TEXT
    assert "\x1b" not in view.followed[0][1]
    assert view.followed[0][1].startswith("on my way")
    assert "<form" not in answer.text


@pytest.mark.parametrize(
    ("state", "status"),
    [("used", 410), ("expired", 410), ("over", 410), ("wrong", 404), ("taken", 200)],
)
async def test_a_link_that_does_nothing_more_has_no_button_and_says_why(
    client: httpx.AsyncClient, view: Any, state: str, status: int
) -> None:
    view.linked = LinkView(LinkState(state), by="Youssef <K>")
    answer = await client.get(f"{PAGE}?lang=en")
    assert answer.status_code == status
    assert "<button" not in answer.text
    assert ("by Youssef &lt;K&gt;." in answer.text) is (state == "taken")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://dcim.example.net"}, 403),  # not the address that people use: no TLS
        ({"content-type": "application/json"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"host": "evil.example"}, 421),
        ({"origin": "http://site"}, 200),
        ({"origin": "https://dcim.example.net"}, 200),  # through a proxy that asks by another name
        ({"origin": "https://dcim.example.net", "host": "dcim.example.net"}, 200),
    ],
)
async def test_a_form_comes_from_our_own_page(
    client: httpx.AsyncClient, view: Any, headers: dict[str, str], status: int
) -> None:
    view.linked = OPEN
    answer = await client.post(PAGE, headers={**FORM, **headers}, content="note=")
    assert answer.status_code == status
    assert len(view.followed) == (status == 200)


@pytest.mark.parametrize("path", ["/api/v1/alerts/" + "a" * 64 + "/acknowledge", "/acknowledge", "/"])
async def test_only_these_pages_take_forms(client: httpx.AsyncClient, view: Any, path: str) -> None:
    answer = await client.post(path, headers=FORM, content="who=x")
    assert answer.status_code == 415
    assert view.deeds == []


async def test_a_link_longer_than_any_is_not_looked_at(client: httpx.AsyncClient, view: Any) -> None:
    assert (await client.get("/acknowledge/" + "A" * 2000)).status_code == 422
    assert view.looked == []


async def test_the_page_stands_below_whatever_path_a_proxy_gives_it(
    client: httpx.AsyncClient, view: Any
) -> None:
    view.linked = OPEN
    page = (await client.get(PAGE)).text
    assert 'href="../static/dcim.css"' in page
    assert 'action="' not in page  # to where it came from
    assert 'href="/' not in page
