"""What the benches run: Deployments, and how to tell that all their Pods are ready."""

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds import Deployment
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.user import User

ADMIN = User("kubernetes-admin", ("system:masters", "system:authenticated"))


def deployment(name: str, replicas: int) -> Object:
    """Return a Deployment as people write it; `name` is also its label."""
    container = {
        "name": "web",
        "image": "nginx:1.27",
        "ports": [{"containerPort": 80}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            # All at once: the rollout's own steps would only add virtual time.
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }


def service(name: str) -> Object:
    """Return a Service for the Deployment of that name, so that EndpointSlices are kept as well."""
    spec = {"selector": {"app": name}, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def ready(cluster: Cluster, name: str) -> int:
    """Return how many Pods of a Deployment are ready, as its status says."""
    found = cluster.api.client(ADMIN, "bench").get(Deployment, Key("default", name))
    return int(found.get("status", {}).get("readyReplicas", 0)) if found else 0
