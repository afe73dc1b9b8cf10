"""Where Pods go, and the scheduler's words when there is nowhere.

Source: kubernetes.io, concepts/scheduling-eviction; pkg/scheduler/framework/types.go (FitError) and plugins.
"""

import pytest

from tests.cluster.lab import Lab, condition, deployment, pod

CONTROL_PLANE = "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }"
NOT_HELPFUL = "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
NO_VICTIMS = (
    "preemption: 0/3 nodes are available: "
    "1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod."
)
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
HOST = "kubernetes.io/hostname"


@pytest.fixture
def lab():
    return Lab("1.33")  # whose words name the taint


def why(lab, manifest):
    """Creates a Pod that does not fit; returns the scheduler's words."""
    lab.create(manifest)
    lab.advance(1)
    name = manifest["metadata"]["name"]
    (message,) = lab.events(name, "FailedScheduling")
    scheduled = condition(lab.get("pods", name), "PodScheduled")
    assert (scheduled["status"], scheduled["reason"], scheduled["message"]) == ("False", "Unschedulable", message)
    return message


def node_of(lab, manifest):
    lab.create(manifest)
    lab.advance(1)
    return lab.get("pods", manifest["metadata"]["name"])["spec"].get("nodeName")


def affine(side, when, term, **more):
    return pod(**more, affinity={side: {when: [term]}})


@pytest.mark.parametrize(
    ("spec", "words", "preemption"),
    [
        ({"requests": {"cpu": "100"}}, "2 Insufficient cpu", NO_VICTIMS),
        ({"requests": {"memory": "1Ti"}}, "2 Insufficient memory", NO_VICTIMS),
        ({"limits": {"nvidia.com/gpu": "1"}}, "2 Insufficient nvidia.com/gpu", NO_VICTIMS),
        ({"nodeSelector": {"disk": "ssd"}}, "2 node(s) didn't match Pod's node affinity/selector", NOT_HELPFUL),
        (
            {"topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                 "labelSelector": {"matchLabels": {"app": "web"}}}]},
            "2 node(s) didn't match pod topology spread constraints (missing required label)", NOT_HELPFUL,
        ),
        (
            {"affinity": {"podAffinity": {REQUIRED: [
                {"labelSelector": {"matchLabels": {"app": "nobody"}}, "topologyKey": HOST}]}}},
            "2 node(s) didn't match pod affinity rules", NOT_HELPFUL,
        ),
    ],
)  # fmt: skip
def test_every_nodes_reason_is_counted(lab, spec, words, preemption):
    assert why(lab, pod(**spec)) == f"0/3 nodes are available: {CONTROL_PLANE}, {words}. {preemption}"


def test_reasons_are_sorted_and_a_node_may_have_several(lab):
    lab.patch("nodes", "worker-1", {"spec": {"taints": [{"key": "disk", "value": "slow", "effect": "NoSchedule"}]}})
    message = why(lab, pod(requests={"cpu": "100", "memory": "1Ti"}))
    assert message == (
        "0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, "
        "1 node(s) had untolerated taint {disk: slow}, "
        f"{CONTROL_PLANE}. preemption: 0/3 nodes are available: "
        "1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling."
    )


def test_later_versions_word_it_otherwise():
    lab = Lab("1.36")
    assert why(lab, pod(requests={"cpu": "100"})) == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. "
        f"no new claims to deallocate, {NOT_HELPFUL}"
    )


def test_host_ports_are_taken_once(lab):
    ports = [{"containerPort": 80, "hostPort": 8080}]
    for number in (1, 2):
        manifest = pod(f"web{number}")
        manifest["spec"]["containers"][0]["ports"] = ports
        assert node_of(lab, manifest)
    manifest = pod("web3")
    manifest["spec"]["containers"][0]["ports"] = ports
    assert why(lab, manifest) == (
        f"0/3 nodes are available: {CONTROL_PLANE}, 2 node(s) didn't have free ports for the requested pod ports. "
        f"{NO_VICTIMS}"
    )


def test_anti_affinity_keeps_pods_apart_whoever_says_so(lab):
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": HOST}
    nodes = {
        node_of(lab, affine("podAntiAffinity", REQUIRED, term, name=f"web{n}", labels={"app": "web"})) for n in (1, 2)
    }
    assert nodes == {"worker-1", "worker-2"}
    third = affine("podAntiAffinity", REQUIRED, term, name="web3", labels={"app": "web"})
    assert "2 node(s) didn't match pod anti-affinity rules." in why(lab, third)
    plain = pod("plain", labels={"app": "web"})
    assert "2 node(s) didn't satisfy existing pods anti-affinity rules." in why(lab, plain)


