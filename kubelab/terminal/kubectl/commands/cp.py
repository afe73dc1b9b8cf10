"""kubectl cp (kubectl/pkg/cmd/cp/cp.go): tar in the container, tar's format in between."""

from __future__ import annotations

import posixpath
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from kubelab.cluster.api.kubelets import Output, Process
from kubelab.cluster.file_errors import FileError
from kubelab.terminal.archives import NoArchive, Packer, as_bytes, as_text, extract, members
from kubelab.terminal.kubectl import pods, streams
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Poll, Steps, Wait

_FORMAT = "filespec must match the canonical format: [[namespace/]pod:]file/path"


@dataclass
class Place:
    """One side of a copy: a path on the workstation, or in a Pod."""

    path: str
    pod: str = ""
    namespace: str = ""


def run(call: Call) -> Steps:
    """Copies files between the workstation and a container."""
    if len(call.args) != 2:
        raise CommandError("source and destination are required")
    source, target = (_place(call, word) for word in call.args)
    if source.pod and target.pod:
        raise CommandError("one of src or dest must be a local file specification")
    if not source.path or not target.path:
        raise CommandError("filepath can not be empty")
    if source.pod:
        return (yield from _from_pod(call, source, target))
    if target.pod:
        return (yield from _to_pod(call, source, target))
    raise CommandError("one of src or dest must be a remote file specification")


def _place(call: Call, word: str) -> Place:
    head, colon, path = word.partition(":")
    if not colon:
        return Place(word)
    pieces = head.split("/")
    if not head or len(pieces) > 2:
        raise CommandError(_FORMAT)
    return Place(path, pieces[-1], pieces[0] if len(pieces) == 2 else call.namespace)


def _container(call: Call, place: Place) -> str:
    """Returns the container that is meant; tells once which one, as each command run in it does in life."""
    pod = call.api.get(kind_of(call.kinds, "pods"), place.namespace, place.pod)
    phase = (pod.get("status") or {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        raise CommandError(f"cannot exec into a container in a completed pod; current phase is {phase}")
    asked = call.flags.text("container")
    return asked or str(pods.default_container(call, pod, "")["name"])


def _to_pod(call: Call, source: Place, target: Place) -> Steps:
    files, path = call.ctx.files, call.ctx.path(source.path)
    if not files.exists(path):
        raise CommandError(f"{source.path} doesn't exist in local filesystem")
    container = _container(call, target)
    code, _, _ = yield from _in_container(call, target, container, ["test", "-d", target.path], "", "look")
    goal = posixpath.join(target.path, posixpath.basename(posixpath.normpath(path))) if code == 0 else target.path
    goal = posixpath.normpath(goal)
    packer = Packer(files, _raise)
    packer.add(path, posixpath.basename(goal))
    argv = ["tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-"]
    if not call.flags.on("no-preserve"):
        argv = ["tar", "-xmf", "-"]
    directory = posixpath.dirname(goal)
    argv += ["-C", directory] if directory else []
    code, out, err = yield from _in_container(call, target, container, argv, as_text(packer.bytes()), "copy")
    call.out(out)
    call.err(err)
    streams.terminated(code)
    return 0


def _raise(error: FileError) -> None:
    raise CommandError(f"open {error.path}: {error.reason.lower()}")


def _from_pod(call: Call, source: Place, target: Place) -> Steps:
    container = _container(call, source)
    argv = ["tar", "cf", "-", source.path]
    code, out, err = yield from _in_container(call, source, container, argv, "", "copy")
    call.out(err)
    if code:
        raise PlainError(f"command terminated with exit code {code}", code)
    prefix = posixpath.normpath(source.path).lstrip("/")
    while prefix.startswith("../"):
        prefix = prefix.removeprefix("../")
    files, warned = call.ctx.files, False
    try:
        for member, content in members(as_bytes(out)):
            if not member.name.startswith(prefix):
                raise CommandError("tar contents corrupted")
            inner = member.name[len(prefix) :].lstrip("/")
            path = posixpath.join(target.path, inner) if inner else target.path
            if member.issym():
                if not warned:
                    warned = True
                    call.err(_symlink(source, path, member.linkname))
                continue
            extract(files, call.ctx.path(path), member, content, touched=True)
    except NoArchive:
        raise CommandError("unexpected EOF") from None
    except FileError as error:
        raise CommandError(f"open {error.path}: {error.reason.lower()}") from None
    return 0


def _symlink(source: Place, path: str, link: str) -> str:
    namespace, pod = quote(source.namespace), quote(source.pod)
    return (
        f'warning: skipping symlink: {quote(path)} -> {quote(link)} (consider using "kubectl exec -n {namespace} {pod} '
        f'-- tar cf - {quote(source.path)} | tar xf -")\n'
    )


def _in_container(
    call: Call, place: Place, container: str, argv: list[str], stdin: str, stage: str
) -> Generator[Wait, Any, tuple[int, str, str]]:
    """Runs a command to its end; returns its exit status and what it wrote."""
    state = call.state.setdefault(stage, {"out": "", "err": ""})
    kubelets = call.api.cluster.api.kubelets

    def note(process: Process, output: Output) -> Process:
        state["process"] = process.state
        for name, text in (("out", output.stdout), ("err", output.stderr)):
            state[name] = packed(unpacked(state[name]) + text)
        return process

    if "process" not in state:
        process = note(*streams.execute(call, place.namespace, place.pod, container, argv, stdin=bool(stdin)))
        if process.code is None and stdin:
            output = process.resume(stdin, end_of_input=True)
            note(process, output)
    while (process := kubelets.process(state["process"])).code is None:
        yield Poll(process.wake)
        output = process.resume()
        note(process, output)
    return int(process.code), unpacked(state["out"]), unpacked(state["err"])


COMMAND = Command(
    path="cp",
    usage="cp <file-spec-src> <file-spec-dest>",
    short="Copy files to and from containers",
    run=run,
    group=TROUBLESHOOTING,
    rank=70,
    long="Copy files and directories to and from containers.",
    examples="""
# !!!Important!!!
# There has to be a program 'tar' in the container's image.
# Without it 'kubectl cp' fails.
#
# For links, wildcards or the files' permissions,
# use 'kubectl exec' with tar.

# Copy /tmp/foo to /tmp/bar in a Pod of the namespace <some-namespace>
tar cf - /tmp/foo | kubectl exec -i -n <some-namespace> <some-pod> -- tar xf - -C /tmp/bar

# Copy /tmp/foo of a Pod to /tmp/bar here
kubectl exec -n <some-namespace> <some-pod> -- tar cf - /tmp/foo | tar xf - -C /tmp/bar

# Copy the directory /tmp/foo_dir to /tmp/bar_dir in a Pod of the namespace default
kubectl cp /tmp/foo_dir <some-pod>:/tmp/bar_dir

# Copy to one container of several
kubectl cp /tmp/foo <some-pod>:/tmp/bar -c <specific-container>

# Copy to a Pod of another namespace
kubectl cp /tmp/foo <some-namespace>/<some-pod>:/tmp/bar

# Copy from there
kubectl cp <some-namespace>/<some-pod>:/tmp/foo /tmp/bar
""",
    flags=(
        Flag(
            "container",
            "string",
            "",
            "Name of the container. Without it, the annotation kubectl.kubernetes.io/default-container says which one "
            "is meant, or else it is the first container of the Pod",
            short="c",
        ),
        Flag("no-preserve", "bool", False, "Do not give the copies the owners and permissions of the files"),
        Flag(
            "retries",
            "int",
            0,
            "How often to begin anew when a copy from a container breaks off. Negative: without end.",
        ),
    ),
)
