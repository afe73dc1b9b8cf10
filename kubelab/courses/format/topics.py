"""lessons/topics.yaml: the parts and topics that lessons belong to."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from kubelab.courses.format.heads import SLUG
from kubelab.courses.format.mistakes import Mistake

NAME = "lessons/topics.yaml"


@dataclass(frozen=True)
class Topics:
    """Topics by id, and parts in their order."""

    titles: dict[str, str] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)  # title of the part -> ids

    def part_of(self, topic: str) -> str:
        """Return the part's title; "" for an unknown topic."""
        return next((part for part, topics in self.parts.items() if topic in topics), "")


def read_topics(path: Path) -> tuple[Topics | None, list[Mistake]]:
    """Read the file; None for the topics where there is none."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None, []
    except (OSError, UnicodeDecodeError) as error:
        return None, [Mistake(NAME, 1, str(error))]
    try:
        parts = yaml.safe_load(text) or []
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None, [Mistake(NAME, mark.line + 1 if mark else 1, f"no YAML: {getattr(error, 'problem', error)}")]
    return _topics(parts, text)


def _topics(parts: object, text: str) -> tuple[Topics, list[Mistake]]:
    topics, mistakes = Topics(), list[Mistake]()
    for part in parts if isinstance(parts, list) else [None]:
        if not isinstance(part, dict) or not isinstance(part.get("topics"), dict) or set(part) != {"part", "topics"}:
            mistakes.append(Mistake(NAME, 1, "the file is a list of parts, each with `part` and `topics`"))
            continue
        topics.parts[str(part["part"])] = list(part["topics"])
        for topic, title in part["topics"].items():
            if not isinstance(topic, str) or not SLUG.match(topic) or topic in topics.titles:
                mistakes.append(Mistake(NAME, _line_of(text, topic), f"{topic!r} is no id, or it is there twice"))
            topics.titles[topic] = str(title)
    return topics, mistakes


def _line_of(text: str, topic: object) -> int:
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, 1) if line.strip().startswith(f"{topic}:")), 1)
