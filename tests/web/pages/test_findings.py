"""What is measured and contradicts the drawing, told to a person in both languages. Pains: I1."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import httpx
import pytest

from dcim.alerts import Language
from dcim.flow import Doubt, Finding, Interval
from dcim.record import replace
from dcim.web import View
from dcim.web.app import build
from dcim.web.entrance.guard import Hosts
from dcim.web.shapes.findingsaid import finding_said, findings_of
from dcim.words import words

from ..conftest import FakeView  # noqa: TID252
from .test_whatif import Tried

MORE = Finding(
    "fpdu-a", "L2", Doubt.MORE, Interval(1750.0, 1850.0), Interval(3400.0, 3450.0), Interval(1600.0, 1650.0)
)
SAID = {
    MORE: (
        "<fpdu-a> carries 1.75–1.85 kVA on L2 that no documented outlet carries: measured 3.40–3.45 kVA, drawn below it 1.60–1.65 kVA.",
        "<fpdu-a> porte 1,75–1,85 kVA sur L2 qu’aucune prise documentée ne porte : mesuré 3,40–3,45 kVA, dessiné en aval 1,60–1,65 kVA.",
    ),
    replace(MORE, phase="", doubt=Doubt.LESS, perhaps="fpdu-b"): (
        "<fpdu-a> carries 1.75–1.85 kVA less on all phases than what is drawn below it takes: measured 3.40–3.45 kVA, "
        "drawn below it 1.60–1.65 kVA. Perhaps a cord that is drawn here is plugged into <fpdu-b>.",
        "<fpdu-a> porte 1,75–1,85 kVA de moins sur toutes phases que n’absorbe ce qui est dessiné en aval : mesuré 3,40–3,45 kVA, "
        "dessiné en aval 1,60–1,65 kVA. Peut-être un cordon dessiné ici est-il branché sur <fpdu-b>.",
    ),
    replace(MORE, doubt=Doubt.UNUSED, perhaps="pdu-b"): (
        "<fpdu-a> takes nothing on its cord to <pdu-b>, which is live, and 1.75–1.85 kVA on its others: the cord is plugged elsewhere "
        "or off, or what hangs there stands by.",
        "<fpdu-a> n’absorbe rien par son cordon vers <pdu-b>, qui est sous tension, et 1,75–1,85 kVA par les autres : le cordon est "
        "branché ailleurs ou coupé, ou ce qui y pend est en attente.",
    ),
    replace(MORE, doubt=Doubt.LOSSES): (
        "The input of <fpdu-a> is measured at 3.40–3.45 kVA, its output with its losses makes 1.60–1.65 kVA: they differ by 1.75–1.85 kVA.",
        "L’entrée de <fpdu-a> est mesurée à 3,40–3,45 kVA, sa sortie avec ses pertes fait 1,60–1,65 kVA : l’écart est de 1,75–1,85 kVA.",
    ),
    replace(MORE, doubt=Doubt.DEMAND): (
        "<fpdu-a> takes 3.40–3.45 kVA, and was declared or rated for 1.60–1.65 kVA at most: 1.75–1.85 kVA too much.",
        "<fpdu-a> absorbe 3,40–3,45 kVA, et est déclaré ou calibré pour 1,60–1,65 kVA au plus : 1,75–1,85 kVA de trop.",
    ),
    replace(MORE, doubt=Doubt.SHARING): (
        "The cords of <fpdu-a> share otherwise than was declared: one carries 3.40–3.45 kVA, by the declaration it would be 1.60–1.65 kVA: they differ by 1.75–1.85 kVA.",
        "Les cordons de <fpdu-a> se partagent la charge autrement que déclaré : l’un porte 3,40–3,45 kVA, selon la déclaration ce serait 1,60–1,65 kVA : l’écart est de 1,75–1,85 kVA.",
    ),
}  # fmt: skip


class Doubted(Tried):
    """A plant of which the last look found contradictions."""

    def __init__(self, folder: Path, *findings: Finding) -> None:
        super().__init__(folder)
        self.verdicts = replace(self.verdicts, findings=findings)


@pytest.fixture(scope="module")
def doubted(tmp_path_factory: pytest.TempPathFactory) -> Doubted:
    little = replace(MORE, element="rab1-tgbt-b", amount=Interval(200.0, 210.0), perhaps="rab1-tgbt-a")
    return Doubted(tmp_path_factory.mktemp("doubted"), little, MORE)


async def text(losing: Tried, lang: str, lose: str = "") -> str:
    app = build(cast("View", FakeView()), Hosts("127.0.0.1", ("site",), ""), losing=losing)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as site:
        asked = {"lang": lang} | ({"lose": lose} if lose else {})
        return (await site.get("/whatif", params=asked)).text


def test_every_doubt_is_a_sentence_in_both_languages(doubted: Doubted) -> None:
    assert {one.doubt for one in SAID} == set(Doubt)
    for one, (english, french) in SAID.items():
        assert finding_said(one, doubted, words(Language.EN)) == english
        assert finding_said(one, doubted, words(Language.FR)) == french


def test_the_most_power_comes_first_and_who_may_have_it_is_named(doubted: Doubted) -> None:
    shown = findings_of(doubted.verdicts.findings, doubted, words(Language.EN))
    assert [one.part for one in shown] == ["fpdu-a", "rab1-tgbt-b"]
    assert shown[1].perhaps_name == "<rab1-tgbt-a>"
    assert shown[1].text.endswith(" Perhaps a cord that is drawn on <rab1-tgbt-a> is plugged in here.")


@pytest.mark.parametrize(
    ("lang", "title", "carries"),
    [
        ("en", "Measured, and not as drawn", "on L2 that no documented outlet carries"),
        ("fr", "Mesuré, et non conforme au schéma", "sur L2 qu’aucune prise documentée ne porte"),
    ],
)
@pytest.mark.parametrize("lose", ["", "rab1-ups-a"])
async def test_the_page_tells_it_with_and_without_a_question(
    doubted: Doubted, lang: str, title: str, carries: str, lose: str
) -> None:
    page = await text(doubted, lang, lose)
    section = page.split('<section id="findings">')[1].split("</section>")[0]
    assert title in section
    assert section.count("<li") == section.count(carries) == 2
    assert "losses." not in page, "a word is missing"


async def test_that_nothing_contradicts_the_drawing_is_said_too(tmp_path: Path) -> None:
    page = await text(Doubted(tmp_path), "en")
    assert "Nothing that is measured contradicts the drawing." in page
    assert 'id="findings"' not in await text(Doubted(tmp_path), "en", "rab1-ups-a")
