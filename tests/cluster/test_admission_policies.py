"""ValidatingAdmissionPolicies, and webhooks that nobody calls.

Source: kubernetes.io, reference/access-authn-authz/validating-admission-policy and extensible-admission-controllers.
"""

import json

import pytest

from kubelab.cluster.expressions.compiling import ExpressionError, compiled
from tests.console import Console

POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: demo-policy.example.com}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  variables: [{name: wanted, expression: object.spec.replicas}]
  validations:
  - expression: variables.wanted <= 5
  - expression: object.metadata.?labels.team.hasValue() || object.metadata.name.startsWith('free-')
    messageExpression: "'who owns ' + object.metadata.name + '?'"
    reason: Forbidden
"""
BINDING = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: demo-binding.example.com}
spec:
  policyName: demo-policy.example.com
  validationActions: [ACTION]
  matchResources: {namespaceSelector: {matchLabels: {environment: test}}}
"""
WHO = "ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding.example.com' denied request: "
BY_PARAMETER = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: most}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, DELETE], resources: [services]}]
  matchConditions: [{name: people-only, expression: "!request.userInfo.username.startsWith('system:')"}]
  validations:
  - expression: request.operation == 'DELETE' || size(object.spec.ports) <= int(params.data.ports)
  - expression: authorizer.group('').resource('secrets').namespace('default').check('delete').allowed()
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: most}
spec:
  policyName: most
  validationActions: [Deny]
  paramRef: {name: most, namespace: default, parameterNotFoundAction: Deny}
"""
HOOK = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
- name: hook.example.com
  failurePolicy: POLICY
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  clientConfig: {service: {namespace: default, name: hook, path: /validate}}
  admissionReviewVersions: [v1]
  sideEffects: None
"""


@pytest.fixture
def bound(console):
    console.ok("kubectl label namespace default environment=test")
    console.ok("kubectl apply -f -", POLICY)
    console.ok("kubectl apply -f -", BINDING.replace("ACTION", "Deny"))
    return console


def test_what_an_expression_finds_wrong_is_denied_for_its_reason(bound):
    assert bound.fails("kubectl create deployment a --image=nginx --replicas=6") == (
        f'error: failed to create deployment: deployments.apps "a" is forbidden: {WHO}'
        "failed expression: variables.wanted <= 5\n"
    )
    assert f"{WHO}who owns a?" in bound.fails("kubectl create deployment a --image=nginx")
    bound.ok("kubectl create deployment free-a --image=nginx")
    assert bound.fails('kubectl patch deployment free-a -p \'{"spec":{"replicas":7}}\'') == (
        f'The deployments "free-a" is invalid: : {WHO}failed expression: variables.wanted <= 5\n'
    )


def test_a_namespace_that_is_not_selected_is_left_alone(bound):
    bound.ok("kubectl create namespace other")
    bound.ok("kubectl create deployment a --image=nginx --replicas=9 -n other")


def test_a_binding_may_only_warn(bound):
    bound.ok("kubectl apply -f -", BINDING.replace("ACTION", "Warn"))
    result = bound.run("kubectl create deployment a --image=nginx --replicas=2")
    assert result.stderr == (
        "Warning: Validation failed for ValidatingAdmissionPolicy 'demo-policy.example.com' with binding "
        "'demo-binding.example.com': who owns a?\n"
    )


def test_a_policy_reads_its_parameters_the_request_and_what_the_user_may_do(console):
    console.ok("kubectl apply -f -", BY_PARAMETER)
    assert "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction" in (
        console.fails("kubectl create service clusterip a --tcp=80")
    )
    console.ok("kubectl create configmap most --from-literal=ports=1")
    console.ok("kubectl create service clusterip a --tcp=80")
    assert "failed expression: request.operation == 'DELETE' ||" in console.fails(
        "kubectl create service clusterip b --tcp=80 --tcp=81"
    )
    console.ok("kubectl create rolebinding jane --clusterrole=edit --user=jane")
    console.ok("kubectl create clusterrole none --verb=get --resource=pods")
    console.ok("kubectl delete service a --as=jane")


def test_an_expression_that_does_not_compile_is_refused_with_its_place(console):
    said = console.fails("kubectl apply -f -", POLICY.replace("variables.wanted <= 5", "objekt.spec.replicas <= 5"))
    assert said == (
        'The ValidatingAdmissionPolicy "demo-policy.example.com" is invalid: spec.validations[0].expression: '
        'Invalid value: "objekt.spec.replicas <= 5": compilation failed: ERROR: <input>:1:1: undeclared reference to '
        "'objekt' (in container '')\n | objekt.spec.replicas <= 5\n | ^\n"
    )


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("expression", "object.spec.replicas", "must evaluate to bool"),
        ("expression", "1 + 'a' == 2", "found no matching overload for '_+_' applied to '(int, string)'"),
        ("expression", "variables.other == 1", "1:10: undefined field 'other'"),
        ("expression", "request.name == 1", "found no matching overload for '_==_' applied to '(string, int)'"),
        ("expression", "params.x == 1", "undeclared reference to 'params' (in container '')"),
        ("messageExpression", "1 + 1", "must evaluate to string"),
        ("messageExpression", "authorizer.path('/').check('get').reason()", "undeclared reference to 'authorizer'"),
    ],
)
def test_an_expression_of_a_wrong_type_is_refused(console, field, text, said):
    validation = {"expression": "true", field: text}
    policy = POLICY[: POLICY.index("  validations:")] + f"  validations: {json.dumps([validation])}\n"
    refused = console.fails("kubectl apply -f -", policy)
    assert f"spec.validations[0].{field}: Invalid value: {json.dumps(text)}: " in refused
    assert said in refused


