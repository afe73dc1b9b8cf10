"""Calico's selectors: what its policies write where Kubernetes has matchLabels, such as `app == 'web' && has(tier)`.

Source: docs.tigera.io/calico, reference/resources/networkpolicy (selectors); projectcalico/calico,
libcalico-go/lib/selector/parser and tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

Test = Callable[[Mapping[str, str]], bool]

WORDS = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<call>(?:all|global)\(\s*\))|has\(\s*(?P<has>[a-zA-Z0-9_./-]+)\s*\)"
    r"|(?P<mark>==|!=|&&|\|\||[!(){},])|(?P<phrase>not\s+in\b|in\b|contains\b|starts\s+with\b|ends\s+with\b)"
    r"|(?P<label>[a-zA-Z0-9_./-]+))"
)
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, text: value == text,
    "contains": lambda value, text: text in value,
    "starts with": lambda value, text: value.startswith(text),
    "ends with": lambda value, text: value.endswith(text),
}
GLOBAL = "global()"  # means what is in no namespace


class SelectorError(ValueError):
    """A selector that nobody can read."""


@lru_cache(maxsize=512)
def compiled(text: str) -> Test:
    """Returns the test of labels that a selector is; an empty one takes everything, a broken one nothing."""
    if not text.strip():
        return lambda labels: True
    try:
        return _Parser(text).parse()
    except SelectorError:
        return lambda labels: False


class _Parser:
    """Reads one selector from left to right."""

    def __init__(self, text: str) -> None:
        self.words: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = WORDS.match(text, at)
            if found is None:
                raise SelectorError(text[at:])
            kind = found.lastgroup or ""
            self.words.append((kind, re.sub(r"\s+", " ", found[kind]) if kind == "phrase" else found[kind]))
            at = found.end()
        self.at = 0

    def parse(self) -> Test:
        """Returns the whole selector's test."""
        test = self._either()
        if self.at < len(self.words):
            raise SelectorError(self.words[self.at][1])
        return test

    def _next(self, *wanted: str) -> str:
        """Takes the next word where it is one of these marks or phrases."""
        if self.at < len(self.words):
            kind, word = self.words[self.at]
            if kind in ("mark", "phrase") and word in wanted:
                self.at += 1
                return word
        return ""

    def _word(self, kind: str) -> str:
        if self.at >= len(self.words) or self.words[self.at][0] != kind:
            raise SelectorError(f"{kind} expected")
        self.at += 1
        word = self.words[self.at - 1][1]
        return word[1:-1] if kind == "text" else word

    def _either(self) -> Test:
        parts = [self._both()]
        while self._next("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda labels: any(part(labels) for part in parts)

    def _both(self) -> Test:
        parts = [self._one()]
        while self._next("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda labels: all(part(labels) for part in parts)

    def _one(self) -> Test:
        if self._next("!"):
            test = self._one()
            return lambda labels: not test(labels)
        if self._next("("):
            test = self._either()
            if not self._next(")"):
                raise SelectorError(") expected")
            return test
        kind = self.words[self.at][0] if self.at < len(self.words) else ""
        if kind == "call":
            self.at += 1
            return lambda labels: True
        if kind == "has":
            name = self._word("has")
            return lambda labels: name in labels
        return self._comparison()

    def _comparison(self) -> Test:
        label = self._word("label")
        operator = self._next("!=", "in", "not in", *COMPARISONS)
        if operator in ("in", "not in"):
            values, inside = self._values(), operator == "in"
            return lambda labels: (labels.get(label, None) in values) is inside
        if operator == "!=":
            text = self._word("text")
            return lambda labels: labels.get(label) != text
        if not operator:
            raise SelectorError("operator expected")
        compare, text = COMPARISONS[operator], self._word("text")
        return lambda labels: label in labels and compare(labels[label], text)

    def _values(self) -> frozenset[str]:
        if not self._next("{"):
            raise SelectorError("{ expected")
        values: set[str] = set()
        while not self._next("}"):
            values.add(self._word("text"))
            self._next(",")
        return frozenset(values)
