"""Topic component-logs: what the scheduler and the kubelet say of themselves, and more of it with -v.

Source: kubernetes.io, concepts/cluster-administration/system-logs; pkg/scheduler/schedule_one.go.
"""

import pytest

SCHEDULER = "kubectl -n kube-system logs kube-scheduler-control-plane"
MANIFEST = "/etc/kubernetes/manifests/kube-scheduler.yaml"


def ask_for(console, level):
    console.ok(f"""ssh control-plane "sed -i 's,- --leader-elect=true,&\\n    - --v={level},' {MANIFEST}" """)
    console.advance(30)


def said(console):
    """Returns what the scheduler says of a Pod, without times."""
    console.ok("kubectl run web --image=nginx")
    console.advance(10)
    return [line.partition("] ")[2] for line in console.ok(SCHEDULER).splitlines() if 'pod="default/web"' in line]


def test_components_say_little_by_default(console):
    assert said(console) == []
    assert '"Starting Kubernetes Scheduler" version="v1.36.2"' in console.ok(SCHEDULER)


def test_with_v2_the_scheduler_tells_where_a_pod_went(console):
    ask_for(console, 2)
    (line,) = said(console)
    node = console.ok("kubectl get pod web -o jsonpath={.spec.nodeName}")
    assert line == f'"Successfully bound pod to node" pod="default/web" node="{node}" evaluatedNodes=3 feasibleNodes=2'


def test_with_v10_it_tells_why(console):
    ask_for(console, 10)
    lines = said(console)
    assert '"Attempting to schedule pod" pod="default/web"' in lines
    assert '"Plugin scored node for pod" pod="default/web" plugin="TaintToleration" node="worker-1" score=300' in lines
    totals = [line for line in lines if line.startswith('"Calculated node\'s final score for pod"')]
    assert len(totals) == 2  # the control plane's taint keeps the Pod away, so it got no score


def test_a_pod_that_fits_nowhere_is_told_of(console):
    ask_for(console, 4)
    big = '{"containers": [{"name": "web", "image": "nginx", "resources": {"requests": {"cpu": "50"}}}]}'
    console.ok(f"kubectl run web --image=nginx --overrides='{{\"spec\": {big}}}'")
    console.advance(5)
    log = console.ok(SCHEDULER)
    assert '"Unable to schedule pod; no fit; waiting" pod="default/web" err="0/3 nodes are available: ' in log
    assert "2 Insufficient cpu" in log


@pytest.mark.parametrize("command", ["journalctl -u kubelet --no-pager", "journalctl -u kubelet --since '1 min ago'"])
def test_the_kubelet_writes_to_its_nodes_journal(console, command):
    console.ok("""kubectl run web --image=nginx:9 --overrides='{"spec": {"nodeName": "worker-1"}}'""")
    console.advance(20)
    assert 'pod="default/web"' in console.ok(f'ssh worker-1 "{command}"')
    assert 'pod="default/web"' not in console.ok(f'ssh worker-2 "{command}"')
