"""The key that all messages about one alert share. Pains: H2."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import alert_key
from dcim.model import Labels, Point, canonical

_TEXTS = st.text(alphabet="a|=:1\0é", max_size=4)
_LABELS = st.dictionaries(_TEXTS, _TEXTS, max_size=2).map(canonical)
_NAMED = st.tuples(_TEXTS, _TEXTS, _TEXTS, _TEXTS, _LABELS)


def key(named: tuple[str, str, str, str, Labels]) -> str:
    site, rule, asset, metric, labels = named
    return alert_key(site, rule, Point(asset, metric, labels))


def test_the_key_is_the_same_on_every_machine() -> None:
    """The number is that of ``printf '4:cas15:ups-a12:device_alarm9:ups_alarm5:alarm3:low' | sha256sum``."""
    made = alert_key("cas1", "device_alarm", Point("ups-a", "ups_alarm", (("alarm", "low"),)))
    assert made == "dd68b5ec20659315a24a436d9626b8fc4a19b32df58e6977971c0092e2a86aa2"


def test_labels_that_hold_separators_share_no_key() -> None:
    one = key(("s", "r", "pdu", "m", (("outlet", "1|phase=L1"),)))
    two = key(("s", "r", "pdu", "m", (("outlet", "1"), ("phase", "L1"))))
    assert one != two


@given(_NAMED)
def test_each_text_stands_behind_its_length_in_bytes(named: tuple[str, str, str, str, Labels]) -> None:
    site, rule, asset, metric, labels = named
    texts = [site, asset, rule, metric, *(text for label in labels for text in label)]
    framed = b"".join(str(len(text.encode())).encode() + b":" + text.encode() for text in texts)
    assert key(named) == sha256(framed).hexdigest()


@given(_NAMED, _NAMED)
def test_only_the_same_rule_on_the_same_point_shares_a_key(
    one: tuple[str, str, str, str, Labels], two: tuple[str, str, str, str, Labels]
) -> None:
    assert (key(one) == key(two)) == (one == two)
