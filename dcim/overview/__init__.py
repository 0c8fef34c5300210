"""What dashboards show of the whole and no device says, as readings: alerts, time, heat, power, the daemon.

alerts, standings, newest readings, counts ─▶ Sheets ─▶ batches ─▶ history, outputs, /metrics

So a database that is fed with readings has them too, and nothing is worked out twice.
"""

from dcim.overview.air import inlet_lines
from dcim.overview.alerts import ALERT, ALERTS, Standing, by_device, incident_lines, standing_lines
from dcim.overview.now import Now, Slots
from dcim.overview.power import SitePower
from dcim.overview.sheets import Line, Sheets
from dcim.overview.spent import Spent, contract_outcome
from dcim.overview.turns import Turns

__all__ = [
    "ALERT",
    "ALERTS",
    "Line",
    "Now",
    "Sheets",
    "SitePower",
    "Slots",
    "Spent",
    "Standing",
    "Turns",
    "by_device",
    "contract_outcome",
    "incident_lines",
    "inlet_lines",
    "standing_lines",
]
