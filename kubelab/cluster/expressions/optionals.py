"""Puts CEL's optional field selection into calls, which is how the interpreter can take it.

`self.?spec.replicas.orValue(1)` becomes `self.field_("spec").field_("replicas").orValue(1)`: once a selection is
optional, those after it are too, up to the next call.
Source: cel-go, "Optional Types" (github.com/google/cel-go/tree/master/cel, OptionalTypes).
"""

from __future__ import annotations

import re

FIELD = "field_"
_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"(?:\\.|.)*?\"\"\"|'''(?:\\.|.)*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"|(?P<optional>\.\?\s*)(?P<name>[A-Za-z_]\w*)|(?P<index>\[\?)|(?P<select>\.\s*)(?P<field>[A-Za-z_]\w*)(?P<call>\s*\()?"
    r"|(?P<other>.)",
    re.DOTALL,
)


def without_optional_syntax(text: str) -> str:
    """Returns an expression that means the same and has neither `.?` nor `[?`."""
    if ".?" not in text and "[?" not in text:
        return text
    written: list[str] = []
    chained = False  # whether the selection before was optional
    brackets: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["optional"]:
            written.append(f'.{FIELD}("{token["name"]}")')
            chained = True
        elif token["index"]:
            written.append(f".{FIELD}(")
            brackets.append("optional")
        elif token["select"]:
            if token["call"] or not chained:
                written.append(token[0])
                chained = False
                brackets += ["("] if token["call"] else []
            else:
                written.append(f'.{FIELD}("{token["field"]}")')
        else:
            letter = token[0]
            if letter in "([{":
                brackets.append(letter)
            elif letter in ")]}" and brackets:
                opened = brackets.pop()
                letter = ")" if opened == "optional" else letter
                written.append(letter)
                chained = opened == "optional"
                continue
            chained = chained and letter.isspace()
            written.append(letter)
    return "".join(written)
