"""Whether the rules in CEL of a CRD's schema are sound: that they compile, what they may cost, what they compare.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema)
and pkg/apiserver/schema/cel/compilation.go.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, NamedTuple

from kubelab.cluster.expressions.compiling import Checked, checked
from kubelab.cluster.expressions.declared import Declared, declared
from kubelab.cluster.expressions.environments import Environment
from kubelab.cluster.expressions.estimates import MOST, estimate
from kubelab.cluster.expressions.signatures import ANY
from kubelab.cluster.expressions.syntax import free_names
from kubelab.cluster.expressions.types import BOOL, STRING, Type, optional_of
from kubelab.cluster.kinds.apiextensions.structural import nodes
from kubelab.cluster.kinds.apiextensions.validations import FIELD_STEP, RULES
from kubelab.cluster.kinds.apiextensions.values import forbidden, invalid, item, key, required, unsupported
from kubelab.cluster.kinds.kind import Cause

Schema = dict[str, Any]
REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
PER_EXPRESSION, PER_CRD = 10_000_000, 100_000_000  # what rules may be estimated to cost
MOST_NAMED = 4  # of those that cost the most
HINT = (
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared)"
)
UNTYPED = "internal error: failed to retrieve type information for x-kubernetes-validations"
_FIELD_PATH = re.compile(r"(?:\.[^.\[\]\s]+|\['(?:[^'\\]|\\.)*'\])+")


class _Place(NamedTuple):
    """Where a rule stands: what it may not do there.

    Args:
        cardinality: how many such values an object has at the most; None where nothing says it.
        uncorrelatable: the path from which on nothing can be compared with what it was.
    """

    cardinality: int | None = 1
    uncorrelatable: str = ""

    def of_many(self, most: int | None) -> _Place:
        """Returns the place of each of many values."""
        if self.cardinality is None or most is None:
            return self._replace(cardinality=None)
        return self._replace(cardinality=min(self.cardinality * most, MOST))

    def not_compared(self, path: str) -> _Place:
        """Returns the place of what cannot be compared."""
        return self._replace(uncorrelatable=self.uncorrelatable or path)


def texts_of(schema: Schema) -> frozenset[str]:
    """Returns the expressions of a schema."""
    rules = [rule for _, inner in nodes(schema, "") for rule in inner.get(RULES) or ()]
    return frozenset(rule[name] for rule in rules for name in ("rule", "messageExpression") if rule.get(name))


def rule_causes(schema: Schema, path: str, minor: int, stored: frozenset[str] = frozenset()) -> list[Cause]:
    """Returns what is wrong with the rules of a version's schema.

    Args:
        minor: the cluster's minor version, which says what expressions may call.
        stored: the expressions that were there before, which may call what any version has.
    """
    wrong = [cause for at, inner in nodes(schema, path) for cause in _shape_causes(inner, at)]
    if wrong:
        return wrong
    compiler = _Compiler(minor, stored)
    compiler.walk(schema, path, _Place(), root=True)
    return [*compiler.wrong, *compiler.total_causes(path)]


def _shape_causes(schema: Schema, path: str) -> list[Cause]:
    wrong = []
    for place, rule in enumerate(schema.get(RULES) or ()):
        at = item(f"{path}.{RULES}", place)
        wrong += [*_text_causes(rule, at), *_field_path_causes(rule, schema, at)]
    return wrong


def _text_causes(rule: Schema, at: str) -> list[Cause]:
    wrong = []
    text, message = (rule.get("rule") or "").strip(), rule.get("message") or ""
    if not text:
        wrong.append(required(f"{at}.rule", "rule is not specified"))
    elif message and not message.strip():
        wrong.append(invalid(f"{at}.message", message, "message must be non-empty if specified"))
    elif "\n" in message.strip():
        wrong.append(invalid(f"{at}.message", message, "message must not contain line breaks"))
    elif "\n" in text and not message.strip():
        wrong.append(required(f"{at}.message", "message must be specified if rule contains line breaks"))
    if rule.get("messageExpression") and not rule["messageExpression"].strip():
        wrong.append(required(f"{at}.messageExpression", "messageExpression must be non-empty if specified"))
    if rule.get("reason") and rule["reason"] not in REASONS:
        wrong.append(unsupported(f"{at}.reason", rule["reason"], list(REASONS)))
    return wrong


def _field_path_causes(rule: Schema, schema: Schema, at: str) -> list[Cause]:
    text = rule.get("fieldPath") or ""
    wrong = []
    if text and not text.strip():
        wrong.append(invalid(f"{at}.fieldPath", text, "fieldPath must be non-empty if specified"))
    if "\n" in text:
        wrong.append(invalid(f"{at}.fieldPath", text, "fieldPath must not contain line breaks"))
    if text and not _is_valid(text, schema):
        wrong.append(invalid(f"{at}.fieldPath", text, "fieldPath must be a valid path"))
    return wrong


def _is_valid(text: str, schema: Schema) -> bool:
    if _FIELD_PATH.fullmatch(text) is None:
        return False
    inner: Any = schema
    for plain, quoted in re.findall(FIELD_STEP, text):
        name = plain or re.sub(r"\\(.)", r"\1", quoted)
        if inner.get("properties"):
            inner = inner["properties"].get(name)
        else:
            inner = inner.get("additionalProperties")
        if not isinstance(inner, dict):
            return False
    return True


class _Compiler:
    def __init__(self, minor: int, stored: frozenset[str]) -> None:
        self.minor, self.stored = minor, stored
        self.wrong: list[Cause] = []
        self.total = 0
        self.dearest: list[tuple[int, str]] = []

    def walk(self, schema: Schema, path: str, place: _Place, *, root: bool = False) -> None:
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            self.walk(more, f"{path}.additionalProperties", place.of_many(schema.get("maxProperties")))
        inside = place.not_compared(path) if schema.get("x-kubernetes-map-type") == "atomic" else place
        for name, inner in (schema.get("properties") or {}).items():
            self.walk(inner, key(f"{path}.properties", name), inside)
        if isinstance(schema.get("items"), dict):
            inside = place if schema.get("x-kubernetes-list-type") == "map" else place.not_compared(path)
            self.walk(schema["items"], f"{path}.items", inside.of_many(schema.get("maxItems")))
        if schema.get(RULES):
            self._rules(schema, path, place, root=root)

    def _rules(self, schema: Schema, path: str, place: _Place, *, root: bool) -> None:
        seen = declared(schema, f"selfType{zlib.crc32(path.encode()) % 10**9}", root=root)
        if seen is None:
            self.wrong.append(Cause("InternalError", f"Internal error: {UNTYPED}", f"{path}.{RULES}"))
            return
        for number, rule in enumerate(schema[RULES]):
            self._rule(rule, seen, item(f"{path}.{RULES}", number), place)

    def _rule(self, rule: Schema, seen: Declared, at: str, place: _Place) -> None:
        found = self._checked(rule["rule"], seen, optional=bool(rule.get("optionalOldSelf")))
        why = self._why_not(found, BOOL, "compilation failed: ", "cel expression must evaluate to a bool")
        count = seen.cardinality if place.cardinality is None else place.cardinality
        if not why:
            self._cost(found, seen, f"{at}.rule", "estimated rule cost", count)
        else:
            self.wrong.append(_invalid_rule(f"{at}.rule", rule, why))
        self._message(rule, seen, at)
        compares = found.tree is not None and "oldSelf" in free_names(found.tree)
        if compares and not why and place.uncorrelatable:
            detail = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {place.uncorrelatable}"
            self.wrong.append(invalid(f"{at}.rule", rule["rule"], detail))
        elif not compares and rule.get("optionalOldSelf") is not None:
            detail = "may not be set if oldSelf is not used in rule"
            self.wrong.append(invalid(f"{at}.optionalOldSelf", rule["optionalOldSelf"], detail))

    def _message(self, rule: Schema, seen: Declared, at: str) -> None:
        if not rule.get("messageExpression"):
            return
        found = self._checked(rule["messageExpression"], seen, optional=bool(rule.get("optionalOldSelf")))
        words = "messageExpression compilation failed: ", "messageExpression must evaluate to a string"
        why = self._why_not(found, STRING, *words)
        if why:
            self.wrong.append(_invalid_rule(f"{at}.messageExpression", rule, why))
        else:
            self._cost(found, seen, f"{at}.messageExpression", "estimated messageExpression cost", 1)

    def _checked(self, text: str, seen: Declared, *, optional: bool) -> Checked:
        before = optional_of(seen.type) if optional else seen.type
        minor = ANY if text in self.stored else self.minor
        return checked(text, Environment(minor, {"self": seen.type, "oldSelf": before}, dict(seen.objects())))

    def _why_not(self, found: Checked, wanted: Type, failed: str, other: str) -> str:
        if found.errors:
            return failed + found.message
        return "" if found.type == wanted else other

    def _cost(self, found: Checked, seen: Declared, at: str, what: str, count: int) -> None:
        assert found.tree is not None and found.checker is not None
        each = estimate(found.tree, found.checker, seen).most
        cost = min(each * count, MOST)
        if cost > PER_EXPRESSION:
            self.wrong.append(forbidden(at, too_dear(what, cost, PER_EXPRESSION)))
        self.total = min(self.total + cost, MOST)
        if cost >= PER_CRD // 100:
            self.dearest = sorted([*self.dearest, (-cost, at)])[:MOST_NAMED]

    def total_causes(self, path: str) -> list[Cause]:
        if self.total <= PER_CRD:
            return []
        why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
        what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        named = [forbidden(at, why) for _, at in self.dearest]
        return [*named, forbidden(path, too_dear(what, self.total, PER_CRD))]


def too_dear(what: str, cost: int, limit: int) -> str:
    """Returns the server's words for what is estimated to cost too much."""
    times = cost / limit
    factor = "more than 100x" if times > 100 else f"{times:f}x" if times < 1.5 else f"{times:.1f}x"
    return f"{what} exceeds budget by factor of {factor} {HINT}"


def _invalid_rule(path: str, rule: Schema, why: str) -> Cause:
    """The server shows the whole rule, in Go's syntax before v1.34."""
    fields = (("Rule", "rule"), ("Message", "message"), ("MessageExpression", "messageExpression"))
    said = ", ".join(f"{go}:{json.dumps(rule.get(name, ''), ensure_ascii=False)}" for go, name in fields)
    rest = 'Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)'
    go = f"apiextensions.ValidationRule{{{said}, {rest}}}"
    as_json = {go_name: rule.get(name, "") for go_name, name in fields}
    as_json |= {"Reason": rule.get("reason"), "FieldPath": rule.get("fieldPath", ""), "OptionalOldSelf": None}
    shown = json.dumps(as_json, separators=(",", ":"), ensure_ascii=False)
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", path, f"Invalid value: {go}: {why}")
