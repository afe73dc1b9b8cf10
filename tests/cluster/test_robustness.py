"""Whatever a manifest says, the server takes it or refuses it in words; it never stumbles, and nor does the cluster."""

from copy import deepcopy

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kubelab.cluster.api.errors import ApiError
from tests.cluster.lab import Lab, deployment, pod

FULL = pod(
    labels={"app": "web"}, volumes=[{"name": "data", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "c"}}],
    tolerations=[{"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 5}],
    initContainers=[{"name": "init", "image": "busybox:1.36", "command": ["true"]}], nodeSelector={"disk": "ssd"},
    topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
                                "labelSelector": {"matchLabels": {"app": "web"}}}],
    affinity={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}}]}},
)  # fmt: skip
FULL["spec"]["containers"][0].update(
    ports=[{"name": "http", "containerPort": 80}], env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}],
    readinessProbe={"httpGet": {"port": "http"}}, livenessProbe={"exec": {"command": ["true"]}},
    volumeMounts=[{"name": "data", "mountPath": "/data"}], lifecycle={"preStop": {"sleep": {"seconds": 1}}},
    resources={"limits": {"cpu": "1"}, "requests": {"cpu": "10m"}},
)  # fmt: skip
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
    "spec": {"type": "NodePort", "selector": {"app": "web"}, "sessionAffinity": "ClientIP", "clusterIP": "10.96.7.7",
             "ports": [{"name": "http", "port": 80, "targetPort": "http", "nodePort": 30080}]},
}  # fmt: skip
DAEMONS = {**deployment(), "kind": "DaemonSet"}
DAEMONS["spec"] = {name: value for name, value in DAEMONS["spec"].items() if name != "replicas"}
MANIFESTS = [
    FULL, SERVICE, DAEMONS, deployment(strategy={"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"},
     "binaryData": {"b": "AA=="}},
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque", "stringData": {"a": "1"}},
    {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "name": "web"},
     "count": 1, "firstTimestamp": "2026-01-01T00:00:00Z"},
    {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "x"}, "addressType": "IPv4",
     "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": [{"port": 80}]},
    {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"},
     "subsets": [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]},
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "p"}, "value": 5},
    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "n"},
     "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"podSelector": {}}]}]}},
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"podCIDR": "10.244.9.0/24"}},
]  # fmt: skip
IDENTITY = ("apiVersion", "kind")
WRONG = st.sampled_from([None, "", "x", "A b", -1, 0, 70000, True, [], {}, [None], [""], {"x": "y"}, ["a", "a"], 1.5])


def places(value, path=()):
    """Every place in a manifest."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in inner:
        yield from places(found, (*path, key))


@st.composite
def spoiled(draw):
    """A manifest in which something is left out, doubled or replaced."""
    manifest = deepcopy(draw(st.sampled_from(MANIFESTS)))
    for _ in range(draw(st.integers(1, 3))):
        left = [found for found in places(manifest) if found and found[0] not in IDENTITY]
        if not left:
            break
        path = draw(st.sampled_from(left))
        parent = manifest
        for key in path[:-1]:
            parent = parent[key]
        if draw(st.booleans()):
            del parent[path[-1]]
        elif isinstance(parent, list) and draw(st.booleans()):
            parent.append(deepcopy(parent[path[-1]]))
        else:
            parent[path[-1]] = deepcopy(draw(WRONG))
    return manifest


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(manifests=st.lists(spoiled(), min_size=6, max_size=6))
def test_nothing_that_is_asked_makes_the_server_stumble(manifests):
    lab = Lab()
    for number, manifest in enumerate(manifests):
        if isinstance(manifest.get("metadata"), dict) and manifest["metadata"].get("name"):
            manifest["metadata"]["name"] = f"{manifest['metadata']['name']}{number}"
        for validation in ("Strict", "Warn"):
            try:
                kind = lab.kind_of(manifest)
                lab.request("create", kind, body=manifest, fieldValidation=validation)
                lab.request("list", kind, accept="Table")
            except ApiError as refused:
                assert refused.code < 500, refused.message
    lab.advance(20)
