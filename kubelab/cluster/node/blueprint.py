"""What a Pod's spec means to the kubelet, worked out once for all Pods that share it.

Pods of one template share their spec's parts, so the work of reading them is done once a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from kubelab.cluster.node.image import COMMAND
from kubelab.cluster.node.program import Program
from kubelab.cluster.node.reference import InvalidReference
from kubelab.cluster.node.registry import PullError, Resolved, resolve
from kubelab.cluster.node.resources import Requests, qos_class, requests_of
from kubelab.cluster.node.versions import Kubelet
from kubelab.cluster.objects import Object

INIT, SIDECAR, APP, EPHEMERAL = "init", "sidecar", "app", "ephemeral"
LIST_OF = {INIT: "initContainers", SIDECAR: "initContainers", APP: "containers", EPHEMERAL: "ephemeralContainers"}
PROBES = {"startupProbe": "startup", "livenessProbe": "liveness", "readinessProbe": "readiness"}


class ContainerPlan:
    """One container of a spec: what it is and which parts of its status never change."""

    def __init__(self, spec: Object, kind: str, pod_spec: Object, kubelet: Kubelet) -> None:
        self.spec = spec
        self.kind = kind
        self.name: str = spec["name"]
        self.image: str = spec["image"]
        self.policy: str = spec.get("imagePullPolicy", "IfNotPresent")
        self.field_path = f"spec.{LIST_OF[kind]}{{{self.name}}}"
        self.resolved: Resolved | None = None
        self.invalid = ""  # why the image's name is none
        self.missing = ""  # why no registry has the image
        self._resolve()
        self.size = self.resolved.size if self.resolved is not None else 0  # of the image, in bytes
        self.probes: dict[str, Object] = {PROBES[field]: spec[field] for field in PROBES if spec.get(field)}
        self.fixed = self._fixed_status(pod_spec, kubelet)
        self.command = [*(spec.get("command") or ()), *(spec.get("args") or ())]
        self.program = self._program()
        # whether its environment takes values from elsewhere
        self.refers = bool(spec.get("envFrom")) or any("valueFrom" in each for each in spec.get("env") or ())

    def of_another_image(self, image: str, policy: str) -> ContainerPlan:
        """Returns the same container with an image of another name, for what the kubelet says while it pulls that."""
        other = copy(self)
        other.image, other.policy, other.resolved, other.invalid, other.missing = image, policy, None, "", ""
        other._resolve()
        other.size = other.resolved.size if other.resolved is not None else 0
        other.field_path = ""
        return other

    def _resolve(self) -> None:
        try:
            self.resolved = resolve(self.image)
        except InvalidReference as error:
            self.invalid = str(error)
        except PullError as error:
            self.missing = str(error)

    def _fixed_status(self, pod_spec: Object, kubelet: Kubelet) -> Object:
        status: Object = {"name": self.name}
        mounts = [_mount_status(mount) for mount in self.spec.get("volumeMounts") or ()]
        if mounts:
            status["volumeMounts"] = mounts
        return status

    def running_status(self, pod_spec: Object, kubelet: Kubelet) -> Object:
        """Returns what a container's status says besides `fixed` once it was created."""
        status: Object = {}
        if kubelet.resources:
            status |= self.resources_status(self.spec.get("resources") or {})
        if kubelet.user:
            status["user"] = {"linux": self.user(pod_spec)}
        if self.resolved is not None:
            status["image"] = str(self.resolved.reference)
            status["imageID"] = self.resolved.image_id
        return status

    def resources_status(self, resources: Object) -> Object:
        """Returns what a container's status says of the resources that it has."""
        status: Object = {"resources": resources}
        if resources.get("requests"):
            status["allocatedResources"] = resources["requests"]
        return status

    def user(self, pod_spec: Object) -> Object:
        """Returns uid, gid and supplementary groups of the container's first process."""
        pod_context = pod_spec.get("securityContext") or {}
        context = {**pod_context, **(self.spec.get("securityContext") or {})}
        uid = context.get("runAsUser", self._image_uid())
        gid = context.get("runAsGroup", 0 if "runAsUser" in context else self._image_uid())
        groups = {gid, *pod_context.get("supplementalGroups", ())}
        if "fsGroup" in pod_context:
            groups.add(pod_context["fsGroup"])
        return {"gid": gid, "supplementalGroups": sorted(groups), "uid": uid}

    def _image_uid(self) -> int:
        user = self.resolved.image.user.partition(":")[0] if self.resolved else ""
        return int(user) if user.isdigit() else 0

    def argv(self) -> list[str]:
        """Returns the command line before variables are expanded: the spec's, or the image's."""
        image = self.resolved.image if self.resolved else None
        command, args = self.spec.get("command"), self.spec.get("args")
        if command:
            return [*command, *(args or ())]
        entrypoint = list(image.entrypoint) if image else []
        return [*entrypoint, *(args or (image.cmd if image else ()))]

    def _program(self) -> Program | None:
        """Returns what runs, or None where the command's name has yet to be expanded or is nowhere."""
        argv = self.argv()
        return self.program_of(argv[0]) if argv and self.resolved is not None else None

    def program_of(self, command: str) -> Program | None:
        """Returns what a command's name starts in this image, None where there is nothing of that name."""
        if self.resolved is None:
            return None
        image = self.resolved.image
        name = command.rpartition("/")[2]
        program = image.programs.get(name)
        if program is None and image.has_tool(command):
            program = COMMAND
        return program


class Blueprint:
    """A Pod's spec as the kubelet reads it."""

    def __init__(self, pod: Object, kubelet: Kubelet) -> None:
        spec = pod["spec"]
        self.spec = spec
        self.inits = [
            ContainerPlan(each, SIDECAR if each.get("restartPolicy") == "Always" else INIT, spec, kubelet)
            for each in spec.get("initContainers") or ()
        ]
        self.apps = [ContainerPlan(each, APP, spec, kubelet) for each in spec["containers"]]
        self.ephemerals = [
            ContainerPlan(each, EPHEMERAL, spec, kubelet) for each in spec.get("ephemeralContainers") or ()
        ]
        self.plans = [*self.inits, *self.apps, *self.ephemerals]
        self.by_name: Mapping[str, ContainerPlan] = {plan.name: plan for plan in self.plans}
        self.running = {plan.name: plan.running_status(spec, kubelet) for plan in self.plans}
        self.requests: Requests = requests_of(spec)
        self.qos = qos_class(spec)
        self.ports = host_ports(spec)
        self.host_network = bool(spec.get("hostNetwork"))
        self.restart_policy: str = spec.get("restartPolicy", "Always")
        self.has_probes = any(plan.probes for plan in self.plans)
        self.gates: list[str] = [gate["conditionType"] for gate in spec.get("readinessGates") or ()]
        self.shared: dict[Any, Any] = {}  # parts of statuses that Pods of this blueprint share, see status.py
        self.plain: Any = None  # what plain.py makes of it, once it was asked


def _mount_status(mount: Object) -> Object:
    status: Object = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        status["readOnly"] = True
        status["recursiveReadOnly"] = "Disabled"
    return status


def host_ports(spec: Object) -> list[tuple[str, int]]:
    """Returns the ports of its node that a Pod takes."""
    return [
        (port.get("protocol", "TCP"), port["hostPort"])
        for container in spec["containers"]
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]
