"""What carries questions to devices and answers back: one contract, our engine and pysnmp."""
