"""The shell language: parsed, compiled to small instructions, run on a machine whose state is JSON."""
