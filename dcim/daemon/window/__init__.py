"""The view that pages and API have of the running daemon: devices, troubles on them, deeds on those."""
