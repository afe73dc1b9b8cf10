"""EndpointSlices: what they hold and how few writes keep them so.

Expected values: kubernetes.io, concepts/services-networking/endpoint-slices; endpointslice/reconciler.go.
"""

import pytest

from tests.network.plane import Plane


@pytest.fixture
def plane() -> Plane:
    return Plane()


def listed(plane: Plane, service: str = "web") -> list[str]:
    return [end["targetRef"]["name"] for one in plane.slices(service) for end in one["endpoints"] or ()]


def test_a_service_without_pods_has_one_empty_slice(plane):
    plane.service()
    plane.settle()
    [only] = plane.slices()
    assert only["endpoints"] is None and only["ports"] is None and only["addressType"] == "IPv4"


def test_the_empty_slice_is_filled_rather_than_replaced(plane):
    plane.service()
    plane.settle()
    [before] = plane.slices()
    plane.pod("a")
    plane.settle()
    [after] = plane.slices()
    assert after["metadata"]["name"] == before["metadata"]["name"]
    assert after["ports"] == [{"name": "", "port": 80, "protocol": "TCP"}]


def test_a_slice_says_whose_it_is(plane):
    plane.service(ports=[{"port": 80, "name": "http"}])
    plane.pod("a")
    plane.settle()
    [only] = plane.slices()
    metadata = only["metadata"]
    assert metadata["generateName"] == "web-" and metadata["name"].startswith("web-")
    assert metadata["labels"]["kubernetes.io/service-name"] == "web"
    assert metadata["labels"]["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
    [owner] = metadata["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("Service", "web", True)


def test_a_pod_that_is_not_ready_is_listed_as_such(plane):
    plane.service()
    plane.pod("a", ready=False)
    plane.settle()
    [end] = plane.slices()[0]["endpoints"]
    assert end["conditions"] == {"ready": False, "serving": False, "terminating": False}


def test_a_pod_that_terminates_serves_on_but_is_not_ready(plane):
    plane.service()
    plane.pod("a")
    plane.settle()
    from kubelab.cluster.kinds import Pod
    from kubelab.cluster.objects import Key

    pod = plane.api.get(Pod, Key("default", "a"))
    metadata = {**pod["metadata"], "finalizers": ["example.com/wait"]}
    plane.api.update(Pod, {**pod, "metadata": metadata})
    plane.api.delete(Pod, Key("default", "a"), grace=30)
    plane.settle(1)
    [end] = plane.slices()[0]["endpoints"]
    assert end["conditions"] == {"ready": False, "serving": True, "terminating": True}


def test_publish_not_ready_addresses_says_ready_of_all(plane):
    plane.service(publishNotReadyAddresses=True)
    plane.pod("a", ready=False)
    plane.settle()
    [end] = plane.slices()[0]["endpoints"]
    assert end["conditions"] == {"ready": True, "serving": False, "terminating": False}


def test_a_named_target_port_is_looked_up_in_each_pod(plane):
    plane.service(ports=[{"port": 80, "targetPort": "http"}])
    plane.pod("old", port=8080)
    plane.pod("new", port=9090)
    plane.settle()
    assert sorted(one["ports"][0]["port"] for one in plane.slices()) == [8080, 9090]


def test_a_selector_that_matches_nothing_leaves_the_pods_out(plane):
    plane.service(selector={"app": "wbe"})
    plane.pod("a")
    plane.settle()
    assert listed(plane) == []


def test_changing_the_selector_changes_who_is_listed(plane):
    plane.service()
    plane.pod("a")
    plane.pod("b", app="other")
    plane.settle()
    assert listed(plane) == ["a"]
    from kubelab.cluster.kinds import Service
    from kubelab.cluster.objects import Key

    plane.api.patch(Service, Key("default", "web"), {"spec": {"selector": {"app": "other"}}})
    plane.settle()
    assert listed(plane) == ["b"]


def test_a_slice_holds_a_hundred_endpoints(plane):
    plane.service()
    for number in range(250):
        plane.pod(f"p{number}")
    plane.settle()
    assert sorted(len(one["endpoints"]) for one in plane.slices()) == [50, 100, 100]


def test_a_free_place_is_taken_before_a_new_slice_is_opened(plane):
    plane.service()
    for number in range(150):
        plane.pod(f"p{number}")
    plane.settle()
    plane.writes.clear()
    plane.pod("late")
    plane.settle()
    assert [verb for verb, _ in plane.writes] == ["update"]
    assert sorted(len(one["endpoints"]) for one in plane.slices()) == [51, 100]


def test_one_pod_turning_ready_among_hundreds_writes_one_slice(plane):
    plane.service()
    for number in range(500):
        plane.pod(f"p{number}", ready=False)
    plane.settle()
    plane.writes.clear()
    plane.report("p250", ready=True)
    plane.settle()
    assert [verb for verb, _ in plane.writes] == ["update"]


def test_many_pods_turning_ready_at_once_write_each_slice_once(plane):
    plane.service()
    for number in range(500):
        plane.pod(f"p{number}", ready=False)
    plane.settle()
    plane.writes.clear()
    for number in range(500):
        plane.report(f"p{number}", ready=True)
    plane.settle()
    assert len(plane.writes) == 5


def test_a_deleted_slice_is_made_anew(plane):
    from kubelab.cluster.kinds import EndpointSlice
    from kubelab.cluster.objects import Key

    plane.service()
    plane.pod("a")
    plane.settle()
    [before] = plane.slices()
    plane.api.delete(EndpointSlice, Key("default", before["metadata"]["name"]))
    plane.settle()
    [after] = plane.slices()
    assert after["metadata"]["name"] != before["metadata"]["name"] and listed(plane) == ["a"]


def test_what_somebody_writes_into_a_slice_is_put_right(plane):
    from kubelab.cluster.kinds import EndpointSlice

    plane.service()
    plane.pod("a")
    plane.settle()
    [before] = plane.slices()
    plane.api.update(EndpointSlice, {**before, "endpoints": [{"addresses": ["1.2.3.4"]}]})
    plane.settle()
    [after] = plane.slices()
    assert [end["addresses"] for end in after["endpoints"]] == [end["addresses"] for end in before["endpoints"]]


def test_labels_of_the_service_are_its_slices_labels(plane):
    from kubelab.cluster.kinds import Service
    from kubelab.cluster.objects import Key

    plane.service()
    plane.pod("a")
    plane.settle()
    plane.api.patch(Service, Key("default", "web"), {"metadata": {"labels": {"tier": "front"}}})
    plane.settle()
    assert plane.slices()[0]["metadata"]["labels"]["tier"] == "front"


def test_nothing_happens_while_the_controller_manager_is_down(plane):
    plane.service()
    plane.settle()
    plane.cluster.processes.stop("kube-controller-manager", "control-plane")
    plane.pod("a")
    plane.settle()
    assert listed(plane) == []
    plane.cluster.processes.start("kube-controller-manager", "control-plane")
    plane.settle()
    assert listed(plane) == ["a"]


def test_a_service_without_selector_is_left_alone(plane):
    plane.service(selector=None)
    plane.settle()
    assert plane.slices() == [] and plane.endpoints() is None


def test_trafficdistribution_hints_at_the_endpoints_zone(plane):
    plane.node("n1", **{"topology.kubernetes.io/zone": "a"})
    plane.service(trafficDistribution="PreferClose")
    plane.pod("a", nodeName="n1")
    plane.settle(0.5)
    [end] = plane.slices()[0]["endpoints"]
    assert end["zone"] == "a" and end["hints"] == {"forZones": [{"name": "a"}]}


@pytest.mark.parametrize(("version", "order"), [("1.34", [9153, 53, 53]), ("1.36", [53, 53, 9153])])
def test_ports_stand_in_the_order_of_their_hashes(version, order):
    """As `kubectl get endpointslices -n kube-system` prints them for kube-dns before and after kubernetes#133511."""
    plane = Plane(version)
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53},
        {"name": "metrics", "port": 9153},
    ]
    plane.service(ports=ports)
    plane.pod("a")
    plane.settle()
    assert [port["port"] for port in plane.slices()[0]["ports"]] == order
