"""What checks see of a lab at one moment: objects, files, commands. Nothing is looked at before it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import yaml

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network.place import WORKSTATION
from kubelab.cluster.network.reachability import OUTSIDE, place_of, trace
from kubelab.cluster.network.walk import CONNECTED
from kubelab.cluster.node import heartbeats
from kubelab.cluster.objects import Object
from kubelab.courses.checks.commands import was_run
from kubelab.courses.checks.expressions import COMMANDS, REMEMBERED, SYSTEM, Expression, kind_names
from kubelab.courses.checks.language import cel
from kubelab.courses.checks.vocabulary import FUNCTIONS, is_ready, never_failing
from kubelab.labs import simulation

MOST_OBJECTS = (1_000, 1_000, 150)  # of a kind, by how many loops over objects are within each other
LONGEST_FILE = 100_000
RESERVED = "kube-"  # namespaces of the system's own. Source: concepts/overview/working-with-objects/namespaces
SERVICE_NAME = "kubernetes.io/service-name"

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Command = tuple[str, int]


class Sight:
    """A lab as its checks see it.

    Args:
        cluster: as it is now; it must not change meanwhile.
        commands: what was typed in the terminal, with exit statuses.
        remembered: what was kept for checks; None for each name that is not yet known.
    """

    def __init__(self, cluster: Cluster, commands: Sequence[Command], remembered: Mapping[str, Any]) -> None:
        self.cluster = cluster
        self.commands = commands
        self.remembered = remembered
        self._names = kind_names(cluster.version)
        self._contexts: dict[int, Any] = {}  # by how many objects of a kind they hold
        self._held: dict[int, set[str]] = {}
        self._manifests: dict[str, list[Object]] = {}

    def context(self, expression: Expression) -> Any:
        """Return what the names of an expression stand for. Lists are made once, for whoever asks first."""
        most = MOST_OBJECTS[min(expression.depth, len(MOST_OBJECTS) - 1)]
        if most not in self._contexts:
            self._contexts[most] = cel.Context()
            self._held[most] = set()
        context, held = self._contexts[most], self._held[most]
        for name in expression.variables - held:
            context.add_variable(name, self._variable(name, expression, most))
            if name != SYSTEM:
                held.add(name)
        for name in expression.functions:
            if f"{name}()" not in held:  # there are kinds and functions of one name: endpoints
                context.add_function(name, never_failing(self._function(name)))
                held.add(f"{name}()")
        return context

    def _function(self, name: str) -> Callable[..., Any]:
        ours = {
            "ready": self.ready, "endpoints": self.endpoints, "ownedBy": self.owned_by, "reaches": self.reaches,
            "ran": self.ran, "typed": self.typed, "file": self.file, "manifests": self.manifests,
        }  # fmt: skip
        return ours.get(name) or FUNCTIONS.get(name) or self._getter(self._names.singulars[name])

    def _variable(self, name: str, expression: Expression, most: int) -> Any:
        if name in self._names.plurals:
            return self._list(name, most, system=False)
        if name == SYSTEM:
            return {plural: self._list(plural, most, system=True) for plural in expression.of_system}
        if name == COMMANDS:
            return [{"line": line, "exit": status} for line, status in self.commands]
        if name == REMEMBERED:
            return dict(self.remembered)
        return datetime.fromtimestamp(self.cluster.clock.now, UTC)  # now

    # objects

    def _table(self, plural: str) -> Mapping[str, Object]:
        return self.cluster.store.table(self._names.prefix_of[plural]).rows

    def _list(self, plural: str, most: int, *, system: bool) -> list[Object]:
        found = (obj for obj in self._table(plural).values() if is_system(obj) == system)
        return [self._shown(obj) for obj in islice(found, most)]

    def _getter(self, plural: str) -> Any:
        def get(name: str) -> Object | None:
            return self.object(plural, name)

        return get

    def object(self, plural: str, name: str) -> Object | None:
        """Return an object by `name` or `namespace/name`."""
        namespace, slash, rest = name.rpartition("/")
        prefix = self._names.prefix_of[plural]
        keys = [f"{prefix}{namespace}/{rest}"] if slash else [f"{prefix}default/{rest}", f"{prefix}{rest}"]
        found = next(filter(None, map(self.cluster.store.get, keys)), None)
        return self._shown(found) if found is not None else None

    def _shown(self, obj: Object) -> Object:
        return shown(heartbeats.fresh(self.cluster, obj["kind"], obj))

    def ready(self, obj: Any) -> bool:
        if isinstance(obj, dict) and obj.get("kind") == "Service":
            return bool(self.endpoints(obj))
        return is_ready(obj)

    def endpoints(self, service: Any) -> list[str]:
        """Return the names of a Service's ready Pods."""
        if not isinstance(service, dict):
            return []
        metadata, names = service["metadata"], dict[str, None]()
        for piece in self._table("endpointslices").values():
            theirs = piece["metadata"]
            if theirs.get("namespace") != metadata.get("namespace"):
                continue
            if (theirs.get("labels") or {}).get(SERVICE_NAME) != metadata["name"]:
                continue
            for endpoint in piece.get("endpoints") or ():
                if (endpoint.get("conditions") or {}).get("ready", True):
                    target = endpoint.get("targetRef") or {}
                    names[target.get("name") or endpoint["addresses"][0]] = None
        return list(names)

    def owned_by(self, obj: Any, kind: str, name: str = "") -> bool:
        """Tell whether an object was made by another one, directly or through others."""
        for _ in range(10):
            owners = obj["metadata"].get("ownerReferences") if isinstance(obj, dict) else None
            owner = next((one for one in owners or () if one.get("controller")), None)
            if owner is None:
                return False
            if owner["kind"] == kind and name in ("", owner["name"]):
                return True
            plural = self._names.singulars.get(owner["kind"].lower(), "")
            namespace = obj["metadata"].get("namespace", "")
            obj = self.object(plural, f"{namespace}/{owner['name']}") if plural else None
        return False

    def reaches(self, source: Any, host: str, port: int) -> bool:
        """Tell whether a connection can be made, without a trace in the cluster.

        Args:
            source: a Pod, or "outside" for the learner's own computer.
            host: a name or an address, as a program there would use it.
        """
        network, place = self.cluster.network, WORKSTATION
        if source != OUTSIDE:
            attachment = network.attachment(source["metadata"]["uid"]) if isinstance(source, dict) else None
            if attachment is None:
                return False
            place = place_of(attachment, source)
        return bool(trace(network, place, host, port)["outcome"] == CONNECTED)

    # the terminal and the home

    def ran(self, pattern: str) -> bool:
        return was_run(pattern, [line for line, status in self.commands if status == 0], self.cluster.version)

    def typed(self, pattern: str) -> bool:
        return was_run(pattern, [line for line, _ in self.commands], self.cluster.version)

    def file(self, path: str) -> str | None:
        """Return the text of a file of the home."""
        machine = simulation.workstation(self.cluster)
        path = path.removeprefix("~/")
        try:
            return machine.files.read(path if path.startswith("/") else f"{machine.env['HOME']}/{path}")[:LONGEST_FILE]
        except (FileError, UnicodeDecodeError):
            return None

    def manifests(self, path: str) -> list[Object]:
        """Return the objects in a YAML file of the home."""
        if path not in self._manifests:
            self._manifests[path] = self._read(path)
        return self._manifests[path]

    def _read(self, path: str) -> list[Object]:
        text = self.file(path)
        try:
            found = list(yaml.load_all(text, Loader=LOADER)) if text else []
        except (yaml.YAMLError, ValueError, RecursionError):
            return []
        pieces = [item for obj in found for item in _items(obj)]
        return [shown(plain(obj)) for obj in pieces if isinstance(obj, dict) and isinstance(obj.get("metadata"), dict)]


def _items(obj: Any) -> list[Any]:
    return obj["items"] if isinstance(obj, dict) and isinstance(obj.get("items"), list) else [obj]


def is_system(obj: Object) -> bool:
    """Tell whether an object lies in a namespace of the system's own."""
    return bool(obj["metadata"].get("namespace", "").startswith(RESERVED))


def shown(obj: Object) -> Object:
    """Return an object with the fields that are always there, without the bookkeeping of who set which field."""
    metadata = {"labels": {}, "annotations": {}, **obj["metadata"]}
    metadata.pop("managedFields", None)
    return {**obj, "metadata": metadata, "spec": obj.get("spec") or {}, "status": obj.get("status") or {}}


def plain(value: Any) -> Any:
    """Return YAML as JSON has it: dates as texts, names of fields as texts."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
