"""Who watches the watched and the watcher: agents, hardware, traps, clocks, other sites, certificates."""
