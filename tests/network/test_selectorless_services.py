"""Services without a selector: their endpoints are written by hand, as slices or as Endpoints that are mirrored.

Expected values: kubernetes.io, concepts/services-networking/service, "Services without selectors".
"""

import pytest

from kubelab.cluster.kinds import Endpoints, EndpointSlice, Service
from kubelab.cluster.objects import Key
from tests.network.plane import Plane

BY_HAND = {"metadata": {"namespace": "default", "name": "web"},
           "subsets": [{"addresses": [{"ip": "192.168.100.50"}], "ports": [{"port": 9376}]}]}  # fmt: skip


@pytest.fixture
def plane() -> Plane:
    return Plane()


def test_endpoints_written_by_hand_are_mirrored(plane):
    plane.service(selector=None)
    plane.create(Endpoints, BY_HAND)
    plane.settle()
    [only] = plane.slices()
    labels = only["metadata"]["labels"]
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    assert only["endpoints"] == [{"addresses": ["192.168.100.50"], "conditions": {"ready": True}}]
    assert only["ports"][0]["port"] == 9376


def test_the_mirror_follows(plane):
    plane.service(selector=None)
    plane.create(Endpoints, BY_HAND)
    plane.settle()
    old = plane.endpoints()
    subsets = [{"addresses": [{"ip": "192.168.100.51"}], "ports": [{"port": 9376}]}]
    plane.api.update(Endpoints, {**old, "subsets": subsets})
    plane.settle()
    [only] = plane.slices()
    assert only["endpoints"][0]["addresses"] == ["192.168.100.51"]
    plane.api.delete(Endpoints, Key("default", "web"))
    plane.settle()
    assert plane.slices() == []


def test_endpoints_that_ask_not_to_be_mirrored_are_not(plane):
    plane.service(selector=None)
    labels = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    plane.create(Endpoints, {**BY_HAND, "metadata": {**BY_HAND["metadata"], "labels": labels}})
    plane.settle()
    assert plane.slices() == []


def test_the_api_servers_are_the_endpoints_of_kubernetes(plane):
    plane.cluster.network.address_of("control-plane")
    plane.cluster.processes.start("kube-apiserver", "control-plane")
    plane.settle()
    assert plane.api.get(Service, Key("default", "kubernetes"))["spec"]["clusterIP"] == "10.96.0.1"
    assert plane.endpoints("kubernetes")["subsets"] == [
        {"addresses": [{"ip": "192.168.100.11"}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}
    ]
    [only] = plane.slices("kubernetes")
    assert only["metadata"]["name"] == "kubernetes" and only["metadata"]["labels"] == {
        "kubernetes.io/service-name": "kubernetes"
    }
    plane.api.delete(EndpointSlice, Key("default", "kubernetes"))
    plane.settle()
    assert len(plane.slices("kubernetes")) == 1
