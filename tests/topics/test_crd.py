"""CustomResourceDefinitions: a kind of one's own, with its schema, its rules and an operator that acts on it.

Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definitions.
"""

import pytest
import yaml

from kubelab.cluster.cluster import Cluster
from kubelab.terminal.lines import LineShell
from kubelab.terminal.shell import INTERPRETER

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Spec, type: string, jsonPath: .spec.cronSpec}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas}
    selectableFields: [{jsonPath: .spec.image}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [cronSpec]
            x-kubernetes-validations:
            - {rule: self.replicas <= self.maxReplicas, message: replicas must not exceed maxReplicas}
            - {rule: self.image == oldSelf.image, messageExpression: "'image was ' + oldSelf.image", fieldPath: .image}
            properties:
              cronSpec: {type: string, description: When it runs., pattern: '^(\\S+\\s+){4}\\S+$'}
              image: {type: string, default: busybox}
              replicas: {type: integer, minimum: 1, maximum: 10, default: 1}
              maxReplicas: {type: integer, default: 5}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
          status: {type: object, properties: {replicas: {type: integer}}}
"""
ONE = """
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: one}
spec: {cronSpec: "* * * * */5"}
"""
UNCHECKED = (
    '* <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; '
    "correct the existing errors to complete validation\n"
)
OPERATOR = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: operator}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: operator}
rules:
- {apiGroups: [stable.example.com], resources: [crontabs, crontabs/status], verbs: [get, list, patch]}
- {apiGroups: [""], resources: [configmaps], verbs: [get, create, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: operator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: operator}
subjects: [{kind: ServiceAccount, name: operator, namespace: default}]
---
apiVersion: v1
kind: Pod
metadata: {name: operator}
spec:
  serviceAccountName: operator
  containers:
  - name: operator
    image: bitnami/kubectl
    command:
    - bash
    - -c
    - |
      while true; do
        all='{range .items[*]}{.metadata.name} {.metadata.uid} {.spec.replicas}{"\\n"}{end}'
        kubectl get crontabs -o jsonpath="$all" |
        while read name uid replicas; do
          cat <<EOF | kubectl apply -f -
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: made-for-$name
        ownerReferences: [{apiVersion: stable.example.com/v1, kind: CronTab, name: $name, uid: $uid}]
      data: {replicas: "$replicas"}
      EOF
          kubectl patch crontab $name --subresource=status --type=merge -p "{\\"status\\":{\\"replicas\\":$replicas}}"
        done
        sleep 5
      done
"""


@pytest.fixture
def console(console):
    console.write("crd.yaml", CRD)
    console.write("one.yaml", ONE)
    console.ok("kubectl apply -f crd.yaml")
    console.ok("kubectl wait --for=condition=Established crd/crontabs.stable.example.com --timeout=5s")
    return console


def changed(spec):
    return f"kubectl patch ct one --type=merge -p '{spec}'"


def test_a_new_kind_is_discovered_explained_and_listed_with_its_columns(console):
    assert console.ok("kubectl api-resources --api-group=stable.example.com --no-headers").split() == [
        "crontabs", "ct", "stable.example.com/v1", "true", "CronTab",
    ]  # fmt: skip
    console.ok("kubectl apply -f one.yaml")
    assert console.ok("kubectl get ct") == "NAME   SPEC          REPLICAS\none    * * * * */5   1\n"
    assert "crontab.stable.example.com/one" in console.ok("kubectl get all")
    assert "When it runs." in console.ok("kubectl explain crontab.spec.cronSpec")
    assert "  replicas\t<integer>\n" in console.ok("kubectl explain ct --recursive")
    assert "Cron Spec:     * * * * */5" in console.ok("kubectl describe ct one")


