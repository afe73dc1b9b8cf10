"""kubectl create deployment (kubectl/pkg/cmd/create/create_deployment.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag


def run(call: Call) -> None:
    """Creates a Deployment of one or several images."""
    creation = Creation(call)
    flags = call.flags
    images = flags.items("image")
    if creation.command and len(images) > 1:
        raise CommandError("cannot specify multiple --image options and command")
    containers: list[Object] = [{"name": _container_name(call, image), "image": image} for image in images]
    if creation.command:
        containers[0]["command"] = creation.command
    if flags.number("port") >= 0:
        containers[0]["ports"] = [{"containerPort": flags.number("port")}]
    labels = {"app": creation.name}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": creation.metadata(labels=labels),
        "spec": {
            "replicas": flags.number("replicas"),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    }
    creation.create(deployment, "failed to create deployment")


def _container_name(call: Call, image: str) -> str:
    """Returns the name of a container of that image: the image's last part without tag and digest.

    What no name may hold becomes a dash, and five letters by chance keep such names apart.
    """
    name = image.rpartition("/")[2].partition(":")[0].partition("@")[0]
    if "_" not in name and "." not in name:
        return name
    cluster = call.ctx.machine.cluster
    return f"{name.replace('_', '-').replace('.', '-')}-{cluster.random.suffix(cluster.store.revision, image)}"


COMMAND = Command(
    path="create deployment",
    usage="create deployment NAME --image=image -- [COMMAND] [args...]",
    short="Create a deployment with the given name",
    run=run,
    aliases=("deploy",),
    required=("image",),
    examples="""
# A Deployment named my-dep that runs the busybox image
kubectl create deployment my-dep --image=busybox

# The same with a command of its own
kubectl create deployment my-dep --image=busybox -- date

# Three replicas of nginx
kubectl create deployment my-dep --image=nginx --replicas=3

# A container whose port 5701 is named in the Pod
kubectl create deployment my-dep --image=busybox --port=5701

# Two containers in one Pod
kubectl create deployment my-dep --image=busybox:latest --image=ubuntu:latest --image=nginx
""",
    flags=(
        *CREATION,
        Flag("image", "strings", [], "Images to run; several make several containers in each Pod."),
        Flag("port", "int32", -1, "The port on which the first container listens."),
        Flag("replicas", "int32", 1, "How many Pods to keep running.", short="r"),
    ),
)
