"""The SNMP collector: ``plugin`` is what the entry point ``dcim.collectors`` names.

shapes, compiler, dialect    a profile file, checked, as an immutable profile
library, identify            which profile a device is read with, and why
survey, asking, learned      questions: what rows are there, how much fits into one, what is refused
rows, plan, decode           rows -> points -> prepared questions -> readings (pure)
device, collector            one device over time; one poll
recording, cells             the same from files
engine, transport*           SNMP itself
"""

from typing import Final

from collectors.snmp.plugin import SnmpPlugin

plugin: Final = SnmpPlugin()

__all__ = ["SnmpPlugin", "plugin"]
