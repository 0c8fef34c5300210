"""Everything the daemon is started from, checked before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from dcim import plugins
from dcim.alerts import RuleSet
from dcim.collect import CollectorPlugin
from dcim.examine import examine
from dcim.model import ConfigError
from dcim.notify import ChannelPlugin
from dcim.outputs.contract import OutputPlugin
from dcim.record import dataclass, field
from dcim.settings import Secrets, Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked configuration, and the plug-ins that carry it out."""

    settings: Settings
    secrets: Secrets
    rules: RuleSet
    collectors: Mapping[str, CollectorPlugin]
    channels: Mapping[str, ChannelPlugin]
    digests: Mapping[str, str]  # SHA-256 of every file read, by path
    outputs: Mapping[str, OutputPlugin] = field(default_factory=plugins.outputs)

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> Plan:
        """Read a config file and all it names. Raise ConfigError with every mistake found in all of it."""
        collectors = plugins.collectors()
        channels, outputs = plugins.channel_types(), plugins.output_types()
        found = examine(path, collectors, channels, environ, outputs=outputs, stated=False)
        if found.problems or found.rules is None or found.secrets is None:
            raise ConfigError(found.problems)
        files = (*found.settings.files, *found.settings.alerts.rules)
        digests = {str(file): sha256(file.read_bytes()).hexdigest() for file in files}
        return cls(found.settings, found.secrets, found.rules, collectors, plugins.channels(), digests)
