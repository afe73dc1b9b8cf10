"""How a type may be named: short, with its group or a part of it, with a version; against real kubectl."""

from tests.kubectl.filed_duel import FiledDuel

LINES = """
autoscale deploy coredns -n kube-system --min=1 --max=2
get hpa.v1.autoscaling -n kube-system -o jsonpath={.items[*].apiVersion}
get hpa.v9.autoscaling -n kube-system -o jsonpath={.items[*].apiVersion}
get horizontalpodautoscalers.v9.autoscaling -n kube-system -o jsonpath={.items[*].apiVersion}
get deploy.v9.apps -n kube-system -o name
get deployment.v9.apps -n kube-system -o name
get deploy.v1.foo -n kube-system -o name
get hpa.v1.auto -n kube-system -o name
get deployments.app -n kube-system -o name
get deploy.v1.app -n kube-system -o name
get ev.v1.events.k8s.io -n kube-system -o jsonpath={.items[0].apiVersion}
get ev.v1 -n kube-system -o jsonpath={.items[0].apiVersion}
get ev.v1. -n kube-system -o jsonpath={.items[0].apiVersion}
get ev.events.k8s.io -n kube-system -o jsonpath={.items[0].apiVersion}
get po.v9. -n kube-system -o name
get po.v1. -n kube-system -o name
get po.v1 -n kube-system -o name
delete hpa.v1.autoscaling/coredns -n kube-system
get deployments.zzz
get foo.v1.apps
get deploy.v1.zzz
get endpoints.v1.discovery
get po.apps
get events.v1.events
get events.events
"""


def test_types_are_found_by_the_names_that_real_kubectl_knows():
    duel = FiledDuel({})
    try:
        duel.all_same(LINES)
    finally:
        duel.close()
