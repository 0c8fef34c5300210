"""Who answers is not said to be silent: who refuses, who tells nothing of use, and a card without its device."""

from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.notify.notices.headline import headline

from .conftest import Site


@pytest.mark.parametrize(
    ("rule", "en", "fr"),
    [
        ("device_no_data", "CRAC-1 does not answer", "CRAC-1 ne répond pas"),
        (
            "device_answers_nonsense",
            "Device answers, and tells nothing of use: CRAC-1",
            "L’équipement répond sans rien dire d’exploitable : CRAC-1",
        ),
        (
            "device_refuses",
            "Device refuses our credentials: CRAC-1",
            "L’équipement refuse nos identifiants : CRAC-1",
        ),
        (
            "management_card_blind",
            "Management card has lost its device: CRAC-1",
            "La carte de gestion a perdu son équipement : CRAC-1",
        ),
    ],
)
def test_only_who_does_not_answer_is_said_not_to_answer(site: Site, rule: str, en: str, fr: str) -> None:
    site.raised("crac-1", rule)
    site.wait(6)
    (incident,) = site.incidents.open
    said = headline(incident, site.topology)
    assert (said[Language.EN], said[Language.FR]) == (en, fr)
