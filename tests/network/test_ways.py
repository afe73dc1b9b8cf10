"""Requests on their ways: within a node, between nodes, through Services, from outside. The walk tells each hop."""

from kubelab.cluster.network import WORKSTATION, Place
from tests.network.lab import Lab, trace


def shop() -> tuple[Lab, Place, Place]:
    """A shop on one worker and a customer on the other."""
    lab = Lab()
    web = lab.web("web", "worker-1")
    return lab, web, lab.pod("customer", "worker-2")


def test_on_one_node_a_packet_crosses_the_bridge():
    lab, web, _ = shop()
    near = lab.pod("near", "worker-1")
    walk = lab.network.connect(near, lab.ip(web), 80)
    assert walk.connected and walk.client == lab.ip(near)
    assert trace(walk) == [
        ("Pod default/near", "eth0", "forward"), ("node worker-1", "cni0", "forward"),
        ("node worker-1", "cni0", "forward"), ("Pod default/web", "socket", "deliver"),
    ]  # fmt: skip


def test_between_nodes_it_goes_through_the_overlay_and_keeps_its_source():
    lab, web, customer = shop()
    walk = lab.network.connect(customer, lab.ip(web), 80)
    assert walk.connected and walk.client == lab.ip(customer)
    assert [verdict for _, part, verdict in trace(walk) if part == "flannel.1"] == ["encapsulate", "decapsulate"]


def test_a_service_is_rewritten_on_the_senders_node():
    lab, web, customer = shop()
    lab.service("web", [web])
    walk = lab.network.connect(customer, "10.96.5.5", 80)
    assert walk.connected and walk.target.pod == "web" and walk.target.service == "default/web"
    assert ("node worker-2", "kube-proxy", "DNAT") in trace(walk)


def test_a_name_is_found_by_the_search_list():
    lab, web, customer = shop()
    lab.service("web", [web])
    for name in ("web", "web.default", "web.default.svc", "web.default.svc.cluster.local"):
        walk = lab.network.connect(customer, name, 80)
        assert walk.connected and walk.address == "10.96.5.5", name


def test_from_another_namespace_the_name_needs_its_namespace():
    lab, web, _ = shop()
    lab.service("web", [web])
    stranger = lab.pod("stranger", "worker-2", "shop")
    assert lab.network.connect(stranger, "web", 80).outcome == "nxdomain"
    assert lab.network.connect(stranger, "web.default", 80).connected


def test_a_headless_service_leads_to_its_pods_addresses():
    lab, web, customer = shop()
    second = lab.web("second", "worker-2")
    lab.service("web", [web, second], ip="None")
    assert sorted(lab.network.resolve(customer, "web").addresses) == sorted([lab.ip(web), lab.ip(second)])
    assert lab.network.connect(customer, "web", 80).connected


def test_without_endpoints_a_service_refuses_at_once():
    lab, _, customer = shop()
    lab.service("empty", [])
    walk = lab.network.connect(customer, "10.96.5.5", 80)
    assert walk.outcome == "refused" and walk.seconds < 0.1
    assert walk.hops[-1].verdict == "REJECT"
    assert '"default/empty has no endpoints"' in walk.hops[-1].rule


def test_endpoints_that_are_not_ready_get_nothing():
    lab, web, customer = shop()
    second = lab.web("second", "worker-2")
    lab.service("web", [web, second], ready=[True, False])
    reached = {lab.network.connect(customer, "10.96.5.5", 80).target.pod for _ in range(20)}
    assert reached == {"web"}


def test_a_wrong_port_is_refused_by_the_pod_and_unknown_to_the_service():
    lab, web, customer = shop()
    lab.service("web", [web])
    assert lab.network.connect(customer, lab.ip(web), 81).outcome == "refused"
    walk = lab.network.connect(customer, "10.96.5.5", 81)
    assert not walk.connected


def test_a_target_port_is_another_one():
    lab = Lab()
    web = lab.web("web", "worker-1", port=8080)
    lab.service("web", [web], target=8080)
    walk = lab.network.connect(web, "10.96.5.5", 80)
    assert walk.connected and walk.target.port == 8080


def test_an_address_that_nobody_has_is_unreachable_after_three_seconds():
    lab, _, customer = shop()
    walk = lab.network.connect(customer, "10.244.2.99", 80)
    assert walk.outcome == "no-route" and 3 <= walk.seconds < 4


def test_a_pod_reaches_itself_through_its_own_service():
    lab, web, _ = shop()
    lab.service("web", [web])
    assert lab.network.connect(web, "10.96.5.5", 80).connected


def test_a_node_port_is_open_on_every_node_for_those_outside():
    lab, web, _ = shop()
    lab.service("web", [web], type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    for node in ("control-plane", "worker-1", "worker-2"):
        walk = lab.network.connect(WORKSTATION, lab.network.address_of(node), 30080)
        assert walk.connected and walk.target.pod == "web", node


def test_a_local_node_port_keeps_the_clients_address_and_drops_what_comes_to_other_nodes():
    lab, web, _ = shop()
    ports = [{"port": 80, "nodePort": 30080}]
    lab.service("web", [web], type="NodePort", ports=ports, externalTrafficPolicy="Local")
    here = lab.network.connect(WORKSTATION, lab.network.address_of("worker-1"), 30080)
    assert here.connected and here.client == "192.168.100.10"
    elsewhere = lab.network.connect(WORKSTATION, lab.network.address_of("worker-2"), 30080)
    assert elsewhere.outcome == "timeout"


def test_pods_and_cluster_ips_are_out_of_reach_from_outside():
    lab, web, _ = shop()
    lab.service("web", [web])
    assert lab.network.connect(WORKSTATION, lab.ip(web), 80).outcome == "timeout"
    assert lab.network.connect(WORKSTATION, "10.96.5.5", 80).outcome == "timeout"
    assert lab.network.connect(WORKSTATION, "web", 80).outcome == "nxdomain"


def test_a_node_without_power_answers_nothing():
    lab, web, customer = shop()
    lab.network.set_power("worker-1", on=False)
    assert lab.network.connect(customer, lab.ip(web), 80).outcome == "timeout"
    assert lab.network.connect(WORKSTATION, lab.network.address_of("worker-1"), 22).outcome == "no-route"


def test_the_internet_is_a_stand_in_and_says_so():
    lab, _, customer = shop()
    reply = lab.network.request(customer, "http://example.com/").reply
    assert "KubeLab does not simulate the internet" in reply.body
    assert lab.network.connect(customer, "nobody.example", 80).outcome == "nxdomain"
