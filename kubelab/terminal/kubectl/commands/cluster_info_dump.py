"""kubectl cluster-info dump (kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go)."""

from __future__ import annotations

import posixpath

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import streams
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.pods import running_timeout
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.printers.structs import as_struct
from kubelab.terminal.kubectl.shared_flags import output_flags

# What is written of each namespace: types, and the names of their files.
_PARTS = {
    "events": "events",
    "replicationcontrollers": "replication-controllers",
    "services": "services",
    "daemonsets.apps": "daemonsets",
    "deployments.apps": "deployments",
    "replicasets.apps": "replicasets",
    "pods": "pods",
}
_EXTENSIONS = {"json": ".json", "yaml": ".yaml"}


class _Sink(Call):
    """A call whose output goes into one file after the other."""

    directory, _path = "", ""

    def to(self, path: str) -> None:
        """Lets what follows go into a file below the directory.

        Raises:
            CommandError: it cannot be written.
        """
        if not self.directory:
            return
        self._path = posixpath.join(self.directory, path)
        files = self.ctx.files
        try:
            if not files.exists(posixpath.dirname(self._path)):
                files.mkdir(posixpath.dirname(self._path), parents=True)
            files.write(self._path, "")
        except FileError as error:
            raise CommandError(f"open {self._path}: {error.reason.lower()}") from None

    def out(self, text: str) -> None:
        if self.directory:
            self.ctx.files.append(self._path, text)
        else:
            super().out(text)

    def say(self, line: str) -> None:
        self.out(line + "\n")


def run(call: Call) -> None:
    """Writes out all that helps to find a problem."""
    flags = call.flags
    sink = _Sink(call.ctx, call.command, flags)
    show = printer(sink, typed=True, default="json")
    running_timeout(call)
    directory = flags.text("output-directory")
    sink.directory = call.ctx.path(directory) if directory not in ("", "-") else ""
    extension = _EXTENSIONS.get(flags.text("output"), ".txt")
    nodes = _listed(call, "nodes", "")
    if flags.text("output") == "name":
        raise CommandError("list types are not supported by name printing: *v1.NodeList")
    sink.to(f"nodes{extension}")
    show(nodes)
    for namespace in _namespaces(call):
        found: Object = {"items": []}
        for resource, name in _PARTS.items():
            found = _listed(call, resource, namespace)
            sink.to(f"{namespace}/{name}{extension}")
            show(found)
        for pod in found["items"]:
            sink.to(f"{namespace}/{pod['metadata']['name']}/logs.txt")
            for container in [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]:
                _log(sink, namespace, pod["metadata"]["name"], container["name"])
    if sink.directory:
        call.say(f"Cluster info dumped to {directory}")


def _namespaces(call: Call) -> list[str]:
    if call.flags.on("all-namespaces"):
        return [each["metadata"]["name"] for each in call.api.list(kind_of(call.kinds, "namespaces"))]
    return call.flags.items("namespaces") or ["kube-system", call.namespace]


def _listed(call: Call, resource: str, namespace: str) -> Object:
    """Returns a list of objects as kubectl holds them: as structs, whose kind nobody says."""
    kind = kind_of(call.kinds, resource)
    found = call.api.call("list", kind, namespace)
    version = call.ctx.machine.cluster.version
    items = [as_struct(version, kind, item) for item in found["items"]]
    bare = [{field: value for field, value in item.items() if field not in ("kind", "apiVersion")} for item in items]
    metadata = {name: found["metadata"][name] for name in ("resourceVersion",) if name in found["metadata"]}
    return {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": metadata, "items": bare}


def _log(sink: _Sink, namespace: str, pod: str, container: str) -> None:
    where = f"logs for container {container} of pod {namespace}/{pod}"
    sink.out(f"==== START {where} ====\n")
    try:
        part = streams.read_log(sink, namespace, pod, {"container": container})
        sink.out("".join(line.text for line in part.lines))
    except ApiError as error:
        sink.out(f"Request log error: {error.message}\n")
    except CommandError as error:
        sink.out(f"Request log error: {error}\n")
    sink.out(f"==== END {where} ====\n")


COMMAND = Command(
    path="cluster-info dump",
    usage="cluster-info dump [flags]",
    short="Write out all that helps to find a problem",
    run=run,
    long="""
Write out all that helps to find a problem of a cluster: the nodes, the objects of the current namespace and of kube-system, and the logs of their Pods; on standard output, or as files below a directory.
""",  # noqa: E501
    examples="""
# All of it on standard output
kubectl cluster-info dump

# As files below a directory
kubectl cluster-info dump --output-directory=/path/to/cluster-state

# Of all namespaces
kubectl cluster-info dump --all-namespaces

# Of two namespaces, as files
kubectl cluster-info dump --namespaces default,kube-system --output-directory=/path/to/cluster-state
""",
    flags=(
        *output_flags(default="json"),
        Flag("all-namespaces", "bool", False, "If true, all namespaces. --namespaces is not heeded then.", short="A"),
        Flag("namespaces", "strings", [], "The namespaces, separated by commas."),
        Flag("output-directory", "string", "", "Directory for the files. Standard output if it is empty or '-'"),
        Flag("pod-running-timeout", "duration", 20.0, "How long (5s, 2m, 3h) to wait until a Pod runs"),
    ),
)
