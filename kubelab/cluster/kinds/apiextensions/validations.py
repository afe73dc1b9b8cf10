"""x-kubernetes-validations: the rules in CEL that a schema gives for its values.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Validation rules";
k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import cel

from kubelab.cluster.clock import parse_time
from kubelab.cluster.expressions.compiling import COST, Expression, ExpressionError, compiled
from kubelab.cluster.kinds.apiextensions.structural import nodes
from kubelab.cluster.kinds.apiextensions.values import child, duplicate, forbidden, invalid, item, key, required
from kubelab.cluster.kinds.kind import Cause

Schema = dict[str, Any]
RULES = "x-kubernetes-validations"
REASONS = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")
METADATA = {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}}
ROOT_FIELDS = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": METADATA}
# Words that CEL keeps for itself, which fields are written in between of two underscores.
RESERVED = frozenset(
    "true false null in as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)
_SELECTED = re.compile(r"(?<![\w.])(self|oldSelf)((?:\s*\.\s*[A-Za-z_]\w*(?!\s*\(|\w))+)")
_UNIT = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def has_rules(schema: Schema) -> bool:
    """Tells whether a schema has rules anywhere."""
    return any(inner.get(RULES) for _, inner in nodes(schema, ""))


# checking rules themselves


def rule_causes(schema: Schema, path: str) -> list[Cause]:
    """Returns what is wrong with the rules of a version's schema."""
    wrong = []
    for at, inner in nodes(schema, path):
        root = at == path
        for place, rule in enumerate(inner.get(RULES) or ()):
            wrong += _rule_causes(rule, _with_root(inner) if root else inner, item(f"{at}.{RULES}", place))
    return wrong


def _rule_causes(rule: Schema, schema: Schema, path: str) -> list[Cause]:
    text, wrong = (rule.get("rule") or "").strip(), []
    if not text:
        return [required(f"{path}.rule", "rule is not specified")]
    if "\n" in (rule.get("message") or ""):
        wrong.append(invalid(f"{path}.message", rule["message"], "message must not contain line breaks"))
    if "\n" in text and not rule.get("message"):
        wrong.append(required(f"{path}.message", "message must be specified if rule contains line breaks"))
    if rule.get("reason") and rule["reason"] not in REASONS:
        listed = ", ".join(f'"{name}"' for name in sorted(REASONS))
        why = f'Unsupported value: "{rule["reason"]}": supported values: {listed}'
        wrong.append(Cause("FieldValueNotSupported", why, f"{path}.reason"))
    for name in ("rule", "messageExpression"):
        if rule.get(name):
            wrong += _compile_causes(rule[name], schema, f"{path}.{name}", name, rule)
    return wrong


def _compile_causes(text: str, schema: Schema, path: str, name: str, rule: Schema) -> list[Cause]:
    words = "compilation failed" if name == "rule" else "messageExpression compilation failed"
    try:
        expression = compiled(text)
    except ExpressionError as error:
        return [_compilation(path, rule, f"{words}: {error}")]
    errors = sorted([*expression.undeclared(("self", "oldSelf")), *_undefined(expression, schema)], key=_place)
    return [_compilation(path, rule, f"{words}: " + "\n".join(errors))] if errors else []


