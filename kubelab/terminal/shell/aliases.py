"""Puts aliases in place of the first words of commands. Source: bash(1), ALIASES."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kubelab.terminal.shell.lexer import Token, after_command, tokens_of
from kubelab.terminal.shell.scanning import after_double, after_single

_STARTS = frozenset((";", "&", "&&", "||", "|", "|&", "(", "\n", ";;"))
_WORD = re.compile(r"[^\s'\"\\$`|&;<>()]+")


def expand_aliases(text: str, aliases: Mapping[str, str]) -> str:
    """Returns shell text with its aliases replaced.

    Raises:
        Incomplete, SyntaxFault: as the lexer does.
    """
    if not any(name in text for name in aliases):
        return text
    tokens, _mask = tokens_of(text)
    out, at = [], 0
    first = True
    for token in tokens:
        if token.kind == "word" and first and token.text in aliases:
            value = _value(token.text, aliases, ())
            out.append(text[at : token.start] + value)
            at = token.end
            first = value.endswith((" ", "\t"))  # then the next word is looked at as well
            continue
        inner = token.target if token.kind == "redirect" and not token.text.startswith("<<") else token.text
        if token.kind in ("word", "redirect") and "$(" in inner:
            out.append(text[at : token.start] + _within(text[token.start : token.end], aliases))
            at = token.end
        first = _begins(token, first)
    return "".join(out) + text[at:]


def _within(word: str, aliases: Mapping[str, str]) -> str:
    """Returns a word with the aliases in its command substitutions replaced."""
    out: list[str] = []
    at = 0
    while at < len(word):
        if word[at] == "'":
            end = after_single(word, at + 1)
        elif word[at] == "\\":
            end = at + 2
        elif word.startswith("$(", at) and not word.startswith("$((", at):
            end = after_command(word, at + 2)
            out.append(f"$({expand_aliases(word[at + 2 : end - 1], aliases)})")
            at = end
            continue
        elif word[at] == '"':
            end = after_double(word, at + 1)
            out.append('"' + _within_double(word[at + 1 : end - 1], aliases) + '"')
            at = end
            continue
        else:
            end = at + 1
        out.append(word[at:end])
        at = end
    return "".join(out)


def _within_double(text: str, aliases: Mapping[str, str]) -> str:
    """As _within, for what stands within double quotes."""
    out: list[str] = []
    at = 0
    while at < len(text):
        end = at + 2 if text[at] == "\\" else at + 1
        if text.startswith("$(", at) and not text.startswith("$((", at):
            end = after_command(text, at + 2)
            out.append(f"$({expand_aliases(text[at + 2 : end - 1], aliases)})")
        else:
            out.append(text[at:end])
        at = end
    return "".join(out)


def _begins(token: Token, first: bool) -> bool:
    """Tells whether a command may begin behind a token."""
    if token.kind == "operator":
        return token.text in _STARTS
    if token.kind == "keyword":
        return token.text not in ("in", "for", "case", "function")
    is_assignment = token.kind == "word" and re.match(r"[A-Za-z_]\w*\+?=", token.text) is not None
    return first and (is_assignment or token.kind == "redirect")


def _value(name: str, aliases: Mapping[str, str], seen: tuple[str, ...]) -> str:
    """Returns what an alias stands for; its own first word may be an alias, but not one that led here."""
    value = aliases[name]
    match = _WORD.match(value.lstrip())
    word = match.group() if match else ""
    if word and word in aliases and word != name and word not in seen:
        return value.replace(word, _value(word, aliases, (*seen, name)), 1)
    return value
