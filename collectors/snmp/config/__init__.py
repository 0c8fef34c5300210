"""What the config file says of a device that speaks SNMP: its credential, its own section."""
