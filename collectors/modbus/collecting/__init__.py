"""The collector: lanes of many units, live, recorded or told by a script."""
