"""The shell language: parsed, compiled to small instructions, run on a machine whose state is JSON."""

from kubelab.terminal.shell.interpreter import INTERPRETER

__all__ = ["INTERPRETER"]