def test_affinity_brings_pods_together(lab):
    home = node_of(lab, pod("db", labels={"app": "db"}))
    term = {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": HOST}
    assert {node_of(lab, affine("podAffinity", REQUIRED, term, name=f"web{n}")) for n in range(4)} == {home}


def test_preferred_node_affinity_outweighs_a_little_more_room(lab):
    lab.patch("nodes", "worker-2", {"metadata": {"labels": {"disk": "ssd"}}})
    term = {"weight": 100, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}}
    nodes = {node_of(lab, affine("nodeAffinity", PREFERRED, term, name=f"web{n}")) for n in range(3)}
    assert nodes == {"worker-2"}


@pytest.mark.parametrize(
    ("expression", "node"),
    [
        ({"operator": "In", "values": ["4"]}, "worker-2"),
        ({"operator": "NotIn", "values": ["4"]}, "worker-1"),
        ({"operator": "Exists"}, "worker-2"),
        ({"operator": "DoesNotExist"}, "worker-1"),
        ({"operator": "Gt", "values": ["3"]}, "worker-2"),
    ],
)
def test_operators_of_node_affinity(lab, expression, node):
    lab.patch("nodes", "worker-2", {"metadata": {"labels": {"cores": "4"}}})
    terms = [{"matchExpressions": [{"key": "cores", **expression}]}]
    assert node_of(lab, pod(affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}})) == node


def test_a_toleration_opens_the_control_plane(lab):
    manifest = pod(
        tolerations=[{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}],
        nodeSelector={"node-role.kubernetes.io/control-plane": ""},
    )
    assert node_of(lab, manifest) == "control-plane"


def test_cordoned_nodes_get_nothing(lab):
    for node in lab.items("nodes"):
        lab.patch("nodes", node["metadata"]["name"], {"spec": {"unschedulable": True}})
    assert why(lab, pod()) == f"0/3 nodes are available: 3 node(s) were unschedulable. {NOT_HELPFUL}"


def test_a_pod_that_did_not_fit_is_placed_when_a_node_changes(lab):
    lab.create(pod(nodeSelector={"disk": "ssd"}))
    lab.advance(1)
    lab.patch("nodes", "worker-1", {"metadata": {"labels": {"disk": "ssd"}}})
    lab.advance(2)
    assert lab.get("pods", "web")["spec"]["nodeName"] == "worker-1"
    assert lab.events("web", "Scheduled") == ["Successfully assigned default/web to worker-1"]
    assert condition(lab.get("pods", "web"), "PodScheduled")["status"] == "True"


def test_a_pod_waits_until_its_gates_are_open(lab):
    lab.create(pod(schedulingGates=[{"name": "kubelab.dev/wait"}]))
    lab.advance(1)
    waiting = condition(lab.get("pods", "web"), "PodScheduled")
    assert (waiting["reason"], waiting["message"]) == (
        "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"
    )  # fmt: skip
    assert lab.events("web") == []
    words = lab.refusal(lab.patch, "pods", "web", {"spec": {"schedulingGates": [{"name": "kubelab.dev/more"}]}})
    assert words.endswith("only deletion is allowed, but found new scheduling gate 'kubelab.dev/more'")
    lab.patch("pods", "web", {"spec": {"schedulingGates": None}}, "application/merge-patch+json")
    lab.advance(1)
    assert lab.get("pods", "web")["spec"]["nodeName"]


def test_a_claim_that_is_not_there_or_not_bound_holds_a_pod(lab):
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    missing = 'persistentvolumeclaim "data" not found'
    assert why(lab, pod(volumes=volumes)) == f"0/3 nodes are available: {missing}. {NOT_HELPFUL}"
    lab.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})  # fmt: skip
    lab.advance(12)
    unbound = f"0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. {NOT_HELPFUL}"
    assert unbound in lab.events("web", "FailedScheduling")


def test_another_schedulers_pods_are_left_alone(lab):
    assert node_of(lab, pod(schedulerName="mine")) is None
    assert lab.events("web") == []


