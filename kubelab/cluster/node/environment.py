"""A container's environment: image, Pod spec, ConfigMaps and Secrets, Services.

Source: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), pkg/kubelet/envvars,
third_party/forked/golang/expansion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.kinds import ConfigMap, Secret, Service
from kubelab.cluster.node import fieldpaths
from kubelab.cluster.node.image import DEFAULT_PATH
from kubelab.cluster.node.secrets import decoded
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.node.blueprint import ContainerPlan
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.node.nodeview import NodeView
    from kubelab.cluster.node.podwork import PodWork

RELAXED = 32  # the minor version from which on nearly all names will do (RelaxedEnvironmentVariableValidation)
VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")  # k8s.io/apimachinery, IsEnvVarName
REFERENCE = re.compile(r"\$(?:\$|\(([^()]*)\))")


class ConfigError(Exception):
    """Something that a container's environment needs is not there; the text is the kubelet's."""


def check(work: PodWork, plan: ContainerPlan) -> None:
    """Sees to it that a container can be configured.

    Raises:
        ConfigError: with the text of the Failed event, without its "Error: ".
    """
    context = {**(work.pod["spec"].get("securityContext") or {}), **(plan.spec.get("securityContext") or {})}
    if context.get("runAsNonRoot"):
        _check_not_root(work, plan)
    if plan.refers:
        _referenced(work.node, work.pod, plan, work.record)


def _check_not_root(work: PodWork, plan: ContainerPlan) -> None:
    where = f'(pod: "{work.full_name}", container: {plan.name})'
    user = plan.resolved.image.user if plan.resolved else ""
    uid = plan.user(work.pod["spec"])["uid"]
    asked = {**(work.pod["spec"].get("securityContext") or {}), **(plan.spec.get("securityContext") or {})}
    if "runAsUser" in asked and uid == 0:
        raise ConfigError(f"container's runAsUser breaks non-root policy {where}")
    if "runAsUser" not in asked and user and not user.partition(":")[0].isdigit():
        raise ConfigError(
            f"container has runAsNonRoot and image has non-numeric user ({user}), "
            f"cannot verify user is non-root {where}"
        )
    if uid == 0:
        raise ConfigError(f"container has runAsNonRoot and image will run as root {where}")


def freeze(work: PodWork, plan: ContainerPlan, container: Object) -> None:
    """Keeps what ConfigMaps and Secrets said when a container started: its environment never changes."""
    if plan.refers:
        container["env"] = _referenced(work.node, work.pod, plan, work.record)
        if work.node.kubelet.minor < RELAXED:
            _without_invalid(work, plan, container["env"].get("", {}))


def _without_invalid(work: PodWork, plan: ContainerPlan, everything: dict[str, str]) -> None:
    """Leaves out of what envFrom gives what is no name of a variable, and says so (before v1.32)."""
    for source in plan.spec.get("envFrom") or ():
        kind, reference = _kind_of(source)
        given = (f"{source.get('prefix', '')}{key}" for key in _all_of(work.node, work.key.namespace, source))
        wrong = sorted(name for name in given if name in everything and not VARIABLE.fullmatch(name))
        if wrong:
            message = (
                f"Keys [{', '.join(wrong)}] from the EnvFrom {kind} {work.key.namespace}/{reference['name']} were "
                "skipped since they are considered invalid environment variable names."
            )
            work.event("Warning", "InvalidEnvironmentVariableNames", message)
        for name in wrong:
            del everything[name]


def _kind_of(source: Object) -> tuple[str, Object]:
    return ("configMap", source["configMapRef"]) if "configMapRef" in source else ("secret", source["secretRef"])


def of(container: Container) -> dict[str, str]:
    """Returns a container's environment, in the order in which `env` prints it."""
    resolved = container.plan.resolved
    image = dict(resolved.image.env) if resolved else {}
    if resolved and resolved.image.env_of is not None:
        image.update(resolved.image.env_of(resolved.version))
    env = {"PATH": image.pop("PATH", DEFAULT_PATH), "HOSTNAME": container.hostname, **image}
    if container.plan.spec.get("tty"):
        env["TERM"] = "xterm"
    services = services_of(container)
    env.update(_own(container, services))
    for name, value in services.items():
        env.setdefault(name, value)
    env.setdefault("HOME", "/root" if container.user == "root" else "/")
    return env


def _own(container: Container, services: Mapping[str, str]) -> dict[str, str]:
    """Returns what the spec sets: envFrom, then env, each seeing what came before."""
    kept: Object = container.state.get("env") or {}
    found: dict[str, str] = dict(kept.get("", {}))
    scope = {**services, **found}
    for variable in container.plan.spec.get("env") or ():
        name = variable["name"]
        if "valueFrom" in variable:
            if name not in kept:
                continue
            value = kept[name]
        else:
            value = expand(variable.get("value") or "", scope)
        found[name] = scope[name] = value
    return found


