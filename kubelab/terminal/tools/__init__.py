"""The commands of the simulated machines, one file a tool, found by looking into this package."""