def test_replicas_are_spread_over_nodes(lab):
    lab.create(deployment(replicas=6))
    lab.advance(1)
    nodes = [found["spec"]["nodeName"] for found in lab.pods(app="web")]
    assert sorted(nodes) == ["worker-1"] * 3 + ["worker-2"] * 3


def test_hard_spreading_holds_the_skew(lab):
    lab.patch("nodes", "worker-2", {"spec": {"unschedulable": True}})
    lab.create({**deployment(replicas=3), "spec": {**deployment(replicas=3)["spec"], "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}], "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": HOST, "whenUnsatisfiable": "DoNotSchedule",
             "labelSelector": {"matchLabels": {"app": "web"}}}]}}}})  # fmt: skip
    lab.advance(1)
    placed = [found["spec"].get("nodeName") for found in lab.pods(app="web")]
    assert sorted(placed, key=str) == [None, None, "worker-1"]


# preemption


def priority(lab, name, value, **more):
    lab.create({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
                "value": value, **more})  # fmt: skip


def test_a_more_important_pod_takes_the_place_of_the_least_important(lab):
    priority(lab, "high", 1000)
    priority(lab, "low", 10)
    for number, name in enumerate(("worker-1", "worker-2")):
        lab.create(pod(f"full{number}", requests={"cpu": "1500m"}, nodeName=name,
                       priorityClassName="low" if number else ""))  # fmt: skip
    lab.advance(5)
    lab.create(pod("vip", requests={"cpu": "1500m"}, priorityClassName="high"))
    lab.settle()
    vip = lab.get("pods", "vip")
    assert vip["status"]["nominatedNodeName"] == "worker-1"  # its Pod has priority 0, the other's 10
    assert lab.events("full0", "Preempted") == [f"Preempted by pod {vip['metadata']['uid']} on node worker-1"]
    target = condition(lab.get("pods", "full0"), "DisruptionTarget")
    assert (target["reason"], target["message"]) == (
        "PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"
    )  # fmt: skip
    lab.until(lambda: lab.is_ready(lab.get("pods", "vip")), 60)
    assert lab.get("pods", "vip")["spec"]["nodeName"] == "worker-1"
    assert lab.find("pods", "full0") is None


def test_who_never_preempts_waits(lab):
    priority(lab, "polite", 1000, preemptionPolicy="Never")
    for name in ("worker-1", "worker-2"):
        lab.create(pod(f"full-{name}", requests={"cpu": "1500m"}, nodeName=name))
    lab.advance(5)
    message = why(lab, pod("vip", requests={"cpu": "1500m"}, priorityClassName="polite"))
    assert message.endswith("2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.")


def test_a_priority_class_fills_in_the_priority(lab):
    priority(lab, "high", 1000)
    created = lab.create(pod(priorityClassName="high"))
    assert (created["spec"]["priority"], created["spec"]["preemptionPolicy"]) == (1000, "PreemptLowerPriority")
    words = lab.refusal(lab.create, pod("other", priorityClassName="nope"))
    assert words == 'pods "other" is forbidden: no PriorityClass with name nope was found'
    words = lab.refusal(lab.create, pod("other", priorityClassName="high", priority=5))
    assert words == (
        'pods "other" is forbidden: the integer value of priority (5) must not be provided in pod spec; '
        "priority admission controller computed 1000 from the given PriorityClass name"
    )


# which of the feasible nodes


def test_the_emptier_node_is_preferred(lab):
    lab.create(pod("full", requests={"cpu": "1", "memory": "1Gi"}, nodeName="worker-1"))
    lab.advance(5)
    assert {node_of(lab, pod(f"web{n}", requests={"cpu": "100m", "memory": "100Mi"})) for n in range(3)} == {"worker-2"}


def test_a_node_that_would_rather_not_is_the_last_choice(lab):
    taint = {"key": "old", "effect": "PreferNoSchedule"}
    lab.patch("nodes", "worker-1", {"spec": {"taints": [taint]}})
    assert {node_of(lab, pod(f"web{n}")) for n in range(4)} == {"worker-2"}
    tolerant = pod("tolerant", tolerations=[{"key": "old", "operator": "Exists"}], nodeSelector={HOST: "worker-1"})
    assert node_of(lab, tolerant) == "worker-1"