def test_a_policys_status_tells_what_the_schemas_of_its_kinds_say(console):
    policy = POLICY.replace("resources: [deployments]", "resources: [deployments, replicasets]")
    console.ok("kubectl apply -f -", policy)
    console.advance(1)
    assert console.get("validatingadmissionpolicy", "demo-policy.example.com")["status"]["typeChecking"] == {}
    console.ok("kubectl apply -f -", policy.replace("variables.wanted <= 5", "object.replicas <= 5"))
    console.advance(1)
    warnings = console.get("validatingadmissionpolicy", "demo-policy.example.com")["status"]["typeChecking"]
    said = "ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas <= 5\n | ......^\n"
    assert warnings == {
        "expressionWarnings": [
            {
                "fieldRef": "spec.validations[0].expression",
                "warning": f"apps/v1, Kind=Deployment: {said}\napps/v1, Kind=ReplicaSet: {said}",
            }
        ]
    }


LAZY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: lazy}
spec:
  failurePolicy: POLICY
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  matchConditions:
  - {name: fails, expression: object.data.none == ''}
  - {name: only-checked, expression: object.metadata.name.startsWith('checked')}
  variables:
  - {name: broken, expression: object.data.none}
  - {name: twice, expression: variables.broken + 'a'}
  validations:
  - expression: "!has(object.data.read) || variables.twice == ''"
  auditAnnotations:
  - {key: who, valueExpression: "has(object.data.audit) ? string(object.data.missing) : 'nobody'"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: lazy}
spec: {policyName: lazy, validationActions: [ACTION]}
"""


def lazy(policy="Fail", action="Deny", *, conditions=True):
    text = LAZY.replace("POLICY", policy).replace("ACTION", action)
    return text if conditions else text[: text.index("  matchConditions")] + text[text.index("  variables:") :]


def test_a_condition_that_is_false_lets_out_whatever_else_fails(console):
    console.ok("kubectl apply -f -", lazy())
    console.ok("kubectl create configmap other --from-literal=a=b")
    assert "expression 'object.data.none == ''' resulted in error: no such key: none" in console.fails(
        "kubectl create configmap checked --from-literal=a=b"
    )
    console.ok("kubectl apply -f -", lazy("Ignore"))
    console.ok("kubectl create configmap checked --from-literal=a=b")


def test_a_variable_fails_only_where_it_is_read_and_an_annotation_that_fails_denies(console):
    console.ok("kubectl apply -f -", lazy(conditions=False))
    console.ok("kubectl create configmap a --from-literal=a=b")
    assert (
        "ValidatingAdmissionPolicy 'lazy' with binding 'lazy' denied request: expression '!has(object.data.read) || "
        "variables.twice == ''' resulted in error: composited variable \"twice\" fails to evaluate: composited "
        'variable "broken" fails to evaluate: no such key: none'
    ) in console.fails("kubectl create configmap b --from-literal=read=b")
    assert "denied request: valueExpression 'has(object.data.audit) ? string(object.data.missing) : 'nobody''" in (
        console.fails("kubectl create configmap c --from-literal=audit=b")
    )
    console.ok("kubectl apply -f -", lazy(action="Audit", conditions=False))
    console.ok("kubectl create configmap b --from-literal=read=b")


def test_a_request_that_a_webhook_would_be_asked_about_fails_as_when_nobody_answers(console):
    warned = console.run("kubectl apply -f -", HOOK.replace("POLICY", "Fail")).stderr
    assert warned.startswith("Warning: KubeLab calls no webhooks")
    assert console.fails("kubectl create configmap a") == (
        "error: failed to create configmap: Internal error occurred: failed calling webhook "
        '"hook.example.com": failed to call webhook: Post "https://hook.default.svc:443/validate?timeout=10s": '
        'service "hook" not found\n'
    )
    console.ok("kubectl apply -f -", HOOK.replace("POLICY", "Ignore"))
    console.ok("kubectl create configmap a")


def test_a_webhook_whose_conditions_let_a_request_out_is_not_missed(console):
    conditions = [{"name": "others", "expression": "request.userInfo.username != 'kubernetes-admin'"}]
    hook = HOOK.replace("POLICY", "Fail") + f"  matchConditions: {json.dumps(conditions)}\n"
    console.ok("kubectl apply -f -", hook)
    console.ok("kubectl create configmap a")
    broken = hook.replace("request.userInfo.username", "object.data.none")
    console.ok("kubectl apply -f -", broken)
    assert console.fails("kubectl create configmap b --from-literal=a=b") == (
        'error: failed to create configmap: configmaps "b" is forbidden: expression \'object.data.none != '
        "'kubernetes-admin'' resulted in error: no such key: none\n"
    )
    console.ok("kubectl apply -f -", broken.replace("failurePolicy: Fail", "failurePolicy: Ignore"))
    console.ok("kubectl create configmap b --from-literal=a=b")


LIMITS = """
apiVersion: v1
kind: LimitRange
metadata: {name: cpu}
spec: {limits: [{type: Container, defaultRequest: {cpu: 100m}}]}
"""
MUTATING = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: sidecar}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  matchConditions: [{name: not-yet, expression: "!object.spec.containers.exists(c, c.name == 'proxy')"}]
  variables: [{name: team, expression: "namespaceObject.metadata.name + '-team'"}]
  failurePolicy: Fail
  reinvocationPolicy: IfNeeded
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >
        Object{
          metadata: Object.metadata{labels: {"team": variables.team}},
          spec: Object.spec{
            containers: [Object.spec.containers{name: "proxy", image: "nginx:1.27", FIELD}]
          }
        }
  - patchType: JSONPatch
    jsonPatch:
      expression: >
        (has(object.metadata.annotations) ? [] : [
          JSONPatch{op: "add", path: "/metadata/annotations", value: {}}
        ]) + [
          JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/by"), value: "policy"}
        ]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: sidecar}
spec: {policyName: sidecar}
"""


