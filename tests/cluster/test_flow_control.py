"""What kube-apiserver makes for itself: FlowSchemas, priority levels, and an APIService for each group and version."""

import json

from tests.console import Console

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.sea.org}
spec:
  group: sea.org
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat, listKind: BoatList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
# kubernetes.io, concepts/cluster-administration/flow-control, "Defaults"
SCHEMAS = """
exempt probes system-leader-election endpoint-controller workload-leader-election system-node-high system-nodes
kube-controller-manager kube-scheduler kube-system-service-accounts service-accounts global-default catch-all
"""


def test_flow_schemas_stand_in_the_order_in_which_they_are_asked(console: Console) -> None:
    rows = [line.split() for line in console.ok("kubectl get flowschemas --no-headers").splitlines()]
    assert [row[0] for row in rows] == SCHEMAS.split()
    assert {row[-1] for row in rows} == {"False"}  # no priority level is missing


def test_what_is_deleted_of_them_is_back_a_minute_later_and_mended_as_its_annotation_says(console: Console) -> None:
    console.ok("kubectl delete flowschema probes")
    change = '{"spec":{"limited":{"nominalConcurrencyShares":1}}}'
    console.ok(f"kubectl patch prioritylevelconfiguration system --type merge -p '{change}'")
    console.ok(
        "kubectl annotate --overwrite prioritylevelconfiguration node-high apf.kubernetes.io/autoupdate-spec=false"
    )
    console.ok(f"kubectl patch prioritylevelconfiguration node-high --type merge -p '{change}'")
    console.advance(61)
    assert "probes" in console.ok("kubectl get flowschema probes")
    shares = "-o jsonpath={.items[*].spec.limited.nominalConcurrencyShares}"
    assert console.ok(f"kubectl get prioritylevelconfigurations system node-high {shares}") == "30 1"


def test_a_flow_schema_dangles_while_its_level_is_missing(console: Console) -> None:
    schema = json.loads(console.ok("kubectl get flowschema probes -o json"))
    spec = {**schema["spec"], "priorityLevelConfiguration": {"name": "none-such"}}
    own = {**schema, "metadata": {"name": "own"}, "spec": spec}
    console.apply(own)
    console.advance(1)
    assert console.ok("kubectl get flowschema own --no-headers").split()[-1] == "True"
    level = json.loads(console.ok("kubectl get prioritylevelconfiguration system -o json"))
    console.apply({**level, "metadata": {"name": "none-such"}})
    console.advance(1)
    assert console.ok("kubectl get flowschema own --no-headers").split()[-1] == "False"


def test_each_served_version_has_its_apiservice(console: Console) -> None:
    served = set(console.ok("kubectl api-versions").split()) - {"apiregistration.k8s.io/v1"}
    names = {".".join(reversed(version.split("/"))) if "/" in version else f"{version}." for version in served}
    rows = [line.split() for line in console.ok("kubectl get apiservices --no-headers").splitlines()]
    assert {row[0] for row in rows} == names
    assert {tuple(row[1:3]) for row in rows} == {("Local", "True")}


def test_custom_resources_have_an_apiservice_while_they_are_defined(console: Console) -> None:
    console.ok("kubectl apply -f -", stdin=CRD)
    console.advance(2)
    spec = json.loads(console.ok("kubectl get apiservice v1.sea.org -o jsonpath={.spec}"))
    assert spec == {"group": "sea.org", "groupPriorityMinimum": 1000, "version": "v1", "versionPriority": 100}
    console.ok("kubectl delete crd boats.sea.org")
    console.advance(2)
    assert "not found" in console.run("kubectl get apiservice v1.sea.org").stderr


def test_what_would_be_handed_on_to_a_node_or_a_service_says_that_it_is_not_simulated(console: Console) -> None:
    for path in ("nodes/worker-1", "namespaces/kube-system/services/kube-dns"):
        refused = console.run(f"kubectl get --raw /api/v1/{path}/proxy/metrics")
        assert refused.exit == 1 and "/proxy is not simulated in KubeLab" in refused.stderr


def test_an_apiservice_is_called_as_its_version_and_group(console: Console) -> None:
    wrong = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "other"},
        "spec": {"group": "sea.org", "version": "v2", "groupPriorityMinimum": 10, "versionPriority": 10},
    }
    console.write("wrong.json", json.dumps(wrong))
    assert 'must be `spec.version+"."+spec.group`: "v2.sea.org"' in console.run("kubectl create -f wrong.json").stderr
