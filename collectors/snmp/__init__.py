"""The SNMP collector."""