def test_defaults_are_filled_in_and_unknown_fields_are_refused_or_pruned(console):
    console.ok("kubectl apply -f one.yaml")
    spec = yaml.safe_load(console.ok("kubectl get ct one -o yaml"))["spec"]
    assert spec == {"cronSpec": "* * * * */5", "image": "busybox", "maxReplicas": 5, "replicas": 1}
    assert console.fails("sed 's/cronSpec/colour: red, cronSpec/; s/one/two/' one.yaml | kubectl apply -f -") == (
        'Error from server (BadRequest): error when creating "STDIN": CronTab in version "v1" cannot be handled as a '
        'CronTab: strict decoding error: unknown field "spec.colour"\n'
    )
    result = console.run(changed('{"spec":{"colour":"red"}}'))
    assert result.stderr == 'Warning: unknown field "spec.colour"\n'
    assert "colour" not in console.ok("kubectl get ct one -o yaml")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ('{"spec":{"replicas":9}}', ' spec: Invalid value: "object": replicas must not exceed maxReplicas\n'),
        ('{"spec":{"image":"nginx"}}', ' spec.image: Invalid value: "object": image was busybox\n'),
        ('{"spec":{"tags":["a","a"]}}', ' spec.tags[1]: Duplicate value: "a"\n'),
        (
            '{"spec":{"replicas":11,"maxReplicas":99}}',
            " spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10\n",
        ),
        (
            '{"spec":{"replicas":"many"}}',
            ' \n* spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"\n'
            + UNCHECKED,
        ),
        ('{"spec":{"cronSpec":null}}', " \n* spec.cronSpec: Required value\n" + UNCHECKED),
    ],
)
def test_what_breaks_the_schema_or_its_rules_is_refused_in_the_servers_words(console, spec, said):
    console.ok("kubectl apply -f one.yaml")
    assert console.fails(changed(spec)) == f'The CronTab "one" is invalid:{said}'


def test_a_status_and_a_scale_are_written_apart_from_the_spec(console):
    console.ok("kubectl apply -f one.yaml")
    console.ok("kubectl scale ct one --replicas=3")
    console.ok('kubectl patch ct one --subresource=status --type=merge -p \'{"status":{"replicas":2}}\'')
    console.ok(changed('{"status":{"replicas":7}}'))
    assert console.ok("kubectl get ct one --subresource=scale --no-headers").split()[:3] == ["one", "3", "2"]
    assert console.get("ct", "one")["metadata"]["generation"] == 2


def test_selectable_fields_select(console):
    console.ok("kubectl apply -f one.yaml")
    assert (
        console.ok("kubectl get ct --field-selector spec.image=busybox -o name") == "crontab.stable.example.com/one\n"
    )
    assert console.ok("kubectl get ct --field-selector spec.image=other -o name") == ""
    assert "field label not supported: spec.replicas" in console.fails(
        "kubectl get ct --field-selector spec.replicas=1"
    )


def test_a_schema_that_is_not_structural_is_refused(console):
    console.write("bad.yaml", CRD.replace("cronSpec: {type: string, ", "cronSpec: {"))
    assert console.fails("kubectl replace -f bad.yaml") == (
        'The CustomResourceDefinition "crontabs.stable.example.com" is invalid: '
        "spec.validation.openAPIV3Schema.properties[spec].properties[cronSpec].type: "
        "Required value: must not be empty for specified object fields\n"
    )


def test_a_rule_that_names_what_is_not_there_does_not_compile(console):
    console.write("bad.yaml", CRD.replace("self.replicas <= self.maxReplicas", "self.replicas <= self.most"))
    said = console.fails("kubectl replace -f bad.yaml")
    assert "compilation failed: ERROR: <input>:1:22: undefined field 'most'\n | self.replicas <= self.most\n" in said


def test_names_that_another_definition_has_are_not_accepted(console):
    other = CRD.replace("crontabs", "others").replace("crontab,", "other,").replace("CronTab", "Other")
    console.write("other.yaml", other)
    console.ok("kubectl apply -f other.yaml")
    console.advance(1)
    conditions = console.get("crd", "others.stable.example.com")["status"]["conditions"]
    told = [(one["type"], one["status"], one["reason"], one["message"]) for one in conditions]
    assert told == [
        ("NamesAccepted", "False", "ShortNamesConflict", '"ct" is already in use'),
        ("Established", "False", "NotAccepted", "not all names are accepted"),
    ]
    console.ok("kubectl delete crd crontabs.stable.example.com")
    assert "Other" in console.ok("kubectl api-resources --api-group=stable.example.com")


