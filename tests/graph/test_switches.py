"""Whether a generator carries the load is said by the switches that it feeds, not by any in the house. Pains: I7."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.graph import Node, NodeKind, Topology, Wiring, first_switches


def topology(*nodes: Node) -> Topology:
    return Topology(Wiring(nodes))


GENSET = Node("genset-1", NodeKind.GENSET)
MAIN = Node("inv-a", NodeKind.ATS, fed_by=("tr-a", "genset-1"))
BOARD = Node("tgbt-a", NodeKind.SWITCHBOARD, fed_by=("inv-a",))
RACK = Node("ats-r1", NodeKind.ATS, fed_by=("tgbt-a", "tgbt-b"))
METER = Node("meter-inv", NodeKind.METER, measures="inv-a")


def test_the_first_switch_and_its_meter_count_and_no_switch_behind_it() -> None:
    drawn = topology(GENSET, Node("tr-a", NodeKind.TRANSFORMER), MAIN, BOARD, RACK, METER)
    assert first_switches(drawn, "genset-1") == {"inv-a", "meter-inv"}
    assert first_switches(drawn, "tgbt-a") == {"ats-r1"}
    assert first_switches(drawn, "ats-r1") is None, "it feeds nothing in the drawing"
    assert first_switches(drawn, "nobody") is None


def test_a_board_between_hides_no_switch() -> None:
    board = Node("gen-board", NodeKind.SWITCHBOARD, fed_by=("genset-1",))
    main = Node("inv-a", NodeKind.ATS, fed_by=("gen-board",))
    assert first_switches(topology(GENSET, board, main), "genset-1") == {"inv-a"}


CONFIG = """\
format: 1
site: { id: cas1 }
state: state
defaults: { collector: snmp }
devices:
  - { id: genset-1, kind: genset, address: "127.0.0.1:1161" }
  - { id: inv-a, kind: ats, profile: apc_ats, fed_by: [utility, genset-1], address: "127.0.0.1:1162" }
  - { id: ats-r1, kind: ats, profile: apc_ats, fed_by: [tgbt-a, tgbt-b], rack: r1, address: "127.0.0.1:1163" }
topology:
  utility: { kind: utility }
  tgbt-a: { kind: switchboard, fed_by: inv-a }
  tgbt-b: { kind: switchboard, fed_by: inv-a }
"""
STORY = """\
format: 1
stories:
  - story: the generator runs, and only the switch of a rack stands on its second source, as ever
    devices:
      - device: genset-1
        points:
          - {{ metric: genset_mains_voltage_volts, labels: {{ phase: L1 }}, says: "230 V for 60 s, 0 V" }}
          - {{ metric: genset_state, says: "stopped for 60 s, running" }}
      - device: inv-a
        points: [ {{ metric: ats_source_state, says: "{inverter}" }} ]
      - device: ats-r1
        points: [ {{ metric: ats_source_state, says: "source_b" }} ]
    expect:
      - {{ at: 5 min, device: genset-1, alert: genset_did_not_take_over, is: {expected} }}
"""


@pytest.mark.parametrize(
    ("inverter", "expected"), [("source_a", "raised"), ("source_a for 80 s, source_b", "nothing")]
)
def test_the_switch_of_a_rack_does_not_say_that_the_generator_took_over(
    tmp_path: Path, inverter: str, expected: str
) -> None:
    (tmp_path / "dcim.yaml").write_text(CONFIG)
    (tmp_path / "story.yaml").write_text(STORY.format(inverter=inverter, expected=expected))
    words = ["rules", "test", "-c", str(tmp_path / "dcim.yaml"), str(tmp_path / "story.yaml")]
    done = CliRunner().invoke(build(["rules"]), words)
    assert done.exit_code == 0, done.output
