"""What `kubectl wait --for=...` may ask of an object (kubectl/pkg/cmd/wait, condition.go, json.go)."""

from __future__ import annotations

from dataclasses import dataclass

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import go_text, quote
from kubelab.terminal.kubectl.printers.custom_columns import relaxed
from kubelab.terminal.kubectl.printers.jsonpath import JSONPath
from kubelab.terminal.kubectl.printers.jsonpath_parser import JSONPathError

_FORM = (
    "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or "
    "--for=jsonpath='{.status.readyReplicas}'"
)
_VALUE = "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"


@dataclass
class Wanted:
    """One condition.

    Args:
        kind: "create", "delete", "condition" or "jsonpath".
        name: the condition's type, or the path.
        value: what it has to be; "" for anything (jsonpath only).
    """

    kind: str
    name: str = ""
    value: str = ""
    path: JSONPath | None = None

    def met(self, obj: Object) -> bool:
        """Tells whether an object is as wanted.

        Raises:
            CommandError: the path leads to more than one value.
        """
        return self._path_met(obj) if self.path is not None else self._condition_met(obj)

    def _condition_met(self, obj: Object) -> bool:
        status = obj.get("status") or {}
        for condition in status.get("conditions") or ():
            if str(condition.get("type", "")).casefold() != self.name.casefold() or "status" not in condition:
                continue
            generation = obj["metadata"].get("generation")
            seen = condition.get("observedGeneration", status.get("observedGeneration"))
            if generation is not None and seen is not None and seen < generation:
                return False
            return str(condition["status"]).casefold() == self.value.casefold()
        return False

    def _path_met(self, obj: Object) -> bool:
        assert self.path is not None
        try:
            found = self.path.find(obj)
        except JSONPathError as error:
            raise CommandError(str(error)) from None
        if not found or not found[0]:
            return False
        if len(found) > 1:
            raise CommandError("given jsonpath expression matches more than one list")
        if len(found[0]) > 1:
            raise CommandError("given jsonpath expression matches more than one value")
        if not self.value:
            return True
        value = found[0][0]
        if isinstance(value, dict | list):
            raise CommandError("jsonpath leads to a nested object or list which is not supported")
        return go_text(value).strip() == self.value.strip()


def wanted_of(text: str) -> Wanted:
    """Reads the value of --for.

    Raises:
        CommandError: it is none.
    """
    if text.lower() in ("delete", "create"):
        return Wanted(text.lower())
    if text.startswith("condition="):
        name, equals, value = text.removeprefix("condition=").partition("=")
        return Wanted("condition", name, value if equals else "true")
    if text.startswith("jsonpath="):
        return _jsonpath(text.removeprefix("jsonpath="))
    raise CommandError(f"unrecognized condition: {quote(text)}")


def _jsonpath(text: str) -> Wanted:
    parts = _split(text)
    if len(parts) > 2:
        raise CommandError(_FORM)
    expression = relaxed(parts[0])
    value = ""
    if len(parts) == 2:
        value = parts[1].strip("'\"")
        if not value:
            raise CommandError(_VALUE)
    if not expression:
        raise CommandError("jsonpath expression cannot be empty")
    try:
        path = JSONPath(expression, allow_missing=True)
    except JSONPathError as error:
        raise CommandError(str(error)) from None
    return Wanted("jsonpath", expression, value, path)


def _split(text: str) -> list[str]:
    """Splits at equals signs, but not at double ones."""
    parts, current, at = [], "", 0
    while at < len(text):
        if text[at : at + 2] == "==":
            current += "=="
            at += 2
            continue
        if text[at] == "=":
            parts.append(current)
            current = ""
        else:
            current += text[at]
        at += 1
    return [*parts, current]