def test_an_object_is_shown_in_each_version_that_is_served(console):
    crd = yaml.safe_load(CRD)
    crd["spec"]["versions"].append(
        {**crd["spec"]["versions"][0], "name": "v1beta1", "storage": False, "deprecated": True}
    )
    console.write("crd.yaml", yaml.safe_dump(crd))
    console.ok("kubectl apply -f crd.yaml -f one.yaml")
    result = console.run("kubectl get crontabs.v1beta1.stable.example.com one -o jsonpath='{.apiVersion}'")
    assert (result.stdout, result.stderr) == (
        "stable.example.com/v1beta1",
        "Warning: stable.example.com/v1beta1 CronTab is deprecated\n",
    )
    assert console.ok("kubectl get ct one -o jsonpath='{.apiVersion}'") == "stable.example.com/v1"


def test_custom_resources_survive_a_restart(console):
    console.ok("kubectl apply -f one.yaml")
    header, rows = console.cluster.header(), list(console.cluster.store.items())
    console.cluster = Cluster.load(header, rows, interpreter=INTERPRETER)
    console.shell = LineShell(console.cluster)
    assert console.ok("kubectl get ct -o name") == "crontab.stable.example.com/one\n"
    assert "replicas must not exceed" in console.fails(changed('{"spec":{"replicas":9}}'))


def test_a_definition_goes_with_all_of_its_objects_and_a_namespace_with_its_own(console):
    console.ok("kubectl create namespace other; kubectl apply -f one.yaml -n other; kubectl apply -f one.yaml")
    console.ok("kubectl delete namespace other")
    assert console.ok("kubectl get ct -A --no-headers").split()[:2] == ["default", "one"]
    console.ok('kubectl patch ct one --type=merge -p \'{"metadata":{"finalizers":["example.com/hold"]}}\'')
    console.ok("kubectl delete crd crontabs.stable.example.com --wait=false")
    console.advance(10)
    assert "create not allowed while custom resource definition is terminating" in console.fails(
        "sed s/one/two/ one.yaml | kubectl create -f -"
    )
    console.ok('kubectl patch ct one --type=merge -p \'{"metadata":{"finalizers":null}}\'')
    console.advance(10)
    assert console.ok("kubectl get crd -o name") == ""
    assert "the server doesn't have a resource type" in console.fails("kubectl get ct")


def test_a_small_operator_reconciles_what_its_users_ask_for(console):
    console.write("operator.yaml", OPERATOR)
    console.ok("kubectl apply -f operator.yaml -f one.yaml")
    console.advance(30)
    assert console.ok("kubectl get cm made-for-one -o jsonpath='{.data.replicas}'") == "1"
    console.ok("kubectl scale ct one --replicas=4")
    console.advance(10)
    assert console.ok("kubectl get cm made-for-one -o jsonpath='{.data.replicas}'") == "4"
    assert console.get("ct", "one")["status"] == {"replicas": 4}
    console.ok("kubectl delete ct one")
    console.advance(10)
    assert "made-for-one" not in console.ok("kubectl get cm"), "the garbage collector follows custom owners too"


HOSTILE = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: xs.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: xs, kind: X}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        x-kubernetes-validations:
        - rule: "!has(self.all) || self.all.all(a, self.all.all(b, self.all.all(c, a + b + c >= 0)))"
          message: too much
        properties:
          all: {type: array, maxItems: 100, items: {type: integer}}
          text: {type: string, pattern: "^(a+)+$"}
          any: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (f'"text": "{"a" * 40}b"', "text in body should match '^(a+)+$'"),
        (
            f'"all": {list(range(100))}',
            "no further validation rules will be run due to call cost exceeds limit",
        ),
        ('"any": ' + '{"a":' * 230 + "1" + "}" * 230, "max depth"),
    ],
)
def test_what_is_made_to_cost_is_refused_at_once(console, field, said):
    console.ok("kubectl apply -f -", HOSTILE)
    console.advance(1)
    body = f'{{"apiVersion": "example.com/v1", "kind": "X", "metadata": {{"name": "x"}}, {field}}}'
    assert said in console.fails("kubectl create -f -", body)
