"""YAML in lessons: read by libyaml, ten times as fast; mistakes told by PyYAML's own parser, which names their line."""

from typing import Any

import yaml

QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def documents(text: str) -> list[Any]:
    """Return the documents of a YAML text.

    Raises:
        yaml.YAMLError: with the mark of the mistake.
        ValueError: for a value that is none, such as a date in month 13.
    """
    try:
        return list(yaml.load_all(text, Loader=QUICK))
    except yaml.YAMLError:
        return list(yaml.load_all(text, Loader=yaml.SafeLoader))


def lines_of(text: str) -> dict[str, int]:
    """Return the line, from 0, of each field at the top of a YAML text that was read before; {} where it has none."""
    node = yaml.compose(text, Loader=QUICK)
    return {str(key.value): key.start_mark.line for key, _ in node.value} if isinstance(node, yaml.MappingNode) else {}
