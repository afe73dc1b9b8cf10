"""Topic custom-scheduler: a second profile of the scheduler packs nodes, beside the default one that spreads over them.

Sources: kubernetes.io, reference/scheduling/config (multiple profiles), concepts/scheduling-eviction/
resource-bin-packing; pkg/scheduler/apis/config/validation.
"""

import pytest
import yaml

from kubelab.cluster.objects import Key
from kubelab.cluster.scheduler.decisions import decision_about

MANIFEST = "/etc/kubernetes/manifests/kube-scheduler.yaml"
HEAD = """
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: /etc/kubernetes/scheduler.conf
profiles:
- schedulerName: default-scheduler
"""
CONFIG = (
    HEAD
    + """\
- schedulerName: bin-packing
  plugins:
    score:
      disabled:
      - name: NodeResourcesBalancedAllocation
  pluginConfig:
  - name: NodeResourcesFit
    args:
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: NodeResourcesFitArgs
      scoringStrategy:
        type: MostAllocated
        resources:
        - {name: cpu, weight: 1}
"""
)
POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  schedulerName: %s
  containers:
  - name: web
    image: nginx:1.27
    resources: {requests: {cpu: 200m, memory: 64Mi}}
"""
SCHEDULER = "kubectl -n kube-system get pod kube-scheduler-control-plane"


def configure(console, config, *flags):
    """Writes the file on the control-plane node, and tells the static Pod of it."""
    console.ok("ssh control-plane 'cat > /etc/kubernetes/my-scheduler.yaml'", config)
    pod = yaml.safe_load(console.ok(f"ssh control-plane cat {MANIFEST}"))
    container = pod["spec"]["containers"][0]
    container["command"] += ["--config=/etc/kubernetes/my-scheduler.yaml", *flags]
    container["volumeMounts"].append({"name": "config", "mountPath": "/etc/kubernetes/my-scheduler.yaml"})
    source = {"path": "/etc/kubernetes/my-scheduler.yaml", "type": "File"}
    pod["spec"]["volumes"].append({"name": "config", "hostPath": source})
    console.ok(f"ssh control-plane 'cat > {MANIFEST}'", yaml.safe_dump(pod))
    console.advance(45)


def node_of(console, name):
    return console.ok(f"kubectl get pod {name} -o jsonpath='{{.spec.nodeName}}'")


def test_a_second_profile_packs_where_the_default_one_spreads(console):
    console.ok("kubectl apply -f -", POD % ("early", "bin-packing"))
    console.advance(5)
    assert "Pending" in console.ok("kubectl get pod early"), "nobody has that name yet"
    assert console.ok("kubectl events --for pod/early") == ""
    configure(console, CONFIG)
    assert "Running" in console.ok(SCHEDULER)
    packed, spread = set(), set()
    for number in range(3):
        console.ok("kubectl apply -f -", POD % (f"packed-{number}", "bin-packing"))
        console.ok("kubectl apply -f -", POD % (f"spread-{number}", "default-scheduler"))
        console.advance(1)
        packed.add(node_of(console, f"packed-{number}"))
        spread.add(node_of(console, f"spread-{number}"))
    assert packed == {node_of(console, "early")}
    assert len(spread) > 1 or spread != packed
    events = console.ok("kubectl get events --field-selector reason=Scheduled -o jsonpath="
                        "'{range .items[*]}{.involvedObject.name} {.source.component}{\"\\n\"}{end}'")  # fmt: skip
    assert "packed-0 bin-packing\n" in events and "spread-0 default-scheduler\n" in events


def test_the_log_and_the_table_say_why(console):
    configure(console, CONFIG, "-v=10")
    console.ok("kubectl apply -f -", POD % ("web", "bin-packing"))
    console.advance(5)
    log = console.ok("kubectl -n kube-system logs kube-scheduler-control-plane | grep default/web")
    assert '"Attempting to schedule pod" pod="default/web"' in log
    assert '"Plugin scored node for pod" pod="default/web" plugin="NodeResourcesFit" node="worker-1" score=' in log
    assert "NodeResourcesBalancedAllocation" not in log
    table = decision_about(console.cluster, Key("default", "web"))
    assert (table["profile"], table["nodes"], table["feasible"]) == ("bin-packing", 3, 2)
    best = node_of(console, "web")
    totals = {node: sum(scores.values()) for node, scores in table["scores"].items()}
    assert table["node"] == best and totals[best] == max(totals.values())
    assert table["rejections"]["control-plane"]["plugin"] == "TaintToleration"
    total = sum(table["scores"][best].values())
    assert f'"Calculated node\'s final score for pod" pod="default/web" node="{best}" score={total}\n' in log
    assert f'"Successfully bound pod to node" pod="default/web" node="{best}" evaluatedNodes=3 feasibleNodes=2' in log


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (CONFIG.replace("MostAllocated", "Most"), "scoringStrategy.type: Unsupported value:"),
        (CONFIG.replace("schedulerName: bin-packing", "schedulerName: default-scheduler"),
         'profiles[1].schedulerName: Duplicate value: \\"default-scheduler\\"'),
        (CONFIG.replace("k8s.io/v1\nkind: KubeSchedulerC", "k8s.io/v1beta3\nkind: KubeSchedulerC"),
         'is registered for version \\"kubescheduler.config.k8s.io/v1beta3\\"'),
    ],
)  # fmt: skip
def test_a_wrong_configuration_ends_the_scheduler_with_a_reason(console, config, words):
    configure(console, config)
    assert "0/1" in console.ok(SCHEDULER)
    log = console.ok("kubectl -n kube-system logs kube-scheduler-control-plane")
    assert 'run.go:72] "command failed" err="' in log and words in log
    console.ok("kubectl run web --image=nginx:1.27")
    console.advance(5)
    assert "Pending" in console.ok("kubectl get pod web")


ADDED = (
    HEAD
    + """\
