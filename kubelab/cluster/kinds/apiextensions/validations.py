"""x-kubernetes-validations: the rules in CEL that a schema gives for its values, as they judge them.

Whether the rules themselves are sound is in `rules.py`. Source: kubernetes.io,
tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Validation rules";
k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kubelab.cluster.clock import parse_time
from kubelab.cluster.expressions.compiling import COST, ExpressionError, Outcome, compiled
from kubelab.cluster.expressions.costs import BUDGET, PER_CALL
from kubelab.cluster.expressions.declared import ROOT_FIELDS, escaped
from kubelab.cluster.expressions.durations import duration
from kubelab.cluster.expressions.values import NO_OVERLOAD, NONE, Optional
from kubelab.cluster.kinds.apiextensions.structural import nodes
from kubelab.cluster.kinds.apiextensions.values import child, duplicate, forbidden, invalid, item, key, required
from kubelab.cluster.kinds.formatlibrary import FORMAT_FUNCTIONS
from kubelab.cluster.kinds.kind import Cause

Schema = dict[str, Any]
RULES = "x-kubernetes-validations"
LONGEST_MESSAGE = 5 * 1024  # bytes of what a messageExpression may come to
FIELD_STEP = r"\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\]"  # of a rule's fieldPath
SPENT = "validation failed due to running out of cost budget, no further validation rules will be run"
MESSAGE_SPENT = (
    "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run"
)


def has_rules(schema: Schema) -> bool:
    """Tells whether a schema has rules anywhere."""
    return any(inner.get(RULES) for _, inner in nodes(schema, ""))


class _Value(NamedTuple):
    """A value with its schema and what it was before.

    Args:
        old: what it was; None where there is nothing to compare with.
        ratchets: tells whether it, or what it is part of, is as it was: what was wrong already may stay then.
    """

    value: Any
    old: Any
    schema: Schema
    path: str
    root: bool
    ratchets: Callable[[], bool]


class _Spent(Exception):
    """No further rules are run."""


def rules_causes(value: Any, old: Any, schema: Schema, path: str = "", *, root: bool = False) -> list[Cause]:
    """Returns the causes for the rules that a value breaks.

    Args:
        old: what the value was before; None where there is nothing to compare with.
        root: whether the value is a whole object, whose apiVersion, kind and name rules may read.
    """
    judge = _Judge()
    try:
        judge.judge(_Value(value, old, schema, path, root, lambda: old is not None and value == old))
    except _Spent:
        pass
    return judge.wrong


class _Judge:
    """Goes through an object once, with what its rules may cost."""

    def __init__(self) -> None:
        self.wrong: list[Cause] = []
        self.left = BUDGET

    def judge(self, one: _Value) -> None:
        if one.value is None:
            return
        self._rules(one)
        if isinstance(one.value, list):
            self._items(one)
        elif isinstance(one.value, dict):
            self._fields(one)

    def _fields(self, one: _Value) -> None:
        compares = isinstance(one.old, dict) and one.schema.get("x-kubernetes-map-type") != "atomic"
        properties, more = one.schema.get("properties") or {}, one.schema.get("additionalProperties")
        for name, value in one.value.items():
            inner = properties.get(name, more)
            if not isinstance(inner, dict):
                continue
            before = one.old.get(name) if compares else None
            at = child(one.path, name) if name in properties else key(one.path, name)
            self.judge(_Value(value, before, inner, at, _is_embedded(inner), _ratchet(value, before, one)))

    def _items(self, one: _Value) -> None:
        inner = one.schema.get("items")
        if not isinstance(inner, dict):
            return
        keys = one.schema.get("x-kubernetes-list-map-keys") or ()
        before = {}
        if keys and isinstance(one.old, list):  # only list maps say which item was which
            before = {_identity(each, keys): each for each in one.old}
        for place, value in enumerate(one.value):
            old = before.get(_identity(value, keys)) if keys else None
            at = item(one.path, place)
            self.judge(_Value(value, old, inner, at, _is_embedded(inner), _ratchet(value, old, one)))

    # one rule after the other

    def _rules(self, one: _Value) -> None:
        rules = one.schema.get(RULES) or ()
        if not rules:
            return
        kind = one.schema.get("type", "")
        if self.left <= 0:
            self._end(one.path, kind, SPENT)
        schema = _with_root(one.schema) if one.root else one.schema
        seen, before = as_cel(one.value, schema), None if one.old is None else as_cel(one.old, schema)
        for rule in rules:
            self._rule(rule, one, kind, seen, before)

    def _end(self, path: str, kind: str, why: str) -> None:
        self.wrong.append(invalid(path, kind, why))
        raise _Spent

    def _rule(self, rule: Schema, one: _Value, kind: str, seen: Any, before: Any) -> None:
        try:
            expression = compiled(rule["rule"])
        except ExpressionError as error:
            self.wrong.append(invalid(one.path, kind, f"rule compile error: compilation failed: {error}"))
            return
        compares, optional = "oldSelf" in expression.variables, bool(rule.get("optionalOldSelf"))
        if compares and one.old is None and not optional:
            return
        variables = {"self": seen}
        if compares:
            variables["oldSelf"] = (NONE if one.old is None else Optional(before)) if optional else before
        outcome = expression.run(variables, FORMAT_FUNCTIONS, min(PER_CALL, self.left))
        self._spend(outcome, one.path, kind, SPENT)
        if outcome.error:
            self._failed(outcome.error, rule, one.path, kind)
        elif outcome.value is not True:
            detail = self._message(rule, variables, one.path, kind) or (
                rule["message"].strip() if rule.get("message") else f"failed rule: {rule['rule'].strip()}"
            )
            if compares or not one.ratchets():  # what stood there before may stay (CRDValidationRatcheting)
                self.wrong.append(_with_reason(rule, _at(one, rule.get("fieldPath") or ""), kind, detail))

    def _spend(self, outcome: Outcome, path: str, kind: str, why: str) -> None:
        if outcome.cost > self.left:
            self._end(path, kind, why)
        self.left -= outcome.cost

    def _failed(self, error: str, rule: Schema, path: str, kind: str) -> None:
        said = (rule.get("message") or rule["rule"]).strip()
        if error == COST:
            why = "no further validation rules will be run due to call cost exceeds limit for rule"
            self._end(path, kind, f"'{error}': {why}: {said}")
        if error.startswith(NO_OVERLOAD):
            why = "call arguments did not match a supported operator, function or macro signature for rule"
            self.wrong.append(invalid(path, kind, f"'{error}': {why}: {said}"))
        else:
            self.wrong.append(invalid(path, kind, f"{error} evaluating rule: {said}"))

    def _message(self, rule: Schema, variables: dict[str, Any], path: str, kind: str) -> str:
        """Returns what messageExpression says; nothing where it fails, or says nothing that can be shown."""
        text = rule.get("messageExpression")
        if not text:
            return ""
        try:
            outcome = compiled(text).run(variables, FORMAT_FUNCTIONS, min(PER_CALL, self.left))
        except ExpressionError:
            return ""
        self._spend(outcome, path, kind, MESSAGE_SPENT)
        if outcome.error == COST:
            why = "no further validation rules will be run due to call cost exceeds limit for messageExpression"
            self._end(path, kind, f"{why}: {_quoted(text)}")
        shown = outcome.value.strip() if not outcome.error and isinstance(outcome.value, str) else ""
        return "" if "\n" in shown or len(shown.encode()) > LONGEST_MESSAGE else shown


def _at(one: _Value, text: str) -> str:
    """Returns the path of the field below a value that a rule says it is about."""
    path, inner = one.path, one.schema
    for plain, quoted in re.findall(FIELD_STEP, text):
        name = plain or re.sub(r"\\(.)", r"\1", quoted)
        named = name in (inner.get("properties") or {})
        path = child(path, name) if named else key(path, name)
        inner = inner["properties"][name] if named else inner.get("additionalProperties") or {}
    return path


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _is_embedded(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _identity(value: Any, keys: Any) -> tuple[str, ...]:
    return tuple(str(value.get(name)) for name in keys) if isinstance(value, dict) else ()


def _ratchet(value: Any, old: Any, parent: _Value) -> Callable[[], bool]:
    return parent.ratchets if old is None else lambda: bool(value == old)


def _with_reason(rule: Schema, path: str, kind: str, detail: str) -> Cause:
    reason = rule.get("reason")
    if reason == "FieldValueForbidden":
        return forbidden(path, detail)
    if reason == "FieldValueRequired":
        return required(path, detail)
    return duplicate(path, kind) if reason == "FieldValueDuplicate" else invalid(path, kind, detail)


# values as CEL has them


def _with_root(schema: Schema) -> Schema:
    return {**schema, "properties": {**(schema.get("properties") or {}), **ROOT_FIELDS}}


def as_cel(value: Any, schema: Schema) -> Any:
    """Returns a value as rules see it: of its schema's types, its fields' names escaped."""
    if isinstance(value, list):
        inner = schema.get("items")
        return [as_cel(one, inner if isinstance(inner, dict) else {}) for one in value]
    if isinstance(value, dict):
        properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
        if not properties:
            return {name: as_cel(one, more if isinstance(more, dict) else {}) for name, one in value.items()}
        return {escaped(name): as_cel(one, properties.get(name, {})) for name, one in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and schema.get("type") == "number":
        return float(value)
    if isinstance(value, float) and schema.get("type") == "integer":
        return int(value)
    return _of_format(value, schema.get("format", "")) if isinstance(value, str) else value


def _of_format(text: str, name: str) -> Any:
    try:
        if name in ("date", "date-time"):
            return datetime.fromtimestamp(parse_time(text), UTC)
        if name == "byte":
            return base64.b64decode(text)
    except ValueError:
        return text
    found = duration(text) if name == "duration" else None
    return text if found is None else found
