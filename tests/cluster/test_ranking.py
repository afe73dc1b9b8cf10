"""The ranking of nodes for a template's Pods comes to the choice that judging every node anew comes to."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.objects import Key
from kubelab.cluster.scheduler.decision import decide
from kubelab.cluster.scheduler.ranking import Ranking

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
SELECTOR = {"matchLabels": {"app": "web"}}
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
nodes = st.lists(
    st.fixed_dictionaries({
        "cpu": st.sampled_from(["1", "2", "4"]),
        "memory": st.sampled_from(["1Gi", "2Gi", "8Gi"]),
        "pods": st.integers(1, 6),
        "label": st.sampled_from(["", "ssd", "hdd"]),
        "taint": st.sampled_from(["", "NoSchedule", "PreferNoSchedule"]),
        "image": st.booleans(),
        "cordoned": st.booleans(),
        "zone": st.sampled_from(["", "a", "b"]),
    }),
    min_size=1, max_size=7,
)  # fmt: skip
templates = st.fixed_dictionaries({
    "cpu": st.sampled_from(["0", "100m", "700m"]),
    "memory": st.sampled_from(["0", "64Mi", "900Mi"]),
    "prefers": st.booleans(),
    "tolerates": st.booleans(),
    "service": st.booleans(),
    "spread": st.sampled_from([None, ("DoNotSchedule", ZONE), ("ScheduleAnyway", ZONE), ("DoNotSchedule", HOST)]),
    "apart": st.sampled_from([None, HOST, ZONE]),
    "near": st.sampled_from([None, HOST, ZONE]),
    "wishes": st.sampled_from([None, ("podAffinity", HOST), ("podAntiAffinity", ZONE), ("podAntiAffinity", HOST)]),
    "named": st.booleans(),
})  # fmt: skip
IMAGE = "docker.io/library/nginx:1.27"


def cluster_of(machines):
    cluster = Cluster(name="test", preset="none", version="1.36", seed=1, now=1_767_225_600.0)
    cluster.start()
    for number, machine in enumerate(machines):
        taints = [{"key": "slow", "effect": machine["taint"]}] if machine["taint"] else []
        labels = {HOST: f"n{number}", "disk": machine["label"]}
        if machine["zone"]:
            labels[ZONE] = machine["zone"]
        status = {"allocatable": {"cpu": machine["cpu"], "memory": machine["memory"], "pods": str(machine["pods"])}}
        if machine["image"]:
            status["images"] = [{"names": [IMAGE], "sizeBytes": 400_000_000}]
        put(cluster, "nodes", "Node", "v1", f"n{number}", labels, "",
            spec={"taints": taints, "unschedulable": machine["cordoned"]}, status=status)  # fmt: skip
    return cluster


def put(cluster, resource, kind, version, name, labels, namespace="default", **fields):
    found = cluster.resources.find(resource)
    metadata = {"name": name, "labels": labels, "uid": f"uid-{name}", "creationTimestamp": "2026-01-01T00:00:00Z"}
    if namespace:
        metadata["namespace"] = namespace
    obj = {"apiVersion": version, "kind": kind, "metadata": {**metadata, **fields.pop("metadata", {})}, **fields}
    return cluster.store.put(found.path(Key(namespace, name)), obj)


def spec_of(template):
    requests = {name: template[name] for name in ("cpu", "memory") if template[name] != "0"}
    spec = {"containers": [{"name": "main", "image": IMAGE, "resources": {"requests": requests}}]}
    affinity = spec["affinity"] = {}
    if template["prefers"]:
        expression = {"key": "disk", "operator": "In", "values": ["ssd"]}
        affinity["nodeAffinity"] = {PREFERRED: [{"weight": 7, "preference": {"matchExpressions": [expression]}}]}
    if template["named"]:
        expression = {"key": HOST, "operator": "NotIn", "values": ["n1"]}
        terms = [{"matchExpressions": [expression]}]
        affinity.setdefault("nodeAffinity", {})[REQUIRED] = {"nodeSelectorTerms": terms}
    if template["spread"]:
        unsatisfiable, key = template["spread"]
        spec["topologySpreadConstraints"] = [
            {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": unsatisfiable, "labelSelector": SELECTOR}
        ]
    for side, when in (("podAntiAffinity", "apart"), ("podAffinity", "near")):
        if template[when]:
            affinity[side] = {REQUIRED: [{"topologyKey": template[when], "labelSelector": SELECTOR}]}
    if template["wishes"]:
        side, key = template["wishes"]
        term = {"topologyKey": key, "labelSelector": SELECTOR}
        affinity.setdefault(side, {})[PREFERRED] = [{"weight": 3, "podAffinityTerm": term}]
    if template["tolerates"]:
        spec["tolerations"] = [{"key": "slow", "operator": "Exists"}]
    return spec


@settings(max_examples=80, deadline=None)
@given(nodes, templates, st.lists(st.integers(0, 9), max_size=6))
def test_a_ranking_chooses_what_brute_force_chooses(machines, template, removed):
    cluster = cluster_of(machines)
    scheduler = cluster.components["scheduler"]
    profile = scheduler.profiles["default-scheduler"]
    labels, spec = {"app": "web"}, spec_of(template)
    put(cluster, "replicasets", "ReplicaSet", "apps/v1", "web", labels, spec={"selector": {"matchLabels": labels}})
    if template["service"]:
        put(cluster, "services", "Service", "v1", "web", {}, spec={"selector": labels})
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "uid-web", "controller": True}
    placed = []
    for number in range(12):
        name = f"web-{number}"
        pod = put(cluster, "pods", "Pod", "v1", name, labels, spec=spec, status={},
                  metadata={"ownerReferences": [owner]})  # fmt: skip
        best = scheduler.rankings.choose(pod, profile)
        wanted = decide(pod, scheduler.cache, profile.plugins)
        assert (best.name if best else None) == (wanted.node.name if wanted.node else None), wanted.scores
        if wanted.node is None:
            break
        bound = {**pod, "spec": {**pod["spec"], "nodeName": wanted.node.name}}
        cluster.store.put(f"/registry/pods/default/{name}", bound)
        placed.append(name)
        if number in removed:
            cluster.store.delete(f"/registry/pods/default/{placed.pop(0)}")


steps = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["", "", "NoSchedule", "cordon"])), min_size=8, max_size=20
)


@settings(max_examples=80, deadline=None)
@given(st.integers(4, 8), st.integers(0, 7), st.integers(1, 4), templates, steps)
def test_a_ranking_that_follows_nodes_falling_out_and_coming_back_is_as_one_made_anew(
    total, start, wanted, template, steps
):
    machine = {"cpu": "2", "memory": "2Gi", "pods": 6, "label": "", "taint": "", "image": False, "cordoned": False,
               "zone": ""}  # fmt: skip
    template = {**template, "named": False, "near": None, "spread": None}  # else it would not be kept
    cluster = cluster_of([machine] * total)
    scheduler = cluster.components["scheduler"]
    plugins = scheduler.profiles["default-scheduler"].plugins
    labels, spec = {"app": "web"}, spec_of(template)
    put(cluster, "replicasets", "ReplicaSet", "apps/v1", "web", labels, spec={"selector": {"matchLabels": labels}})
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "uid-web", "controller": True}
    kept = None
    for number, (index, change) in enumerate(steps):
        path = f"/registry/minions/n{index % total}"
        node = cluster.store.get(path)
        taints = [{"key": "down", "effect": change, "timeAdded": str(number)}] if change.startswith("No") else []
        cluster.store.put(path, {**node, "spec": {"taints": taints, "unschedulable": change == "cordon"}})
        pod = put(cluster, "pods", "Pod", "v1", f"web-{number}", labels, spec=spec, status={},
                  metadata={"ownerReferences": [owner]})  # fmt: skip
        anew = Ranking(pod, scheduler.cache, plugins, start % total, wanted)
        if kept is None or not kept.is_current():
            kept = Ranking(pod, scheduler.cache, plugins, start % total, wanted)
        best, expected = kept.best(), anew.best()
        assert best is expected
        if best is None:
            continue
        assert kept.table(best, 3) == anew.table(best, 3)
        bound = {**pod, "spec": {**pod["spec"], "nodeName": best.name}}
        cluster.store.put(f"/registry/pods/default/web-{number}", bound)
