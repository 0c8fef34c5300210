"""The words of the text format, against prometheus-client's own parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dcim.catalogue import METRICS
from dcim.model import Address, Asset, Identity, Kind, canonical
from dcim.outputs.exposition import (
    device_labels,
    family_head,
    info_line,
    label_name,
    point_labels,
    quoted,
)

texts = st.text(max_size=12)


def parse_one(line: str):
    (family,) = text_string_to_metric_families(line)
    (sample,) = family.samples
    return sample


@given(st.dictionaries(texts, texts, max_size=4))
def test_any_labels_of_a_point_are_valid_and_lose_no_value(labels):
    sample = parse_one(f'x{{asset="a"{point_labels(canonical(labels))}}} 1\n')
    values = sorted(value for value in labels.values() if value)
    assert sorted(value for name, value in sample.labels.items() if name != "asset") == values


@given(texts, texts, texts, texts)
def test_any_text_of_a_device_comes_back_as_it_was(name, room, tenant, serial):
    asset = Asset("a", name, Kind.UPS, "snmp", Address("h"), room=room, tenant=tenant)
    wanted = {"asset": "a", "kind": "ups", "room": room, "tenant": tenant}
    sample = parse_one(f"x{{{device_labels(asset)}}} 1\n")
    assert sample.labels == {key: value for key, value in wanted.items() if value}
    info = parse_one(info_line(asset, Identity(vendor="APC", serial=serial)))
    wanted = {"asset": "a", "name": name, "vendor": "APC", "serial": serial}
    assert info.labels == {key: value for key, value in wanted.items() if value}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("outlet", "outlet"),
        ("asset", "point_asset"),
        ("state", "point_state"),
        ("a-b", "a_b"),
        ("7", "label_7"),
        ("", "label"),
        ("__name__", "name"),
        ("é", "label"),
    ],
)
def test_label_names_become_what_prometheus_takes(name, shown):
    assert label_name(name, ()) == shown


def test_two_names_that_become_one_stay_apart():
    assert point_labels((("a-b", "1"), ("a.b", "2"), ("a_b", "3"))) == ',a_b="1",a_b_2="2",a_b_3="3"'


def test_what_utf8_cannot_carry_does_not_spoil_the_scrape():
    assert quoted("a\udc80b") == '"a?b"'


def test_every_metric_of_the_catalogue_has_help_and_a_type():
    for metric, known in METRICS.items():
        (family,) = text_string_to_metric_families(family_head(metric) + f"dcim_{metric} 1\n")
        assert family.documentation == known.help, metric
        assert family.type == ("counter" if metric.endswith("_total") else "gauge"), metric


def test_a_metric_that_is_not_in_the_catalogue_is_untyped():
    assert family_head("made_up") == "# TYPE dcim_made_up untyped\n"
