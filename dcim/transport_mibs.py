"""SNMP engines of pysnmp, whose MIB modules are read once a process.

pysnmp compiles the source of 13 modules, each twice, for every engine: 0.15 s of processor time, of which
0.14 s are the compiler's. A process with many engines (simulated devices, users of traps) reads them once.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from types import CodeType
from typing import Any, Final

from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto.rfc1902 import OctetString
from pysnmp.proto.rfc3412 import MsgAndPduDispatcher
from pysnmp.smi.builder import MibBuilder
from pysnmp.smi.instrum import MibInstrumController

_PACKAGES: Final = ("pysnmp.smi.mibs.instances", "pysnmp.smi.mibs")  # in the order in which pysnmp looks


def snmp_engine(own: bytes | None = None) -> Any:
    """Return a new SNMP engine that shares nothing with any other but code; ``own`` is its engine id.

    Without one, or with an empty one, it has pysnmp's, which is the same for all processes of a machine.
    """
    controller = MibInstrumController(_Builder())
    return SnmpEngine(OctetString(own) if own else None, msgAndPduDsp=MsgAndPduDispatcher(controller))


class _Builder(MibBuilder):  # type: ignore[misc]  # pysnmp has no types
    """Runs a module as pysnmp does, in names of its own, but compiled as Python keeps its modules."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: set[str] = set()

    def load_module(self, modName: str, **userCtx: Any) -> _Builder:  # pysnmp's names
        """Run a module unless it was run for this engine; one that is not pysnmp's own is left to pysnmp."""
        if modName in self._loaded:
            return self
        code = _code(modName)
        if code is None:
            super().load_module(modName, **userCtx)
        else:
            self._loaded.add(modName)
            exec(code, {"mibBuilder": self, "userCtx": userCtx})  # noqa: S102  # a module of pysnmp's own
        return self


@lru_cache(maxsize=64)
def _code(module: str) -> CodeType | None:
    for package in _PACKAGES:
        spec = find_spec(f"{package}.{module}")
        if spec is not None and spec.loader is not None:
            code: CodeType | None = spec.loader.get_code(spec.name)  # type: ignore[attr-defined]
            return code
    return None