def test_a_node_that_has_a_large_image_is_preferred(lab):
    image = "docker.io/library/huge:1"
    node = lab.get("nodes", "worker-2")
    images = [*node["status"]["images"], {"names": [image], "sizeBytes": 900 * 1024 * 1024}]
    lab.patch("nodes", "worker-2", {"status": {"images": images}}, subresource="status")
    assert node_of(lab, pod("web", image="huge:1")) == "worker-2"


def test_a_service_spreads_its_pods_though_nobody_owns_them(lab):
    lab.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})  # fmt: skip
    nodes = [node_of(lab, pod(f"web{n}", labels={"app": "web"})) for n in range(4)]
    assert sorted(nodes) == ["worker-1", "worker-1", "worker-2", "worker-2"]


def test_the_more_important_pod_is_tried_first(lab):
    priority(lab, "high", 1000)
    for node in ("worker-1", "worker-2"):
        lab.patch("nodes", node, {"spec": {"unschedulable": True}})
    lab.create(pod("low", requests={"cpu": "1500m"}))
    lab.create(pod("high", requests={"cpu": "1500m"}, priorityClassName="high"))
    lab.advance(2)
    lab.patch("nodes", "worker-1", {"spec": {"unschedulable": None}}, "application/merge-patch+json")
    lab.advance(15)
    assert lab.get("pods", "high")["spec"].get("nodeName") == "worker-1"
    assert lab.get("pods", "low")["spec"].get("nodeName") is None


def test_a_priority_class_keeps_its_value_and_leaves_the_system_its_own(lab):
    priority(lab, "high", 1000)
    words = lab.refusal(lab.patch, "priorityclasses", "high", {"value": 5})
    assert words == (
        'PriorityClass.scheduling.k8s.io "high" is invalid: value: Forbidden: may not be changed in an update.'
    )
    assert lab.refusal(priority, lab, "higher", 2_000_000_000) == (
        'PriorityClass.scheduling.k8s.io "higher" is invalid: value: Forbidden: '
        "maximum allowed value of a user defined priority is 1000000000"
    )
    assert "are reserved for system use only" in lab.refusal(priority, lab, "system-mine", 5)


def attempts(lab):
    """How often the scheduler has said that there is no node for a Pod."""
    found = [each for each in lab.items("events") if each["reason"] == "FailedScheduling"]
    return sum(each.get("count") or (each.get("series") or {}).get("count") or 1 for each in found)


@pytest.mark.parametrize(
    "spec, useless, useful",
    [
        ({"nodeSelector": {"disk": "ssd"}}, {"metadata": {"labels": {"disk": "hdd"}}},
         {"metadata": {"labels": {"disk": "ssd"}}}),
        ({"nodeSelector": {"disk": "ssd"}}, {"spec": {"unschedulable": True}},
         {"metadata": {"labels": {"disk": "ssd"}}}),
        ({"containers": [{"name": "a", "image": "nginx", "resources": {"requests": {"cpu": "9"}}}]},
         {"metadata": {"labels": {"disk": "ssd"}}}, None),
    ],
    ids=["another label", "a cordon", "too large for any"],
)  # fmt: skip
def test_a_pod_is_tried_again_only_after_what_may_help_it(lab, spec, useless, useful):
    """KEP-4247: the plugins that rejected it say whether a change is a reason to try once more."""
    lab.create(pod(**spec))
    lab.advance(15)
    before = attempts(lab)
    lab.patch("nodes", "worker-1", useless)
    lab.advance(15)
    assert attempts(lab) == before
    if useful is not None:
        lab.patch("nodes", "worker-2", useful)
        lab.advance(15)
        assert lab.get("pods", "web")["spec"].get("nodeName") == "worker-2"


def test_a_taint_that_goes_wakes_who_did_not_tolerate_it(lab):
    taint = [{"key": "only", "value": "gpu", "effect": "NoSchedule"}]
    for node in ("worker-1", "worker-2"):
        lab.patch("nodes", node, {"spec": {"taints": taint}})
    lab.create(pod())
    lab.advance(15)
    before = attempts(lab)
    lab.patch("nodes", "worker-2", {"spec": {"taints": [{**taint[0], "value": "tpu"}]}})
    lab.advance(15)
    assert attempts(lab) == before
    lab.patch("nodes", "worker-2", {"spec": {"taints": None}}, "application/merge-patch+json")
    lab.advance(15)
    assert lab.get("pods", "web")["spec"].get("nodeName") == "worker-2"
