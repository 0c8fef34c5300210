"""Which changes become messages, to whom, and when again: duty, routes, gates, digests."""
