"""The SNMP half of a profile: as it is written, checked, and found on disk."""
