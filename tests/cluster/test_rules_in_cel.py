"""x-kubernetes-validations of CRDs: which rules are refused, and what those that stand say of objects.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Validation rules";
k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

import json

import pytest
import yaml

from tests.console import Console

A_KEY = "this property is in x-kubernetes-list-map-keys, so it "
AT = "spec.validation.openAPIV3Schema.properties[spec]"
SPEC = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "name": {"type": "string"},
        "short": {"type": "string", "maxLength": 20},
        "names": {"type": "array", "items": {"type": "string"}},
        "few": {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 10}},
        "ports": {
            "type": "array", "maxItems": 50, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port"],
            "items": {
                "type": "object", "required": ["port"],
                "properties": {"port": {"type": "integer"}, "name": {"type": "string", "maxLength": 50000}},
            },
        },
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "either": {"x-kubernetes-int-or-string": True},
        "when": {"type": "string", "format": "date-time"},
    },
}  # fmt: skip


def crd(rules, at=(), **changes):
    spec = json.loads(json.dumps(SPEC))
    spec["properties"].update(changes)
    inner = spec
    for name in at:
        inner = inner[name]
    inner["x-kubernetes-validations"] = rules
    schema = {"type": "object", "properties": {"spec": spec}}
    return yaml.safe_dump({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    })  # fmt: skip


def thing(**spec):
    return json.dumps({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec})


@pytest.fixture(scope="module")
def asked():
    """A cluster that is only asked what it would say."""
    return Console(version="1.36")


@pytest.mark.parametrize(
    ("rule", "at", "said"),
    [
        (
            {"rule": "self.count + 'a' == ''"}, (),
            "x-kubernetes-validations[0].rule: Invalid value: {RULE}: compilation failed: ERROR: <input>:1:12: found "
            "no matching overload for '_+_' applied to '(int, string)'\n | self.count + 'a' == ''\n | ...........^",
        ),
        (
            {"rule": "self.count"}, (),
            "x-kubernetes-validations[0].rule: Invalid value: {RULE}: cel expression must evaluate to a bool",
        ),
        ({"rule": "self.either"}, (), "cel expression must evaluate to a bool"),
        (
            {"rule": "self.name == oldSelf.names"}, (),
            "no matching overload for '_==_' applied to '(string, list(string))'",
        ),
        ({"rule": "self.when > self.count"}, (), "no matching overload for '_>_' applied to '(timestamp, int)'"),
        ({"rule": "self.matches('(')"}, ("properties", "name"), "ERROR: <input>:1:14: invalid matches argument"),
        (
            {"rule": "true", "messageExpression": "self.count"}, (),
            "x-kubernetes-validations[0].messageExpression: Invalid value: {RULE}: messageExpression must evaluate to "
            "a string",
        ),
        (
            {"rule": "self.names.all(a, self.names.all(b, a == b))"}, (),
            "x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than "
            "100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and "
            "strings are declared)",
        ),
        (
            {"rule": "self.startsWith('a')"}, ("properties", "labels", "additionalProperties"), None,
        ),
        (
            {"rule": "self.contains('a')"}, ("properties", "names", "items"),
            "estimated rule cost exceeds budget by factor of more than 100x",
        ),
        (
            {"rule": "self != oldSelf"}, ("properties", "names", "items"),
            ".properties[names].items.x-kubernetes-validations[0].rule: Invalid value: \"self != oldSelf\": oldSelf "
            f"cannot be used on the uncorrelatable portion of the schema within {AT}.properties[names]",
        ),
        (
            {"rule": "self.count > 1", "optionalOldSelf": True}, (),
            "x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not "
            "used in rule",
        ),
        (
            {"rule": "self.count > 1", "fieldPath": ".other"}, (),
            'x-kubernetes-validations[0].fieldPath: Invalid value: ".other": fieldPath must be a valid path',
        ),
        (
            {"rule": "self.count > 1", "reason": "Wrong"}, (),
            'x-kubernetes-validations[0].reason: Unsupported value: "Wrong": supported values: "FieldValueDuplicate", '
            '"FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
        ),
        ({"rule": " "}, (), "x-kubernetes-validations[0].rule: Required value: rule is not specified"),
        (
            {"rule": "self.count > 1 &&\nself.count < 9"}, (),
            "x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line "
            "breaks",
        ),
        ({"rule": "self.few.all(i, f, f.startsWith('a') && i < 5)"}, (), None),
        ({"rule": "self.ports.all(p, p.port > 0)"}, (), None),
        ({"rule": "type(self.either) == int ? self.either < 9 : self.either.endsWith('%')"}, (), None),
        (
            {"rule": "self.count > 1", "messageExpression": "'not ' + string(self.count)"}, (),
            "messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x",
        ),
        ({"rule": "!has(oldSelf.count) || self.count >= oldSelf.count"}, (), None),
        ({"rule": "!oldSelf.hasValue() || self == oldSelf.value()", "optionalOldSelf": True}, (), None),
        ({"rule": "self == oldSelf", "message": "stays"}, (), None),
    ],
)  # fmt: skip
def test_a_rule_is_refused_in_the_servers_words_or_stands(asked, rule, at, said):
    result = asked.run("kubectl apply --dry-run=server -f -", crd([rule], at))
    if said is None:
        assert (result.exit, result.stderr) == (0, "")
        return
    shown = json.dumps({
        "Rule": rule["rule"], "Message": "", "MessageExpression": rule.get("messageExpression", ""), "Reason": None,
        "FieldPath": "", "OptionalOldSelf": None,
    }, separators=(",", ":"))  # fmt: skip
    assert said.replace("{RULE}", shown) in result.stderr


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (
            {"type": "string", "x-kubernetes-list-type": "set"},
            ['.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified'],
        ),
        (
            {"type": "array", "x-kubernetes-list-type": "x", "items": {"type": "string"}},
            ['.x-kubernetes-list-type: Unsupported value: "x": supported values: "atomic", "set", "map"'],
        ),
        (
            {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b"],
             "items": {"type": "object", "properties": {"a": {"type": "string", "nullable": True}}}},
            [
                '.x-kubernetes-list-map-keys: Invalid value: ["a","b"]: entries must all be names of item properties',
                f".items.properties[a].default: Required value: {A_KEY}must have a default or be a required property",
                f".items.properties[a].nullable: Forbidden: {A_KEY}cannot be nullable",
            ],
        ),
        (
            {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}},
            [".items.x-kubernetes-map-type: Invalid value: ", "must be atomic as item of a list with "],
        ),
        ({"x-kubernetes-map-type": "atomic"}, [".type: Required value: must be object if x-kubernetes-map-type is "]),
        (
            {"type": "object", "x-kubernetes-preserve-unknown-fields": False},
            [".x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"],
        ),
    ],
)  # fmt: skip
def test_what_a_schema_says_of_lists_and_maps_must_fit_them(asked, field, said):
    refused = asked.run("kubectl apply --dry-run=server -f -", crd([], extra=field)).stderr
    for each in said:
        assert each in refused, refused


def test_all_rules_of_a_schema_together_may_cost_only_so_much(asked):
    rules = [{"rule": f"!has(self.name) || self.name.contains('{'a' * 100}')", "message": str(n)} for n in range(40)]
    said = asked.run("kubectl apply --dry-run=server -f -", crd(rules)).stderr
    assert said.count("contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema") == 4
    assert (
        "* spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire "
        "OpenAPIv3 schema exceeds budget by factor of 1.258" in said
    )


@pytest.fixture
def standing(console):
    def stands(rules, at=()):
        console.ok("kubectl apply -f -", crd(rules, at))
        console.ok("kubectl wait --for=condition=Established crd/things.example.com --timeout=5s")
        return console

    return stands


def test_what_breaks_a_rule_is_told_by_its_reason_its_path_and_its_message(standing):
    console = standing([
        {
            "rule": "self.count < 5", "messageExpression": "'at most 4, not %d'.format([self.count])",
            "fieldPath": ".count",
        },
        {
            "rule": "!has(self.name) || self.name != 'x'", "reason": "FieldValueForbidden", "fieldPath": ".name",
            "message": "no x",
        },
        {
            "rule": "!has(self.labels) || !('a' in self.labels)", "reason": "FieldValueRequired",
            "fieldPath": ".labels['a']",
        },
        {"rule": "!has(self.either) || (type(self.either) == int ? self.either < 9 : self.either.endsWith('%'))"},
        {"rule": "!has(self.few) || self.few[7] == ''"},
        {"rule": "!has(self.either) || self.either > 'a'", "message": "either"},
    ])  # fmt: skip
    assert console.fails("kubectl create -f -", thing(count=7, name="x", labels={"a": "b"})) == (
        'The Thing "a" is invalid: \n'
        '* spec.count: Invalid value: "object": at most 4, not 7\n'
        "* spec.name: Forbidden: no x\n"
        "* spec.labels[a]: Required value: failed rule: !has(self.labels) || !('a' in self.labels)\n"
    )
    assert console.fails("kubectl create -f -", thing(count=1, either=10, few=["a"])) == (
        'The Thing "a" is invalid: \n'
        '* spec: Invalid value: "object": failed rule: !has(self.either) || (type(self.either) == int ? '
        "self.either < 9 : self.either.endsWith('%'))\n"
        '* spec: Invalid value: "object": index out of bounds: 7 evaluating rule: '
        "!has(self.few) || self.few[7] == ''\n"
        "* spec: Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, "
        "function or macro signature for rule: either\n"
    )


def test_rules_that_compare_know_what_a_value_was(standing):
    console = standing([
        {"rule": "self.count >= oldSelf.count", "message": "only more"},
        {"rule": "oldSelf.hasValue() || self.count == 1", "optionalOldSelf": True, "message": "begins with 1"},
    ])  # fmt: skip
    assert "begins with 1" in console.fails("kubectl create -f -", thing(count=2))
    console.ok("kubectl create -f -", thing(count=1))
    console.ok("kubectl apply -f -", thing(count=3))
    assert "only more" in console.fails("kubectl apply -f -", thing(count=2))


def test_an_item_of_a_list_that_is_a_map_is_compared_with_the_one_of_its_key(standing):
    console = standing(
        [{"rule": "self.name == oldSelf.name", "message": "names stay"}], ("properties", "ports", "items")
    )
    console.ok("kubectl create -f -", thing(ports=[{"port": 1, "name": "a"}, {"port": 2, "name": "b"}]))
    console.ok(
        "kubectl apply -f -",
        thing(ports=[{"port": 2, "name": "b"}, {"port": 3, "name": "c"}, {"port": 1, "name": "a"}]),
    )
    assert console.fails("kubectl apply -f -", thing(ports=[{"port": 3, "name": "d"}])) == (
        'The Thing "a" is invalid: spec.ports[0]: Invalid value: "object": names stay\n'
    )


def test_what_was_wrong_before_its_rule_came_may_stay_until_it_changes(standing):
    console = standing([{"rule": "true"}])
    console.ok("kubectl create -f -", thing(few=["bad", "good"], count=1))
    console.ok("kubectl apply -f -", crd([{"rule": "self != 'bad'", "message": "bad"}], ("properties", "few", "items")))
    console.advance(1)
    console.ok("kubectl apply -f -", thing(few=["bad", "good"], count=2))
    assert 'spec.few[0]: Invalid value: "string": bad' in console.fails(
        "kubectl apply -f -", thing(few=["bad", "other"], count=2)
    )


def test_a_rule_that_costs_too_much_ends_the_judgement(standing):
    rules = [
        {
            "rule": "self.ports.all(a, self.ports.all(b, self.ports.all(c, a.port + b.port + c.port > 0)))",
            "message": str(n),
        }
        for n in range(12)
    ]
    console = standing(rules)
    said = console.fails("kubectl create -f -", thing(ports=[{"port": n + 1} for n in range(48)]))
    assert said == (
        'The Thing "a" is invalid: spec: Invalid value: "object": \'operation cancelled: actual cost limit exceeded\': '
        "no further validation rules will be run due to call cost exceeds limit for rule: 0\n"
    )
