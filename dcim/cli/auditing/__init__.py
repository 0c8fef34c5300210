"""Commands for auditors: reports, the ledger, the past, and the people in it."""
