"""OpenMetrics: what the official parser takes, with units, and the same numbers as the text format."""

import shutil
import subprocess

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from dcim.catalogue import METRICS, Shape
from dcim.model import Identity
from dcim.outputs.exposition import openmetrics_head
from dcim.outputs.prometheus import Exposition
from dcim.series import Newest


@pytest.fixture
def shown(asset, layout, batch):
    registry = CollectorRegistry()
    Counter("dcim_made_up", "Something.", registry=registry).inc(3)
    Histogram("dcim_made_up_seconds", "Something else.", registry=registry).observe(0.2)
    newest = Newest()
    exposition = Exposition(newest, registry)
    exposition.describe(asset(room='r "1"\n'), Identity("ups", "APC", "Smart", "S\\1", "v1"))
    lay = layout(
        ("ups_input_voltage_volts", {"phase": "L1"}), ("ups_input_voltage_volts", {"phase": "L2"}),
        "ups_output_source_state", "ups_battery_charge_ratio", "ups_output_energy_joules_total",
    )  # fmt: skip
    newest.take(batch(lay, 230.0, 1e22, "battery", None, 3.6e6))
    return exposition


def samples(families):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_it_says_what_the_text_format_says(shown):
    opened = shown.text(1000.0, openmetrics=True).decode()
    assert opened.endswith("# EOF\n")
    plain = shown.text(1000.0).decode()
    assert samples(parse_openmetrics(opened)) == samples(parse_text(plain))


def test_families_have_their_types_units_and_no_total(shown):
    families = {
        family.name: family for family in parse_openmetrics(shown.text(1000.0, openmetrics=True).decode())
    }
    energy = families["dcim_ups_output_energy_joules"]
    assert (energy.type, energy.unit) == ("counter", "joules")
    assert (families["dcim_ups_input_voltage_volts"].type, families["dcim_ups_input_voltage_volts"].unit) == (
        "gauge",
        "volts",
    )
    assert families["dcim_ups_output_source_state"].unit == ""
    assert families["dcim_device"].type == "info"


@pytest.mark.parametrize("shape", Shape)
def test_every_metric_of_the_catalogue_has_a_head_that_the_parser_takes(shape):
    heads = []
    for metric, known in METRICS.items():
        if known.shape is shape:
            heads.append(f"{openmetrics_head(metric)}dcim_{metric} 1.0\n")
    families = list(parse_openmetrics("".join(heads) + "# EOF\n"))
    assert len(families) == len(heads)
    wrong = [
        one.name
        for one in families
        if one.documentation != METRICS[_inside(one)].help or one.unit != METRICS[_inside(one)].unit
    ]
    assert wrong == []


def _inside(family):
    name = family.name.removeprefix("dcim_")
    return name if name in METRICS else f"{name}_total"


def test_a_metric_that_is_not_in_the_catalogue_has_no_type():
    (family,) = parse_openmetrics(openmetrics_head("made_up") + "dcim_made_up 1.0\n# EOF\n")
    assert family.type == "unknown"


def test_nothing_is_a_whole_text_too():
    assert Exposition(Newest()).text(0.0, openmetrics=True) == b"# EOF\n"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_takes_it_too(shown):
    """promtool reads the text format alone: the same families, without what only OpenMetrics has."""
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=shown.text(1000.0), capture_output=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr  # 3: opinions about names
