"""The YAML head of a Markdown file: which fields there are, and what may stand in them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import yaml

from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION
from kubelab.cluster.presets import preset_names
from kubelab.cluster.schema.definitions import VERSIONS
from kubelab.courses.format.mistakes import Source
from kubelab.courses.format.yamltext import documents, lines_of

LEVELS = ("beginner", "intermediate", "advanced")
FENCE = "---"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")

Problem = str | None


class Field(NamedTuple):
    """A field of a head: what is wrong with a value, if anything, and the value where there is none."""

    problem: Callable[[Any], Problem]
    default: Any = None
    required: bool = False


class Head(NamedTuple):
    """The fields of a file, the line of each that is written, and the text after the head."""

    values: dict[str, Any]
    lines: dict[str, int]
    body: str
    body_line: int


def text(value: Any) -> Problem:
    return None if isinstance(value, str) and value.strip() else "must be a text"


def number(least: int, most: int) -> Callable[[Any], Problem]:
    def problem(value: Any) -> Problem:
        right = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if right else f"must be a whole number from {least} to {most}"

    return problem


def one_of(*choices: str) -> Callable[[Any], Problem]:
    return lambda value: None if value in choices else f"must be one of {', '.join(choices)}"


def slugs(value: Any) -> Problem:
    right = isinstance(value, list) and all(isinstance(one, str) and SLUG.match(one) for one in value)
    return None if right else "must be a list of names in small letters, digits and hyphens"


def paths(value: Any) -> Problem:
    right = isinstance(value, list) and all(isinstance(one, str) and is_path(one) for one in value)
    return None if right else "must be a list of file names in the home, without spaces"


def is_path(value: str) -> bool:
    """Tell whether a text names a file below the home."""
    return bool(re.fullmatch(r"[\w.+@-]+(/[\w.+@-]+)*", value)) and ".." not in value.split("/")


def parameters(value: Any) -> Problem:
    """Names with lists to draw from; the lists hold plain values, or maps of plain values with the same names."""
    if not isinstance(value, dict):
        return "must be a map of names to lists"
    for name, choices in value.items():
        if not isinstance(name, str) or not IDENTIFIER.match(name):
            return f"{name!r} is no name: small letters, digits and _"
        if not isinstance(choices, list) or not choices:
            return f"{name} must be a list of values to draw from"
        shapes = {tuple(sorted(choice)) if isinstance(choice, dict) else None for choice in choices}
        if len(shapes) > 1:
            return f"{name}: all maps of the list must have the same names"
        values = [one for choice in choices for one in (choice.values() if isinstance(choice, dict) else [choice])]
        if not all(isinstance(one, str | int | float) and "\n" not in str(one) for one in values):
            return f"{name}: values are texts of one line, or numbers"
    return None


CLUSTER = {
    "preset": Field(lambda value: one_of(*preset_names())(value), DEFAULT_PRESET),
    "version": Field(one_of(*VERSIONS), DEFAULT_VERSION),
    "open": Field(paths, []),
    "order": Field(number(0, 100_000), 100),
}
LESSON = {
    "title": Field(text, required=True),
    "summary": Field(text, required=True),
    "topics": Field(lambda value: slugs(value) or (None if value else "must name at least one"), required=True),
    "level": Field(one_of(*LEVELS), required=True),
    "minutes": Field(number(1, 600), required=True),
    "after": Field(slugs, []),
    **CLUSTER,
}
EXERCISE = {
    "title": Field(text, required=True),
    "summary": Field(text, required=True),
    "minutes": Field(number(1, 600), required=True),
    "time_limit": Field(number(1, 600)),
    "parameters": Field(parameters, {}),
    **CLUSTER,
}
QUIZ = {"title": Field(text, "Quiz")}


def read_head(source: Source, fields: Mapping[str, Field], defaults: Mapping[str, Any] = {}) -> Head:
    """Read the head of a file; mistakes are noted in the source.

    Args:
        defaults: values of fields that are not written, in place of the fields' own.
    """
    written, lines, body, body_line = _split(source)
    if written is None:
        return Head({name: defaults.get(name, known.default) for name, known in fields.items()}, {}, body, body_line)
    for name in written:
        if name not in fields:
            source.wrong(lines.get(name, 1), f"unknown field {name!r}; there are {', '.join(fields)}")
    values = {name: defaults.get(name, known.default) for name, known in fields.items()}
    for name, known in fields.items():
        if name in written:
            problem = known.problem(written[name])
            if problem is None:
                values[name] = written[name]
            else:
                source.wrong(lines.get(name, 1), f"{name} {problem}")
        elif known.required:
            source.wrong(1, f"{name} is missing in the head")
    return Head(values, lines, body, body_line)


def _split(source: Source) -> tuple[dict[str, Any] | None, dict[str, int], str, int]:
    """Return the head's values (None: it cannot be read) and lines, the text after it, and the line of that."""
    lines = source.text.split("\n")
    if lines[0].rstrip() != FENCE:
        return {}, {}, source.text, 1
    end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        source.wrong(1, "the head that begins with --- has no end: a second line ---")
        return None, {}, "", 1
    values, places = _yaml(source, "\n".join(lines[1:end]))
    return values, places, "\n".join(lines[end + 1 :]), end + 2


def _yaml(source: Source, text: str) -> tuple[dict[str, Any] | None, dict[str, int]]:
    try:
        values = next(iter(documents(text)), None)
        places = lines_of(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        source.wrong(mark.line + 2 if mark else 1, f"the head is no YAML: {problem}")
        return None, {}
    if values is None:
        return {}, {}
    if not isinstance(values, dict):
        source.wrong(2, "the head must be fields: name: value")
        return None, {}
    return values, {name: line + 2 for name, line in places.items()}
