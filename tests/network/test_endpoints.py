"""Endpoints, the older form: one object a Service. Expected values: pkg/controller/endpoint/endpoints_controller.go."""

import pytest

from kubelab.cluster.kinds import Service
from kubelab.cluster.objects import Key
from tests.network.plane import Plane


@pytest.fixture
def plane() -> Plane:
    return Plane()


def test_ready_and_waiting_pods_are_listed_apart(plane):
    plane.service()
    plane.pod("a")
    plane.pod("b", ready=False)
    plane.settle()
    [subset] = plane.endpoints()["subsets"]
    assert [found["targetRef"]["name"] for found in subset["addresses"]] == ["a"]
    assert [found["targetRef"]["name"] for found in subset["notReadyAddresses"]] == ["b"]
    assert subset["ports"] == [{"port": 80, "protocol": "TCP"}]


def test_a_service_without_pods_has_endpoints_without_subsets(plane):
    plane.service()
    plane.settle()
    assert "subsets" not in plane.endpoints()


def test_addresses_are_sorted_as_texts(plane):
    plane.service()
    for number in range(12):
        plane.pod(f"p{number}")
    plane.settle()
    ips = [found["ip"] for found in plane.endpoints()["subsets"][0]["addresses"]]
    assert ips == sorted(ips) and ips != sorted(ips, key=lambda ip: [int(part) for part in ip.split(".")])


def test_pods_with_different_ports_make_subsets(plane):
    plane.service(ports=[{"port": 80, "targetPort": "http"}])
    plane.pod("old", port=8080)
    plane.pod("new", port=9090)
    plane.settle()
    assert sorted(subset["ports"][0]["port"] for subset in plane.endpoints()["subsets"]) == [8080, 9090]


def test_a_terminating_pod_is_not_listed(plane):
    from kubelab.cluster.kinds import Pod

    plane.service()
    plane.pod("a")
    plane.settle()
    pod = plane.api.get(Pod, Key("default", "a"))
    plane.api.update(Pod, {**pod, "metadata": {**pod["metadata"], "finalizers": ["example.com/wait"]}})
    plane.api.delete(Pod, Key("default", "a"), grace=30)
    plane.settle(1)
    assert "subsets" not in plane.endpoints()


def test_more_than_a_thousand_addresses_are_cut_and_marked(plane):
    plane.service()
    for number in range(1010):
        plane.pod(f"p{number}", ready=number != 3)
    plane.settle()
    found = plane.endpoints()
    assert sum(len(subset.get("addresses", ())) for subset in found["subsets"]) == 1000
    assert "notReadyAddresses" not in found["subsets"][0]
    assert found["metadata"]["annotations"]["endpoints.kubernetes.io/over-capacity"] == "truncated"


def test_the_time_of_the_change_is_written_down(plane):
    plane.service()
    plane.pod("a", ready=False)
    plane.settle()
    plane.report("a", ready=True)
    changed = plane.cluster.clock.timestamp()
    plane.settle()
    assert plane.endpoints()["metadata"]["annotations"]["endpoints.kubernetes.io/last-change-trigger-time"] == changed


def test_endpoints_go_with_their_service(plane):
    plane.service()
    plane.settle()
    plane.api.delete(Service, Key("default", "web"))
    plane.settle()
    assert plane.endpoints() is None


@pytest.mark.parametrize(("version", "label"), [("1.32", None), ("1.33", "endpoint-controller")])
def test_newer_clusters_mark_endpoints_as_managed(version, label):
    plane = Plane(version)
    plane.service()
    plane.settle()
    labels = plane.endpoints()["metadata"].get("labels", {})
    assert labels.get("endpoints.kubernetes.io/managed-by") == label


def test_the_ports_of_kube_dns_stand_in_the_order_of_their_hashes():
    """As `kubectl describe endpoints kube-dns` shows them up to 1.34."""
    plane = Plane("1.34")
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "metrics", "port": 9153},
        {"name": "dns-tcp", "port": 53},
    ]
    plane.service(ports=ports)
    plane.pod("a")
    plane.settle()
    assert [port["name"] for port in plane.endpoints()["subsets"][0]["ports"]] == ["dns-tcp", "dns", "metrics"]


def test_a_service_whose_pods_stay_as_they_are_costs_nothing(plane):
    plane.service()
    plane.pod("a")
    plane.settle()
    assert plane.cluster.next_due() is None or plane.cluster.next_due() > plane.cluster.clock.now + 1
