"""The parts of kubectl get: what is allowed, in which format, and how it goes on with --watch."""
