"""CEL as its package has it, without the command line that its package loads too.

That one brings prompt_toolkit, rich and typer along: a sixth of what every `manage.py` command takes to start.
"""

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402

__all__ = ["cel"]
