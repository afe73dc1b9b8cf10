"""Commands that are part of the shell: functions of a Context whose `shell` they change. Found by discovery."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from kubelab.terminal.tool import Context

# None: the builtin has moved the control of the program itself, `$?` stays.
Builtin = Callable[[Context], Any]
_builtins: dict[str, Builtin] = {}
_bash_only: set[str] = set()
_not_in_dash: set[str] = set()
_discovered: list[str] = []


def builtin(*names: str, bash: bool = False, dash: bool = True) -> Callable[[Builtin], Builtin]:
    """Makes a function the builtin of these names; `bash`: ash and dash do not have it; `dash`: dash has it."""

    def register(function: Builtin) -> Builtin:
        for name in names:
            _builtins[name] = function
            if bash:
                _bash_only.add(name)
            if not dash:
                _not_in_dash.add(name)
        return function

    return register


def find_builtin(flavour: str, name: str) -> Builtin | None:
    """Returns a builtin of a shell, or None."""
    if not _discovered:
        package = importlib.import_module("kubelab.terminal.shell.builtins")
        for found in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{found.name}")
        _discovered.append("builtins")  # not before all of them are there: other threads ask, too
    if (name in _bash_only and flavour != "bash") or (name in _not_in_dash and flavour == "dash"):
        return None
    return _builtins.get(name)


def builtin_names(flavour: str) -> list[str]:
    """Returns the names of a shell's builtins, sorted."""
    find_builtin(flavour, ":")
    return sorted(name for name in _builtins if flavour == "bash" or name not in _bash_only)
