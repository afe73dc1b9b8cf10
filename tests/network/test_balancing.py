"""How kube-proxy spreads connections. Source: kubernetes.io, reference/networking/virtual-ips."""

from collections import Counter

from tests.network.lab import Lab


def spread(lab: Lab, times: int = 60) -> Counter[str]:
    """How many connections of one client reach which Pod."""
    client = lab.pod("client", "worker-1")
    return Counter(lab.network.connect(client, "10.96.5.5", 80).target.pod for _ in range(times))


def three(seed: int = 1, **spec) -> Lab:
    lab = Lab(seed=seed)
    lab.service("web", [lab.web(name, "worker-2") for name in ("a", "b", "c")], **spec)
    return lab


def test_every_endpoint_gets_its_share():
    counts = spread(three(), 300)
    assert set(counts) == {"a", "b", "c"} and min(counts.values()) > 60


def test_the_same_seed_spreads_alike():
    def chosen(seed: int) -> list[str]:
        lab = three(seed)
        client = lab.pod("client", "worker-1")
        return [lab.network.connect(client, "10.96.5.5", 80).target.pod for _ in range(30)]

    assert chosen(5) == chosen(5)
    assert chosen(5) != chosen(6)


def test_affinity_keeps_a_client_with_its_endpoint():
    lab = three(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 100}})
    assert len(spread(lab, 30)) == 1


def test_affinity_ends_when_nothing_came_for_its_time():
    lab = three(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 100}})
    client = lab.pod("client", "worker-1")
    reached = set()
    for _ in range(20):
        reached.add(lab.network.connect(client, "10.96.5.5", 80).target.pod)
        lab.clock.now += 101
    assert len(reached) > 1


def test_two_clients_may_have_different_endpoints():
    lab = three(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    reached = {lab.network.connect(lab.pod(f"c{n}", "worker-1"), "10.96.5.5", 80).target.pod for n in range(12)}
    assert len(reached) > 1


def test_rules_are_named_as_iptables_save_prints_them():
    lab = three()
    walk = lab.network.connect(lab.pod("client", "worker-1"), "10.96.5.5", 80)
    [rules] = [hop.rule.split("\n") for hop in walk.hops if hop.component == "kube-proxy"]
    assert rules[0].startswith('-A KUBE-SERVICES -d 10.96.5.5/32 -p tcp -m comment --comment "default/web cluster IP"')
    assert rules[1].startswith("-A KUBE-SVC-") and "-j KUBE-SEP-" in rules[1]
    assert "-j DNAT --to-destination 10.244.2." in rules[2]
