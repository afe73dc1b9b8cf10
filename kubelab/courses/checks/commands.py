"""Whether a command was run: its words in their order, whatever way of writing was chosen.

`k`, `po`, `pod/web`, `-owide`, `--output=wide` count as what they stand for.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from functools import lru_cache

from kubelab.courses.checks.expressions import kind_names

LONG_FLAGS = {
    "--output": "-o", "--namespace": "-n", "--all-namespaces": "-A", "--selector": "-l", "--filename": "-f",
    "--watch": "-w", "--container": "-c", "--follow": "-f", "--recursive": "-R",
}  # fmt: skip
JOINED = re.compile(r"-([onlfc])(=?)(.+)\Z")
OPERATORS = frozenset(";&|()<>")
ALIASES = {"k": "kubectl"}


def was_run(pattern: str, lines: Iterable[str], version: str) -> bool:
    """Tell whether one of the lines runs a command that has the pattern's words, in their order."""
    wanted = [words for words in commands_of(pattern, version) if words]
    if len(wanted) != 1:
        return False
    return any(has_words(words, wanted[0]) for line in lines for words in commands_of(line, version))


def has_words(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Tell whether `wanted` is part of `words`, in the same order; the first word must be the same."""
    if not words or words[0] != wanted[0]:
        return False
    left = iter(words)
    return all(word in left for word in wanted)


@lru_cache(maxsize=2048)
def commands_of(line: str, version: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each command of a line, in their canonical way of writing."""
    commands: list[list[str]] = [[]]
    for word in _split(line):
        if word and OPERATORS.issuperset(word):
            commands.append([])
        else:
            commands[-1].append(word)
    return tuple(tuple(_canonical(words, version)) for words in commands if words)


def _split(line: str) -> list[str]:
    try:
        lexer = shlex.shlex(line.replace("\n", " ; "), posix=True, punctuation_chars=";&|()<>")
        lexer.whitespace_split = True
        lexer.commenters = ""
        return list(lexer)
    except ValueError:  # a quotation mark without its other half
        return line.split()


def _canonical(words: list[str], version: str) -> Iterator[str]:
    first = ALIASES.get(words[0], words[0])
    yield first
    if first != "kubectl":
        yield from words[1:]
        return
    for word in words[1:]:
        yield from _of_kubectl(word, kind_names(version).canonical)


def _of_kubectl(word: str, kinds: dict[str, str]) -> Iterator[str]:
    joined = JOINED.match(word)
    if joined:
        yield f"-{joined[1]}"
        yield from _value(joined[3])
    elif word.startswith("--"):
        name, equals, value = word.partition("=")
        yield LONG_FLAGS.get(name, name)
        if equals:
            yield from _value(value)
    elif "/" in word and word.partition("/")[0] in kinds:
        kind, _, name = word.partition("/")
        yield kinds[kind]
        yield name
    elif all(part in kinds for part in word.split(",")):
        yield from (kinds[part] for part in word.split(","))
    else:
        yield from _value(word)


def _value(word: str) -> Iterator[str]:
    """A word, and what stands before a = in it as a word of its own: jsonpath={.spec}, app=web."""
    name, equals, rest = word.partition("=")
    if equals and re.fullmatch(r"[\w./-]+", name):
        yield name
        if rest:
            yield rest
    else:
        yield word
