from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.store import StoreFull
from dcim.words import labels_said, limit_said, point_said, state_said, why_said, words

EN, FR = words(Language.EN), words(Language.FR)


@pytest.mark.parametrize(
    ("limit", "english", "french"),
    [
        ("above 0.5 deltaC", "above 0.5 K", "au-dessus de 0,5 K"),
        (
            "below 207 V or above 253 V",
            "below 207 V or above 253 V",
            "au-dessous de 207 V ou au-dessus de 253 V",
        ),
        ("above 27 degC", "above 27 °C", "au-dessus de 27 °C"),
        ("above 100 % of its rating", "above 100 % of its rating", "au-dessus de 100 % de son calibre"),
        ("not auto, test", "other than auto, test", "autre que automatique, essai"),
        ("battery", "battery", "sur batterie"),
        ("flux_capacitor", "flux capacitor", "flux capacitor"),
        ("gap: unknown_code", "code unknown to the profile", "code inconnu du profil"),
        (
            "lost: absent, refused",
            "a value that was there is gone",
            "une valeur qui était là a disparu",
        ),
        ("", "", ""),
    ],
)
def test_a_limit_is_said_in_the_readers_language(limit: str, english: str, french: str) -> None:
    assert limit_said(limit, EN) == english
    assert limit_said(limit, FR) == french


def test_a_point_has_its_phase_once() -> None:
    phase = (("phase", "L1"),)
    assert point_said("pdu_phase_current_amperes", phase, EN) == "Current of phase L1"
    assert point_said("pdu_phase_current_amperes", phase, FR) == "Courant de la phase L1"
    assert point_said("meter_voltage_volts", phase, FR).endswith(" phase L1")
    assert point_said("ups_output_load_ratio", (), EN) == EN("metric.ups_output_load_ratio")


def test_labels_are_positions_and_an_alarm_is_its_own_name() -> None:
    assert labels_said((("outlet", "7"), ("phase", "L1")), FR) == "prise 7, phase L1"
    assert labels_said((("component", "compressor_2"),), FR) == "compresseur 2"
    assert labels_said((("valve", "cw_1"),), FR) == "vanne eau glacée 1"
    assert (
        labels_said((("sensor", "Rack 3 (haut)"), ("fan", "2")), FR) == "sonde Rack 3 (haut), ventilateur 2"
    )
    assert labels_said((("component", "flux_coil"), ("sensor", "my_rack")), FR) == "flux coil, sonde my_rack"
    assert labels_said((("alarm", "fail_to_start"),), EN) == "fail to start"
    assert labels_said((("alarm", "fail_to_start"),), FR) == "échec du démarrage"


def test_a_word_that_is_in_no_list_is_shown_and_not_hidden() -> None:
    assert state_said("boost_mode", FR) == "boost mode"


def test_a_full_disk_is_said_with_what_follows_from_it() -> None:
    """Messages wait for the disk too, and whoever looks at the page must know that nobody is told."""
    assert "aucun message ne part" in why_said(str(StoreFull.at("/var/lib/dcim/dcim.db")), FR)
    assert why_said("/s: No space left on device; 9 readings wait in memory", FR) == (
        "/s : plus de place sur le disque ; 9 mesures attendent en mémoire"
    )
