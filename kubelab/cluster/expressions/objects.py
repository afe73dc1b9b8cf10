"""Puts the objects that mutating policies construct into plain maps, which is how the interpreter can take them.

`Object{spec: Object.spec{replicas: 3}}` becomes `{"spec": {"replicas": 3}}`; `JSONPatch{op: "add"}`, `{"op": "add"}`.
Source: kubernetes.io, reference/access-authn-authz/mutating-admission-policy.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"|(?P<object>\b(?:Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*\{)"
    r"|(?P<field>[A-Za-z_]\w*)(?P<colon>\s*:)?|(?P<other>.)",
    re.DOTALL,
)
_OPENING, _CLOSING = "([{", ")]}"


def without_objects(text: str) -> str:
    """Returns an expression that means the same and constructs only maps."""
    if "Object" not in text and "JSONPatch" not in text:
        return text
    written: list[str] = []
    opened: list[str] = []
    begins = False  # whether a field of an object may stand here
    for token in _TOKEN.finditer(text):
        if token["object"]:
            written.append("{")
            opened.append("object")
            begins = True
        elif token["field"] and token["colon"] and begins:
            written.append(f'"{_plain(token["field"])}":')
            begins = False
        elif token["other"]:
            letter = token["other"]
            if letter in _OPENING:
                opened.append(letter)
            elif letter in _CLOSING and opened:
                opened.pop()
            in_object = bool(opened) and opened[-1] == "object"
            begins = (letter == "," and in_object) or (begins and letter.isspace())
            written.append(letter)
        else:
            written.append(token[0])
            begins = False
    return "".join(written)


def _plain(name: str) -> str:
    """Returns a field's own name: CEL's reserved words and odd letters are written otherwise."""
    if name.startswith("__") and name.endswith("__") and len(name) > 4:
        return name[2:-2]
    for written, letter in (("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"), ("__underscores__", "__")):
        name = name.replace(written, letter)
    return name
