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

flow.py    the front of this room
losses/    whatif.py: a loss, stage by stage; sweep.py: every single one; brief.py: those told in short;
           twins.py: strips, many at once; oneway.py: where no loss loads what stays;
           steady.py: that in columns
stages/    cascade.py: what trips; batteries.py: which are in use, and which is empty next; spent.py: when;
           endure.py: how long at a load; orders.py: several of which any may be empty first;
           services.py: which suffer; cooling.py: how long a room stays cool
changed/   world.py: what a change reaches, computed anew (spot.py, base.py, carry.py, sums.py);
           lives.py: who is live; moves.py: by how much more flows, as sums of what flowed; holding.py,
           tree.py: bounds of such sums; falls.py: what fell with a place, for others in which it falls too
now/       estimate.py: how it stands; cells.py: the network by phase; equations.py: its numbers, narrowed;
           compare.py: where that contradicts the drawing; plan.py: how cords divide a load;
           rates.py: all limits in columns; demands.py: what loads take; live.py: what is live;
           kept.py: what the estimate before worked out
drawing/   build.py: of a topology; terms.py: what is usual; caps.py: what may be carried; measured.py:
           what readings say
values/    model.py: what stands where and what was measured; outcome.py: what would be; interval.py

See docs/redundancy.md for the model, its assumptions, and what it cannot know.
"""

from dcim.flow.drawing.build import LOADS, network_of
from dcim.flow.drawing.terms import Facts, Terms
from dcim.flow.flow import Flow
from dcim.flow.losses.steady import Steady
from dcim.flow.losses.sweep import Headroom, Sweep, Worst
from dcim.flow.now.cells import Cells
from dcim.flow.now.live import is_engine
from dcim.flow.now.rates import Rates
from dcim.flow.stages.cooling import Cooled, Room, cool, mass_of
from dcim.flow.stages.services import Before, Suffering, suffering, suffering_after
from dcim.flow.values.interval import NOTHING, UNKNOWN, WHOLE, Interval, about, exactly
from dcim.flow.values.model import (
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
from dcim.flow.values.outcome import Doubt, Endurance, Finding, Level, Load, Outcome, Over, Stage, Trip, When

__all__ = [
    "LOADS",
    "MODULE",
    "NOTHING",
    "PHASES",
    "UNKNOWN",
    "WHOLE",
    "Battery",
    "Before",
    "Cells",
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
    "Rates",
    "Reading",
    "Room",
    "Rule",
    "Situation",
    "Stage",
    "Steady",
    "Suffering",
    "Sweep",
    "Terms",
    "Trip",
    "When",
    "Worst",
    "about",
    "cool",
    "exactly",
    "is_engine",
    "mass_of",
    "network_of",
    "suffering",
    "suffering_after",
]
