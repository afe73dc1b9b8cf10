"""Parameters of exercises: what a seed draws for a learner, and how it gets into the text."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from kubelab.courses.format.mistakes import Source

PLACE = re.compile(r"\{\{ *([a-z][a-z0-9_]*)(?:\.([A-Za-z][\w-]*))? *\}\}")
GO_TEMPLATES = ("end", "else", "break", "continue")  # what kubectl's -o go-template writes in the same braces


def draw(parameters: Mapping[str, Sequence[Any]], seed: int) -> dict[str, Any]:
    """Return one value of each list; the same seed draws the same ones again."""
    return {name: choices[_number(seed, name) % len(choices)] for name, choices in parameters.items()}


def _number(seed: int, name: str) -> int:
    return int.from_bytes(sha256(f"{seed}/{name}".encode()).digest()[:8])


def substitute(source: Source, text: str, first_line: int, drawn: Mapping[str, Any]) -> str:
    """Put what was drawn in the places of `{{ name }}` and `{{ name.part }}`."""

    def value(found: re.Match[str]) -> str:
        name, part = found[1], found[2]
        chosen = drawn.get(name)
        if name not in drawn:
            if name in GO_TEMPLATES and part is None:
                return found[0]
            problem = f"there is no parameter {name!r}"
        elif isinstance(chosen, dict) != (part is not None) or (part is not None and part not in chosen):
            problem = f"{found[0]}: the parameter {name!r} " + (
                f"has {', '.join(chosen)}" if isinstance(chosen, dict) else "is a plain value"
            )
        else:
            return str(chosen[part] if part is not None else chosen)
        source.wrong(first_line + text.count("\n", 0, found.start()), problem)
        return found[0]

    return PLACE.sub(value, text)
