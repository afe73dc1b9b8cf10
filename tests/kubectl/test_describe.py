"""kubectl describe: every kind, against real kubectl on the same cluster; and what newer versions tell differently."""

import pytest

from tests.kubectl.judged import SCENE, Judged

KINDS = """
pods -l !app
pods -l app=web
nodes
deployments,replicasets,daemonsets,statefulsets,replicationcontrollers
jobs,cronjobs
services,endpoints,endpointslices
configmaps,secrets,serviceaccounts,podtemplates,controllerrevisions
namespaces,resourcequotas,limitranges,leases
persistentvolumes,persistentvolumeclaims,storageclasses,csinodes,csidrivers
ingresses,ingressclasses,networkpolicies
roles,clusterroles,rolebindings,clusterrolebindings,horizontalpodautoscalers,poddisruptionbudgets,priorityclasses
""".strip().splitlines()
LINES = """
describe
describe pods nope
describe rs web
describe foo
describe pods crash nope
describe pods/crash svc/web
describe cm -l app=web
describe svc web --show-events=false
describe po crash -n nope
describe pods x y
""".strip().splitlines()
OLDER = ("pods crash broken sidecar", "svc web", "ds ds", "ing ing", "sa sa", "deploy web", "cj cj")


@pytest.fixture(scope="module")
def judged():
    judged = Judged("1.33")
    yield judged
    judged.close()


@pytest.mark.parametrize("kinds", KINDS)
def test_a_kind_is_described_as_real_kubectl_does(judged, kinds):
    judged.same(f"describe {kinds}")


@pytest.mark.parametrize("line", LINES)
def test_objects_are_chosen_as_real_kubectl_does(judged, line):
    judged.same(line)


def test_a_manifest_says_what_is_described(judged):
    judged.write("x.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}}")
    judged.same("describe -f x.yaml")


def test_an_older_kubectl_tells_some_things_differently():
    judged = Judged("1.31")
    for objects in OLDER:
        judged.same(f"describe {objects}")
    judged.close()


def test_since_1_36_events_of_several_objects_are_told_when_asked_for(console):
    console.apply(SCENE.read_text())
    console.advance(60)
    assert "Events:" in console.ok("kubectl describe pod crash")
    assert "Events:" not in console.ok("kubectl describe pods crash done")
    assert "Events:" in console.ok("kubectl describe pods crash done --show-events")
    assert "Events:" not in console.ok("kubectl describe deploy we")  # by the beginning of its name


def test_newer_kubectl_names_ports_containers_and_time_zones(console):
    console.apply(SCENE.read_text())
    console.advance(60)
    assert "    Ports:       80/TCP (http), 443/TCP\n" in console.ok("kubectl describe deploy web")
    assert "spec.containers{c}: Back-off restarting failed container" in console.ok("kubectl describe pod crash")
    assert "Time Zone:                     <unset>" in console.ok("kubectl describe cj cj")
    assert "AppProtocol:              https" in console.ok("kubectl describe svc web")
    assert "Mountable secrets" not in console.ok("kubectl describe sa sa")


def test_what_is_no_request_for_a_certificate_cannot_be_described(console):
    odd = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "odd", "uid": "1"},
        "spec": {"request": "bm9uZQ==", "signerName": "a/b", "usages": ["client auth"]},
    }
    console.cluster.store.put("/registry/certificatesigningrequests/odd", odd)  # the server would not take it
    wrong = "error: Error parsing CSR: PEM block type must be CERTIFICATE REQUEST\n"
    assert console.fails("kubectl describe csr odd") == wrong