def _place(error: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", error.partition(": ")[2])[:2]]


def _compilation(path: str, rule: Schema, why: str) -> Cause:
    """The server shows the whole rule, in Go's syntax before v1.34."""
    fields = (("Rule", "rule"), ("Message", "message"), ("MessageExpression", "messageExpression"))
    said = ", ".join(f"{go}:{json.dumps(rule.get(name, ''), ensure_ascii=False)}" for go, name in fields)
    rest = 'Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)'
    go = f"apiextensions.ValidationRule{{{said}, {rest}}}"
    as_json = {go_name: rule.get(name, "") for go_name, name in fields}
    as_json |= {"Reason": rule.get("reason"), "FieldPath": rule.get("fieldPath", ""), "OptionalOldSelf": None}
    shown = json.dumps(as_json, separators=(",", ":"), ensure_ascii=False)
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", path, f"Invalid value: {go}: {why}")


def _undefined(expression: Expression, schema: Schema) -> list[str]:
    """Returns the compiler's words for fields that the schema does not name, as far as plain selections go."""
    found = []
    for match in _SELECTED.finditer(re.sub(r"'[^']*'|\"[^\"]*\"", lambda t: " " * len(t[0]), expression.text)):
        inner: Schema | None = schema
        for name in (part.strip() for part in match[2].split(".")[1:]):
            if inner is None or inner.get("type") != "object" or inner.get("x-kubernetes-preserve-unknown-fields"):
                break
            properties = {_escaped(field): below for field, below in (inner.get("properties") or {}).items()}
            if name in properties:
                inner = properties[name]
            elif isinstance(inner.get("additionalProperties"), dict):
                inner = inner["additionalProperties"]
            else:
                found.append(expression.error_at(name, f"undefined field '{name}'", selected=True))
                break
    return list(dict.fromkeys(found))


# checking values


def rules_causes(value: Any, old: Any, schema: Schema, path: str = "", *, root: bool = False) -> list[Cause]:
    """Returns the causes for the rules that a value breaks.

    Args:
        old: what the value was before; None where there is nothing to compare with.
        root: whether the value is a whole object, whose apiVersion, kind and name rules may read.
    """
    if value is None:
        return []
    wrong = []
    for rule in schema.get(RULES) or ():
        cause = _broken(rule, value, old, _with_root(schema) if root else schema, path)
        wrong += [cause] if cause is not None else []
    if isinstance(value, list):
        return wrong + _items_causes(value, old, schema, path)
    if isinstance(value, dict):
        before = old if isinstance(old, dict) else {}
        properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, one in value.items():
            inner = properties.get(name, more)
            if isinstance(inner, dict):
                at = child(path, name) if name in properties else key(path, name)
                wrong += rules_causes(one, before.get(name), inner, at)
    return wrong


def _items_causes(value: list[Any], old: Any, schema: Schema, path: str) -> list[Cause]:
    inner = schema.get("items")
    if not isinstance(inner, dict):
        return []
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    before = {}
    if keys and isinstance(old, list):  # only list maps say which item was which
        before = {tuple(str(one.get(name)) for name in keys): one for one in old if isinstance(one, dict)}
    wrong = []
    for place, one in enumerate(value):
        identity = tuple(str(one.get(name)) for name in keys) if isinstance(one, dict) else ()
        wrong += rules_causes(one, before.get(identity) if keys else None, inner, item(path, place))
    return wrong


def _broken(rule: Schema, value: Any, old: Any, schema: Schema, path: str) -> Cause | None:
    kind = schema.get("type", "")
    try:
        expression = compiled(rule["rule"])
    except ExpressionError as error:
        return invalid(path, kind, f"rule compile error: {error}")
    compares, optional = "oldSelf" in expression.variables, bool(rule.get("optionalOldSelf"))
    if compares and old is None and not optional:
        return None
    variables = {"self": as_cel(value, schema)}
    if compares:
        before = as_cel(old, schema) if old is not None else None
        variables["oldSelf"] = _optional(before) if optional else before
    said = (rule.get("message") or rule["rule"]).strip()
    try:
        if expression.evaluate(variables) is True:
            return None
    except ExpressionError as error:
        if str(error) == COST:
            why = "no further validation rules will be run due to call cost exceeds limit for rule"
            return invalid(path, kind, f"'{error}': {why}: {said}")
        if str(error) == "no such overload":
            why = (
                f"'{error}': call arguments did not match a supported operator, function or macro signature for rule: "
            )
            return invalid(path, kind, why + said)
        return invalid(path, kind, f"{error} evaluating rule: {said}")
    detail = _message(rule, variables) or (rule["message"].strip() if rule.get("message") else f"failed rule: {said}")
    if not compares and old is not None and old == value:
        return None  # what stood there before may stay (CRDValidationRatcheting)
    return _with_reason(rule, _at(path, rule.get("fieldPath", "")), kind, detail)


def _optional(value: Any) -> Any:
    return cel.OptionalValue.none() if value is None else cel.OptionalValue.of(value)


def _at(path: str, field: str) -> str:
    return child(path, field.removeprefix(".")) if field else path


def _with_reason(rule: Schema, path: str, kind: str, detail: str) -> Cause:
    reason = rule.get("reason")
    if reason == "FieldValueForbidden":
        return forbidden(path, detail)
    if reason == "FieldValueRequired":
        return required(path, detail)
    return duplicate(path, kind) if reason == "FieldValueDuplicate" else invalid(path, kind, detail)


def _message(rule: Schema, variables: dict[str, Any]) -> str:
    """Returns what messageExpression says; nothing where it fails, or says nothing that can be shown."""
    text = rule.get("messageExpression")
    if not text:
        return ""
    try:
        said = compiled(text).evaluate(variables)
    except ExpressionError:
        return ""
    shown = said.strip() if isinstance(said, str) else ""
    return "" if "\n" in shown else shown


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
        return {_escaped(name): as_cel(one, properties.get(name, {})) for name, one in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and schema.get("type") == "number":
        return float(value)
    if isinstance(value, float) and schema.get("type") == "integer":
        return int(value)
    return _of_format(value, schema.get("format", "")) if isinstance(value, str) else value


def _of_format(text: str, name: str) -> Any:
    try:
        if name in ("date", "date-time"):
            return datetime.fromtimestamp(parse_time(text), UTC)
        if name == "duration":
            return timedelta(seconds=sum(float(n) * _UNIT[u] for n, u in re.findall(r"([\d.]+)\s*([a-zµ]+)", text)))
    except (ValueError, KeyError):
        return text
    return text


def _escaped(name: str) -> str:
    if name in RESERVED:
        return f"__{name}__"
    found = name.replace("__", "__underscores__") if "__" in name else name
    return found.replace(".", "__dot__").replace("-", "__dash__").replace("/", "__slash__")