- schedulerName: foo-scheduler
  pluginConfig:
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
          - matchExpressions: [{key: scheduler-profile, operator: In, values: [foo]}]
"""
)


def test_a_profile_adds_a_node_affinity_to_its_pods(console):
    configure(console, ADDED)
    console.ok("kubectl apply -f -", POD % ("added", "foo-scheduler"))
    console.ok("kubectl apply -f -", POD % ("free", "default-scheduler"))
    console.advance(5)
    assert node_of(console, "free")
    assert "2 node(s) didn't match scheduler-enforced node affinity" in console.ok("kubectl describe pod added")
    console.ok("kubectl label node worker-2 scheduler-profile=foo")
    console.advance(15)
    assert node_of(console, "added") == "worker-2"


def test_extenders_are_refused_since_they_are_not_simulated(console):
    configure(console, CONFIG + "extenders:\n- {urlPrefix: 'http://127.0.0.1:8888/', filterVerb: filter}\n")
    assert "does not simulate scheduler extenders" in console.ok(
        "kubectl -n kube-system logs kube-scheduler-control-plane"
    )


def test_of_a_large_cluster_so_many_nodes_are_compared_as_the_percentage_says(console):
    """concepts/scheduling-eviction/scheduler-perf-tuning; without it 48 % of 300 nodes would be enough."""
    configure(console, HEAD + "percentageOfNodesToScore: 80\n")
    room = {"cpu": "4", "memory": "8Gi", "pods": "110"}
    for number in range(297):
        status = {"allocatable": room, "capacity": room}
        console.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n-{number:03}"}, "status": status})
    console.advance(1)
    console.ok("kubectl apply -f -", POD % ("web", "default-scheduler"))
    console.advance(3)
    kept = decision_about(console.cluster, Key("default", "web"))
    assert kept is not None
    assert kept["feasible"] == 240
