"""An engine whose MIB modules were read for another one before is the engine that pysnmp would have made."""

from __future__ import annotations

import pytest
from pysnmp.entity.engine import SnmpEngine
from pysnmp.smi.error import MibNotFoundError

from dcim.transport_mibs import snmp_engine

BOOTS = ("__SNMP-FRAMEWORK-MIB", "snmpEngineBoots")


def symbols(engine):
    found = engine.get_mib_builder().mibSymbols
    return {
        module: {name: type(symbol).__name__ for name, symbol in found[module].items()} for module in found
    }


def test_it_knows_the_same_modules_with_the_same_symbols():
    snmp_engine()  # the second reads no file
    assert symbols(snmp_engine()) == symbols(SnmpEngine())


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # pysnmp leaves its count of starts open
def test_it_shares_nothing_with_another_one():
    one, other = snmp_engine(b"\x80\x00\x4f\xb8\x05one-"), snmp_engine(b"\x80\x00\x4f\xb8\x05other")
    assert bytes(one.snmpEngineID) != bytes(other.snmpEngineID)
    (mine,), (theirs,) = (engine.get_mib_builder().import_symbols(*BOOTS) for engine in (one, other))
    before = int(theirs.syntax)
    mine.syntax = mine.syntax.clone(before + 7)
    assert int(theirs.syntax) == before


def test_a_module_that_is_there_is_run_once_and_one_that_is_not_is_said():
    builder = snmp_engine().get_mib_builder()
    before = builder.lastBuildId
    builder.load_modules("SNMPv2-MIB")
    assert builder.lastBuildId == before
    with pytest.raises(MibNotFoundError, match="NO-SUCH-MIB"):
        builder.load_modules("NO-SUCH-MIB")