def _referenced(node: NodeView, pod: Object, plan: ContainerPlan, record: Object) -> Object:
    """Returns the values that env and envFrom take from elsewhere: name -> value, "" -> all of envFrom."""
    namespace = pod["metadata"]["namespace"]
    everything: dict[str, str] = {}
    for source in plan.spec.get("envFrom") or ():
        for name, value in _all_of(node, namespace, source).items():
            everything[f"{source.get('prefix', '')}{name}"] = value
    found: Object = {"": everything} if everything else {}
    for variable in plan.spec.get("env") or ():
        source = variable.get("valueFrom")
        one = _one(node, pod, plan, record, source) if source else None
        if one is not None:
            found[variable["name"]] = one
    return found


def _all_of(node: NodeView, namespace: str, source: Object) -> dict[str, str]:
    kind, reference = (ConfigMap, source["configMapRef"]) if "configMapRef" in source else (Secret, source["secretRef"])
    obj = node.api.get(kind, Key(namespace, reference["name"]))
    if obj is None:
        if reference.get("optional"):
            return {}
        raise ConfigError(f'{kind.name.lower()} "{reference["name"]}" not found')
    return dict(obj.get("data") or {}) if kind is ConfigMap else decoded(obj)


def _one(node: NodeView, pod: Object, plan: ContainerPlan, record: Object, source: Object) -> str | None:
    if "fieldRef" in source:
        return fieldpaths.field(node, pod, record, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return fieldpaths.resource(node, pod, plan.spec, source["resourceFieldRef"])
    if "configMapKeyRef" in source:
        return _key(node, pod, ConfigMap, source["configMapKeyRef"])
    if "secretKeyRef" in source:
        return _key(node, pod, Secret, source["secretKeyRef"])
    return None


def _key(node: NodeView, pod: Object, kind: object, reference: Object) -> str | None:
    namespace = pod["metadata"]["namespace"]
    of_kind = ConfigMap if kind is ConfigMap else Secret
    obj = node.api.get(of_kind, Key(namespace, reference["name"]))
    optional = reference.get("optional")
    if obj is None:
        if optional:
            return None
        raise ConfigError(f'{of_kind.name.lower()} "{reference["name"]}" not found')
    data = (obj.get("data") or {}) if of_kind is ConfigMap else decoded(obj)
    if reference["key"] not in data:
        if optional:
            return None
        raise ConfigError(f"couldn't find key {reference['key']} in {of_kind.name} {namespace}/{reference['name']}")
    return str(data[reference["key"]])


def services_of(container: Container) -> dict[str, str]:
    """Returns the variables of the Services that there were when the container started.

    Those of the Pod's own namespace, unless it does not want them, and always those of the API server's.
    """
    api, namespace = container.node.api, container.namespace
    started = rfc3339(container.started)
    master = api.get(Service, Key("default", "kubernetes"))
    wanted = {"kubernetes": master} if master is not None else {}
    if container.pod["spec"].get("enableServiceLinks", True):
        for service in api.list(Service, namespace):
            if service["metadata"].get("creationTimestamp", "") <= started:
                wanted[service["metadata"]["name"]] = service
    env: dict[str, str] = {}
    for name in sorted(wanted):
        env.update(_service_variables(name, wanted[name]))
    return env


def _service_variables(name: str, service: Object) -> dict[str, str]:
    spec = service["spec"]
    ip = spec.get("clusterIP")
    if not ip or ip == "None" or not spec.get("ports"):
        return {}
    prefix = name.upper().replace("-", "_")
    first = spec["ports"][0]
    env = {f"{prefix}_SERVICE_HOST": ip, f"{prefix}_SERVICE_PORT": str(first["port"])}
    for port in spec["ports"]:
        if port.get("name"):
            env[f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
    for index, port in enumerate(spec["ports"]):
        protocol = port.get("protocol", "TCP")
        url = f"{protocol.lower()}://{ip}:{port['port']}"
        if index == 0:
            env[f"{prefix}_PORT"] = url
        stem = f"{prefix}_PORT_{port['port']}_{protocol}"
        env.update(
            {stem: url, f"{stem}_PROTO": protocol.lower(), f"{stem}_PORT": str(port["port"]), f"{stem}_ADDR": ip}
        )
    return env


def expand(text: str, env: Mapping[str, str]) -> str:
    """Expands $(NAME); what is not set stays as it is written, $$ is a dollar sign."""

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "$"
        return env.get(name, match[0])

    return REFERENCE.sub(replaced, text)
