"""The SNMP collector: ``plugin`` is what the entry point ``dcim.collectors`` names.

Each room sees those below it, as ``pyproject.toml`` says and ``lint-imports`` holds:

plugin, opening    what the core finds; a collector with the transports that its devices need
replay             raw answers as a daemon keeps them, and told again
collecting         many devices: one poll is greeting, survey and reading
recordings         the same from files; values as a recording; a recording masked
devices            one device over time: its plan, the usual poll
tables             what rows it has
decoding           from cells to readings (pure)
identifying        which profiles it is read with, and why
traps              a reason to ask it now
questions          as it bears them: how much fits into one, what is refused
dialect            a profile file, checked, as an immutable profile
transport          carries questions and answers: our engine, pysnmp
config             credential and own section of a device
answers            cells in memory, lines in a recording
engine             SNMP as bytes
"""

from typing import Final

from collectors.snmp.plugin import SnmpPlugin

plugin: Final = SnmpPlugin()

__all__ = ["SnmpPlugin", "plugin"]
