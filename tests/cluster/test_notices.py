"""What the server warns of: versions on their way out, and kinds that are kept but not simulated.

Source: kubernetes.io, reference/using-api/deprecation-guide; blog "Continuing the transition from Endpoints to
EndpointSlice".
"""

import pytest

from kubelab.cluster.node import machinefiles
from tests.cluster.lab import Lab, deployment

SHARES = {
    "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
    "kind": "PriorityLevelConfiguration",
    "metadata": {"name": "once"},
    "spec": {"type": "Exempt"},
}


@pytest.mark.parametrize(
    ("version", "told"),
    [("1.32", []), ("1.33", ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"])],
)
def test_endpoints_are_deprecated_since_v1_33(version, told):
    lab = Lab(version)
    lab.items("endpoints")
    assert lab.warnings == told
    lab.get("endpoints", "kubernetes")
    assert lab.warnings == told


def test_what_nobody_acts_on_is_said_when_it_is_created(lab):
    lab.create(SHARES)
    what = "prioritylevelconfigurations are not simulated yet: this one is kept, but nothing acts on it"
    assert lab.warnings == [what]
    lab.get("prioritylevelconfigurations", "once")
    assert lab.warnings == []
    lab.create(deployment())
    assert lab.warnings == []


def test_component_statuses_are_worked_out(lab):
    def health():
        table = lab.request("list", "cs", accept="Table").object
        return {row["cells"][0]: tuple(row["cells"][1:3]) for row in table["rows"]}

    assert health() == dict.fromkeys(("controller-manager", "scheduler", "etcd-0"), ("Healthy", "ok"))
    assert lab.warnings == ["v1 ComponentStatus is deprecated in v1.19+"]
    machinefiles.of(lab.cluster, "control-plane").remove("/etc/kubernetes/manifests/kube-scheduler.yaml")
    lab.advance(60)
    refused = 'Get "https://127.0.0.1:10259/healthz": dial tcp 127.0.0.1:10259: connect: connection refused'
    assert health()["scheduler"] == ("Unhealthy", refused)
    assert lab.get("cs", "scheduler")["conditions"][0]["status"] == "False"
