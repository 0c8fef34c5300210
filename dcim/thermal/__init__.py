"""Heat at the inlets of the equipment: against ASHRAE, by the minute. Pure."""
