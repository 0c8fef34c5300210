"""Where power flows, by phase, and what would be if something were lost. Pure: no clock, no files.

    network = network_of(topology, Terms(facts={"ups-a": Facts(modules=4)}))   # of dcim.graph
    flow = Flow(network, Situation(readings={"pdu-a": (Reading("L1", amperes=7.2, volts=231.0), ...)}))
    flow.load("ups-a")                  Load: VA by phase and in all, each an Interval
    flow.amperes("pdu-a", "L2")         the same in amperes
    flow.findings                       what is measured and contradicts the drawing
    flow.over                           what is beyond a limit already
    flow.lose("ups-b")                  Outcome: stages with trips, over, dead, doubtful, loads, endurance
    flow.lose("pdu-a", "ups-b:module")  several at once (maintenance); a module of a UPS
    flow.sweep()                        Sweep: the outcome of every single loss (without loads), and headroom
                                        by (element, phase, unit): the worst share and which loss makes it

    suffering(topology, outcome.lost, stage, evidence)     services that are down, reduced, unknown
    cool(Room(...), {"crac-1": State.DOWN})                Cooled: enough or not, seconds to the limit

model.py      the network, what was measured, what is down; build.py: of a topology; terms.py: what is usual
outcome.py    what would be: Outcome, Stage, Trip, Over, Endurance, Finding
cells.py      the network by phase; equations.py: its numbers, narrowed
estimate.py   how it stands now; compare.py: where that contradicts the drawing
caps.py       what may be carried; demands.py: what loads take
plan.py       how cords divide a load; lives.py: who is live after a change
moves.py      by how much more flows, as sums of what flowed; holding.py, tree.py: bounds of such sums
world.py      what a change reaches, computed anew (spot.py, base.py, carry.py, sums.py)
cascade.py    what trips
falls.py      what fell with a place, for other losses in which it falls again
whatif.py     a loss, stage by stage; sweep.py: every single one; brief.py: those that can be told in short
batteries.py  which are in use, and which is empty next; spent.py: when; endure.py: how long at a load
orders.py     several of which any may be empty first: in every order
services.py   which services suffer; cooling.py: how long a room stays cool

See docs/redundancy.md for the model, its assumptions, and what it cannot know.
"""

from dcim.flow.build import network_of
from dcim.flow.cooling import Cooled, Room, cool, mass_of
from dcim.flow.flow import Flow
from dcim.flow.interval import NOTHING, UNKNOWN, Interval, about, exactly
from dcim.flow.live import is_engine
from dcim.flow.model import (
    MODULE,
    PHASES,
    Battery,
    Element,
    Engine,
    Feed,
    Limit,
    Network,
    Reading,
    Rule,
    Situation,
)
from dcim.flow.outcome import Doubt, Endurance, Finding, Level, Load, Outcome, Over, Stage, Trip, When
from dcim.flow.services import Before, Suffering, suffering, suffering_after
from dcim.flow.sweep import Headroom, Sweep
from dcim.flow.terms import Facts, Terms

__all__ = [
    "MODULE",
    "NOTHING",
    "PHASES",
    "UNKNOWN",
    "Battery",
    "Before",
    "Cooled",
    "Doubt",
    "Element",
    "Endurance",
    "Engine",
    "Facts",
    "Feed",
    "Finding",
    "Flow",
    "Headroom",
    "Interval",
    "Level",
    "Limit",
    "Load",
    "Network",
    "Outcome",
    "Over",
    "Reading",
    "Room",
    "Rule",
    "Situation",
    "Stage",
    "Suffering",
    "Sweep",
    "Terms",
    "Trip",
    "When",
    "about",
    "cool",
    "exactly",
    "is_engine",
    "mass_of",
    "network_of",
    "suffering",
    "suffering_after",
]
