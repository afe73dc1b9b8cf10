"""kubectl set image (kubectl/pkg/cmd/set/set_image.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.metadata_changes import split_arguments
from kubelab.terminal.kubectl.pod_templates import (
    ALL_AND_SELECTOR,
    NO_RESOURCES,
    SET_FLAGS_WITH_SELECTOR,
    Change,
    Patcher,
    check_local,
    meant,
)
from kubelab.terminal.kubectl.recording import RECORD


def run(call: Call) -> None:
    """Sets the images of containers."""
    patcher = Patcher(call, "image updated", "failed to patch image update to pod template:")
    resources, pairs = split_arguments(call.args, "image")
    images = _images(pairs)
    infos = meant(call, resources)
    _check(call, resources, images)
    change = _setter(patcher, images)
    for info in infos:
        patcher.send_changed(info, patcher.change_pod(info, change))
    patcher.finish()


def _has_files(call: Call) -> bool:
    return bool(call.flags.items("filename") or call.flags.text("kustomize"))


def _images(pairs: list[str]) -> dict[str, str]:
    images, wrong = {}, []
    for pair in pairs:
        name, equals, image = pair.partition("=")
        if equals and name:
            images[name] = image
        else:
            wrong.append(pair)
    if wrong:
        raise CommandError(f"invalid image format: {', '.join(wrong)}")
    return images


def _check(call: Call, resources: list[str], images: dict[str, str]) -> None:
    problems = []
    if call.flags.on("all") and call.flags.text("selector"):
        problems.append(ALL_AND_SELECTOR)
    if not resources and not _has_files(call):
        problems.append(NO_RESOURCES)
    if not images:
        problems.append("at least one image update is required")
    elif len(images) > 1 and "*" in images:
        problems.append(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs"
        )
    raise_all([CommandError(problem) for problem in problems])
    check_local(call)


def _setter(patcher: Patcher, images: dict[str, str]) -> Change:
    def change(spec: Object) -> Object:
        changed = dict(spec)
        for name, image in images.items():
            found = False
            for field in ("initContainers", "containers"):
                containers = changed.get(field) or []
                matching = [name in ("*", container.get("name")) for container in containers]
                if any(matching):
                    found = True
                    changed[field] = [
                        {**container, "image": image} if matches else container
                        for container, matches in zip(containers, matching, strict=True)
                    ]
            if not found:
                patcher.fail(f"unable to find container named {quote(name)}")
        return changed

    return change


COMMAND = Command(
    path="set image",
    usage=(
        "set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N"
    ),
    short="Set the images of a pod template",
    run=run,
    long="""
Set the images of containers.

Possible resources include (case insensitive):

 pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj),
replicaset (rs)
""",
    examples="""
# Container nginx of a deployment gets the image 'nginx:1.9.1', its container busybox 'busybox'
kubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1

# Container nginx of all deployments and replication controllers
kubectl set image deployments,rc nginx=nginx:1.9.1 --all

# All containers of daemon set abc
kubectl set image daemonset abc *=nginx:1.9.1

# Only show what a file would come to, without asking the server
kubectl set image -f path/to/file.yaml nginx=nginx:1.9.1 --local -o yaml
""",
    flags=(RECORD, *SET_FLAGS_WITH_SELECTOR),
)
