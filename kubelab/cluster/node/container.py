"""A container as its program and its commands see it: files, environment, users, network, fellow processes.

Made when somebody looks into a container and thrown away; it is the `Machine` (process.py) of what runs inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from kubelab.cluster.files import FileError, FileSystem, Mount
from kubelab.cluster.layers import folders_of
from kubelab.cluster.node import capabilities, distributions, environment, logs, volumes
from kubelab.cluster.node.blueprint import EPHEMERAL
from kubelab.cluster.node.image import COMMAND
from kubelab.cluster.node.process import ProcessInfo
from kubelab.cluster.node.program import Program
from kubelab.cluster.node.record import attempt, is_running, process_key
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.kinds.kind import Kind
    from kubelab.cluster.node.blueprint import ContainerPlan
    from kubelab.cluster.node.nodeview import NodeView

MESSAGE_SIZE = 4096  # bytes of a termination message
LOG_TAIL = 80  # lines that FallbackToLogsOnError takes, of 2048 bytes at the most
EXECUTABLE = 0o111
PRIVILEGED = 1024  # ports below are for those with NET_BIND_SERVICE (ip(7), ip_unprivileged_port_start)
APART = 6  # between the process ids of containers that share a process namespace


class Container:
    """One container of a Pod, in the attempt that the record tells of.

    Args:
        node: the kubelet's view of the node that it runs on.
        record: the Pod's record; the container has one in it.

    Attributes:
        past: objects as they were before, by kind and name, that `fetch` returns instead of what they are now.
    """

    def __init__(self, cluster: Cluster, node: NodeView, pod: Object, plan: ContainerPlan, record: Object) -> None:
        self.cluster = cluster
        self.node = node
        self.pod = pod
        self.plan = plan
        self.record = record
        self.uid: str = record["uid"]
        self.name = plan.name
        self.state: Object = record["containers"].get(plan.name) or {}
        self.past: Mapping[tuple[str, str], Object] = {}

    # what it is

    @property
    def attempt(self) -> int:
        """How often it was restarted."""
        return attempt(self.state)

    @property
    def started(self) -> float:
        """When it started, in seconds since the epoch."""
        return float(self.state["started"])

    @property
    def id(self) -> str:
        """Its id: 64 hexadecimal digits."""
        return self.node.container_id(self.uid, self.name, self.attempt)

    @property
    def version(self) -> str:
        """The version of the image's content."""
        return self.plan.resolved.version if self.plan.resolved else ""

    @property
    def namespace(self) -> str:
        """The Pod's namespace."""
        return str(self.pod["metadata"]["namespace"])

    @property
    def host_network(self) -> bool:
        """Whether it uses its node's network."""
        return bool(self.pod["spec"].get("hostNetwork"))

    @property
    def hostname(self) -> str:
        """What `hostname` prints."""
        if self.host_network:
            return self.node.name
        return str(self.pod["spec"].get("hostname") or self.pod["metadata"]["name"])[:63].rstrip("-.")

    @property
    def ip(self) -> str:
        """The Pod's address."""
        return str(self.record.get("ip") or self.node.ip)

    @cached_property
    def env(self) -> Mapping[str, str]:
        """The environment of its first process, and of what `exec` runs."""
        return environment.of(self)

    @cached_property
    def argv(self) -> list[str]:
        """The command line of its first process, with $(VARIABLES) expanded."""
        argv = self.plan.argv()
        if any("$(" in word for word in argv):
            return [environment.expand(word, self.env) for word in argv]
        return argv

    @property
    def program(self) -> Program | None:
        """What its first process is; None where the command is nowhere."""
        plan = self.plan
        if plan.program is not None:
            return plan.program
        argv = self.argv
        if not argv or plan.resolved is None:
            return None
        return plan.program_of(argv[0]) or (COMMAND if self.command_line(argv) else None)

    @property
    def stop_signal(self) -> str:
        """The signal that asks it to end: "TERM", "QUIT" ..."""
        own = (self.plan.spec.get("lifecycle") or {}).get("stopSignal")
        image = self.plan.resolved.image.stop_signal if self.plan.resolved else "SIGTERM"
        return str(own or image).removeprefix("SIG")

    # the machine (process.py)

    @cached_property
    def files(self) -> FileSystem:
        """Its file system: the image, what was changed, the volumes."""
        resolved = self.plan.resolved
        context = self.plan.spec.get("securityContext") or {}
        uid = int(self.plan.user(self.pod["spec"])["uid"])
        mounts = volumes.mounts(self)
        if self._shares_all or self.plan.spec.get("targetContainerName"):
            for first, view in self._seen():
                if view.name != self.name:
                    mounts.update(view.as_seen_from(f"/proc/{first + 1}/root"))
        files = FileSystem(
            volumes.root_name(self.uid, self.name, self.attempt),
            self.cluster.store,
            self.now,
            base=distributions.layer_of(resolved, tuple(mounts)) if resolved else None,
            mounts=mounts,
            read_only=bool(context.get("readOnlyRootFilesystem")),
            quota=volumes.watched(self),
            user=None if uid == 0 else self.user,
            groups=[str(gid) for gid in self.group_ids[1]],
        )
        if "capabilities" in context:
            files.lacking = capabilities.DEFAULT - capabilities.of(context)
        return files

    def as_seen_from(self, place: str) -> dict[str, Mount]:
        """Returns its files as another container sees them below a path: /proc/<pid>/root (proc(5))."""
        mounts, resolved = volumes.mounts(self), self.plan.resolved
        root = FileSystem(
            volumes.root_name(self.uid, self.name, self.attempt),
            self.cluster.store,
            self.now,
            base=distributions.layer_of(resolved, tuple(mounts)) if resolved else None,
        )
        return {place: Mount(root), **{f"{place}{inner}": mount for inner, mount in mounts.items()}}

    def has(self, capability: str) -> bool:
        """Tells whether its first process, and what `exec` runs, has a capability ("NET_RAW")."""
        if int(self.plan.user(self.pod["spec"])["uid"]):
            return False
        return capability in capabilities.of(self.plan.spec.get("securityContext") or {})

    def may_bind(self, port: int) -> bool:
        """Tells whether it may listen on a port: since containerd 2.0 everybody may in a Pod's own network."""
        if port >= PRIVILEGED or self.has("NET_BIND_SERVICE"):
            return True
        return not self.host_network and not self.node.kubelet.containerd.startswith("1.")

    @property
    def user(self) -> str:
        """The name of its user, the number where /etc/passwd has no name for it."""
        uid = int(self.plan.user(self.pod["spec"])["uid"])
        if uid == 0:
            return "root"
        image = self.plan.resolved.image if self.plan.resolved else None
        return distributions.user_name(image.base, uid) if image else str(uid)

    @property
    def group_ids(self) -> tuple[int, list[int]]:
        """The numbers of its user's own group, and of all its groups."""
        user = self.plan.user(self.pod["spec"])
        return user["gid"], [user["gid"], *(group for group in user["supplementalGroups"] if group != user["gid"])]

    @property
    def cwd(self) -> str:
        """The directory that commands start in."""
        image = self.plan.resolved.image if self.plan.resolved else None
        return str(self.plan.spec.get("workingDir") or (image.workdir if image else "") or "/")

    @property
    def place(self) -> Mapping[str, str]:
        """Who it is on the network."""
        return {
            "kind": "container",
            "node": self.node.name,
            "namespace": self.namespace,
            "pod": self.pod["metadata"]["name"],
            "container": self.name,
        }

    def now(self) -> float:
        """Returns the virtual time, in seconds since the epoch."""
        return self.cluster.clock.now

    def find(self, command: str) -> str | None:
        """Returns the name of the tool that `command` starts here, or None; scripts are no tools."""
        resolved, name = self.plan.resolved, command.rpartition("/")[2]
        if resolved is not None and resolved.image.has_tool(command):
            return name
        return name if self._has_installed(name) else None

    def _has_installed(self, name: str) -> bool:
        """Tells whether a package brought a tool into the container's own files."""
        root = volumes.root_name(self.uid, self.name, self.attempt)
        entry = self.cluster.store.get(f"/machine/files/{root}/usr/bin/{name}")
        return entry is not None and bool(entry.get("text") == distributions.executable(name)["text"])

    def command_line(self, argv: Sequence[str]) -> list[str] | None:
        """Returns what runs for a command line: itself, or a script's interpreter with the script; None for nothing."""
        if self.find(argv[0]) is not None:
            return list(argv)
        path = argv[0] if "/" in argv[0] else self._on_path(argv[0])
        try:
            if not path or not self.files.may(path, "execute"):
                return None
            first = self.files.read(path).partition("\n")[0]
        except FileError:
            return None
        words = first.removeprefix("#!").split() if first.startswith("#!") else ["/bin/sh"]
        if words and words[0].endswith("/env"):
            words.pop(0)
        if not words or self.find(words[0]) is None:
            return None
        return [words[0], path, *argv[1:]]

    def _on_path(self, command: str) -> str:
        for directory in self.env.get("PATH", "").split(":"):
            path = f"{directory}/{command}"
            if self.files.is_file(path):
                return path
        return ""

    def names(self) -> Sequence[str]:
        """Returns the names of all tools that are installed here."""
        return sorted(self.plan.resolved.image.tool_names()) if self.plan.resolved else ()

    def processes(self) -> Sequence[ProcessInfo]:
        """Returns what can be seen from here, in order of process ids."""
        pause = [ProcessInfo(1, "65535", self.started, "/pause")] if self._shares_all else []
        seen = ((first, view._own_processes()) for first, view in self._seen())
        return pause + [replace(each, pid=each.pid + first) for first, own in seen for each in own]

    @property
    def _shares_all(self) -> bool:
        return bool(self.pod["spec"].get("shareProcessNamespace"))

    def _seen(self) -> Iterator[tuple[int, Container]]:
        """Yields the containers in the same process namespace, each with what is added to its process ids."""
        target = self.plan.spec.get("targetContainerName")
        if not self._shares_all and not target:
            yield 0, self
            return
        running = [view for view in self.fellows() if is_running(view.state, self.now())]
        chosen = [view for view in running if self._shares_all or view.name in (target, self.name)]
        first = APART if self._shares_all else 0
        for view in sorted(chosen, key=lambda view: (view.plan.kind == EPHEMERAL, view.started)):
            yield first, view
            first += APART

    def _own_processes(self) -> list[ProcessInfo]:
        program = self.program
        commands = program.processes(self) if program is not None else ()
        started = self.started
        return [ProcessInfo(pid, user or self.user, started, command) for pid, user, command in commands]

    def kill(self, pid: int, signal: str) -> bool:
        """Sends a signal to a process; process 1 decides for itself whether it heeds it."""
        for first, view in self._seen():
            if pid - first in [process.pid for process in view._own_processes()]:
                self.node.owner.signal(view, pid - first, signal)
                return True
        return False

    # for the runtime

    def fetch(self, kind: Kind, name: str) -> Object | None:
        """Returns a ConfigMap or Secret of the Pod's namespace, as `past` knows it or as it is."""
        if (kind.name, name) in self.past:
            return self.past[kind.name, name]
        return self.node.api.get(kind, Key(self.namespace, name))

    def why_not(self, command: str) -> str:
        """Returns why runc cannot execute a command, without the ": unknown" that shims add."""
        if "/" not in command:
            return f'exec: "{command}": executable file not found in $PATH'
        if self.files.is_dir(command):
            return f'exec: "{command}": is a directory'
        if self.files.exists(command):
            return f'exec: "{command}": permission denied'
        return f'exec: "{command}": stat {command}: no such file or directory'

    def termination_message(self, code: int) -> str:
        """Returns what the container left to say at its end."""
        path = self.plan.spec.get("terminationMessagePath", volumes.TERMINATION_LOG)
        root = volumes.root_name(self.uid, self.name, self.attempt)
        kept = self.cluster.store.get(f"/machine/files/{root}{path}")
        if kept is not None and kept.get("text"):
            return str(kept["text"])[:MESSAGE_SIZE]
        if code == 0 or self.plan.spec.get("terminationMessagePolicy") != "FallbackToLogsOnError":
            return ""
        lines = [entry.text for entry in logs.read(self, self.now())[-LOG_TAIL:]]
        return "".join(f"{line}\n" for line in lines)[-2048:]

    def wrote_below(self, folder: str) -> bool:
        """Tells whether something in the container's own files was changed below a folder ("/etc/nginx")."""
        root = volumes.root_name(self.uid, self.name, self.attempt)
        return any(changed.startswith(folder) for changed in folders_of(self.cluster.store, root))

    def limit(self, resource: str) -> str | None:
        """Returns the container's limit of "memory" or "cpu", as the spec writes it."""
        limits = (self.plan.spec.get("resources") or {}).get("limits") or {}
        found: str | None = limits.get(resource)
        return found

    def memory(self) -> Object:
        """Returns what the program keeps in memory: lost when the container ends."""
        return self.cluster.store.get(self._memory_key()) or {}

    def remember(self, values: Object) -> None:
        """Changes what the program keeps in memory."""
        self.cluster.store.put(self._memory_key(), values)

    def _memory_key(self) -> str:
        return f"/machine/memory/{self.uid}/{self.name}"

    def fellows(self) -> list[Container]:
        """Returns all containers that the Pod has on the node, this one among them."""
        plans = self.node.blueprint(self.pod).plans
        known = self.record["containers"]
        return [Container(self.cluster, self.node, self.pod, plan, self.record) for plan in plans if plan.name in known]

    def listens(self) -> list[int]:
        """Returns the TCP ports on which it listens now."""
        program = self.program
        if program is not None and program is not COMMAND and self.now() < self.started + program.ready:
            return []
        return self._binds()

    def _binds(self) -> list[int]:
        """Returns the TCP ports that are its own, those that it is about to listen on among them."""
        program = self.program
        if program is None or not is_running(self.state, self.now()):
            return []
        if program is COMMAND:
            kept = self.cluster.store.get(process_key(self.uid, self.name))
            return list(kept.get("ports", ())) if kept else []
        return list(program.listens(self))

    def port_taken(self, port: int) -> bool:
        """Tells whether another container of the Pod listens on a port already."""
        others = [view for view in self.fellows() if view.name != self.name and "started" in view.state]
        return any(port in view._binds() for view in others)