def test_a_mutating_policy_changes_what_is_written():
    console = Console(version="1.36")
    console.ok("kubectl create quota all --hard=pods=9,requests.cpu=1")
    console.ok("kubectl create -f -", LIMITS)
    assert console.run("kubectl apply -f -", MUTATING.replace("FIELD", 'imagePullPolicy: "Always"')).stderr == ""
    console.ok("kubectl run web --image=nginx:1.27")
    shown = "{.metadata.labels.team} {.metadata.annotations.example\\.com/by}"
    assert console.ok(f"kubectl get pod web -o jsonpath='{shown}'") == "default-team policy"
    fields = "{.name}:{.image}:{.imagePullPolicy}:{.terminationMessagePath}:{.resources.requests.cpu} "
    assert console.ok(f"kubectl get pod web -o jsonpath='{{range .spec.containers[*]}}{fields}{{end}}'") == (
        "web:nginx:1.27:IfNotPresent:/dev/termination-log:100m proxy:nginx:1.27:Always:/dev/termination-log:100m "
    )
    console.ok("kubectl wait pod web --for=condition=Ready --timeout=60s")
    assert console.ok("kubectl create configmap a") == "configmap/a created\n"


def test_a_mutating_policy_that_cannot_be_followed_denies_the_request():
    console = Console(version="1.36")
    console.ok("kubectl apply -f -", MUTATING.replace("FIELD", 'command: ["sh"]'))
    denied = "policy 'sidecar' with binding 'sidecar' denied request: error applying patch: "
    assert f"{denied}invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: " in console.fails(
        "kubectl run web --image=nginx:1.27"
    )
    console.ok("kubectl apply -f -", MUTATING.replace("FIELD", 'colour: "red"'))
    assert f"{denied}failed to convert patch object to typed object: .spec.containers[0].colour: field not " in (
        console.fails("kubectl run web --image=nginx:1.27")
    )
    lenient = MUTATING.replace("FIELD", 'colour: "red"').replace("failurePolicy: Fail", "failurePolicy: Ignore")
    console.ok("kubectl apply -f -", lenient)
    console.ok("kubectl run web --image=nginx:1.27")
    assert console.ok("kubectl get pod web -o jsonpath='{.metadata.labels.team}'") == ""
    said = console.fails("kubectl apply -f -", MUTATING.replace("patchType: JSONPatch", "patchType: Other"))
    assert 'spec.mutations[1].patchType: Unsupported value: "Other": supported values: "ApplyConfiguration"' in said


@pytest.mark.parametrize(
    "text",
    [
        "object.items.map(i, object.text + object.text).size() > 0",
        "object.items.all(i, object.items.all(j, object.items.all(k, i + j + k >= 0)))",
        "size([object.text, object.text].map(t, t + t)) > 0 && object.items.map(i, object.items.map(j, i)).size() > 0",
        " + ".join(["object.text"] * 50) + " == ''",
        "object.text.replace('a', 'bbbbbbbbbb') == ''",
        "'%s%s%s%s%s'.format([object.text, object.text, object.text, object.text, object.text]) == ''",
        "'%.99999999f'.format([1.0]) == ''",
        "lists.range(1000000000).size() > 0",
    ],
)
def test_an_expression_that_would_take_too_much_is_given_up(text):
    thing = {"text": "a" * 1_000_000, "items": list(range(1000))}
    with pytest.raises(ExpressionError):
        compiled(text).evaluate({"object": thing})
