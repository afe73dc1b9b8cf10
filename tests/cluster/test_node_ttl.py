"""How long kubelets may keep Secrets: the TTL controller's annotation. Source: pkg/controller/ttl/ttl_controller.go."""

from tests.console import Console

TTL = "{.items[*].metadata.annotations.node\\.alpha\\.kubernetes\\.io/ttl}"


def seconds(console):
    return set(console.ok(f"kubectl get nodes -o jsonpath='{TTL}'").split())


def test_kubelets_of_a_small_cluster_keep_nothing_and_those_of_a_larger_one_for_a_while():
    console = Console()
    assert seconds(console) == {"0"}
    assert "node.alpha.kubernetes.io/ttl: 0" in console.ok("kubectl describe node worker-1")
    for number in range(98):
        console.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n-{number:02}"}})
    console.advance(1)
    assert seconds(console) == {"15"}
    console.ok("kubectl delete node " + " ".join(f"n-{number:02}" for number in range(5)))
    console.advance(1)
    assert seconds(console) == {"15"}  # 96 nodes: back below 90 it would be none again
