"""kubectl describe: all about objects, with their events (kubectl/pkg/cmd/describe/describe.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import TROUBLESHOOTING, Command
from kubelab.terminal.kubectl.describing import describer_of, describers
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import Builder, Info, Selection
from kubelab.terminal.kubectl.shared_flags import ALL_NAMESPACES, CHUNK_SIZE, SELECTOR, filename_flags

_NO_TYPE = (
    'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported '
    "resources.\n"
)


def run(call: Call) -> None:
    """Describes what was asked for."""
    flags = call.flags
    if not call.args and not flags.items("filename") and not flags.text("kustomize"):
        raise CommandError(_NO_TYPE)
    infos, errors = _objects(
        Builder.of(
            call, go_on=True, flatten=True, latest=True, empty_selects_all=True, chunk=flags.number("chunk-size")
        ).select()
    )
    if errors and getattr(errors[0], "reason", "") == "NotFound" and len(errors) == 1 and len(call.args) == 2:
        _describe_matching(call, errors[0])
        return
    with_events = _with_events(call, several=len(infos) > 1 or bool(errors))
    texts = _texts(call, infos, errors, with_events)
    call.out("\n\n".join(texts))
    if not infos and not errors:
        where = "" if flags.on("all-namespaces") else f" in {call.namespace} namespace."
        call.err(f"No resources found{where}\n")
    raise_all(errors)


def _with_events(call: Call, *, several: bool) -> bool:
    """Since 1.36 the events of several objects are told only when asked for."""
    told = not several or call.minor < 36 or call.flags.changed("show-events")
    return told and call.flags.on("show-events")


def _texts(call: Call, infos: list[Info], errors: list[Exception], with_events: bool) -> list[str]:
    texts = []
    for info in infos:
        try:
            texts.append(_text(call, info, with_events))
        except CommandError as error:
            if str(error) not in map(str, errors):
                errors.append(error)
    return texts


def _text(call: Call, info: Info, with_events: bool) -> str:
    out = Description(call.api, now=call.ctx.now, minor=call.minor, with_events=with_events)
    obj = info.object
    if "kind" not in obj:
        obj = {"apiVersion": info.kind.api_version, "kind": info.kind.name, **obj}
    describer_of(info.kind)(out, obj)
    return out.text()


def _objects(selection: Selection) -> tuple[list[Info], list[Exception]]:
    """Returns the objects one by one, those of lists as well."""
    infos, errors = selection.infos()
    found: list[Info] = []
    for info in infos:
        if info.is_list:
            found += [
                Info(info.kind, item["metadata"].get("namespace", ""), item["metadata"]["name"], item)
                for item in info.object["items"]
            ]
        else:
            found.append(info)
    return found, errors


def _describe_matching(call: Call, not_found: Exception) -> None:
    """Describes all objects whose names begin with what was given."""
    kind, prefix = call.args
    builder = Builder.of(call, args=(kind,), filenames=(), labels="", empty_selects_all=True, one_type=True)
    infos, errors = _objects(builder.select())
    raise_all(errors)
    matching = [info for info in infos if info.name.startswith(prefix)]
    with_events = _with_events(call, several=True)
    for info in matching:
        call.out(_text(call, info, with_events) + "\n")
    if not matching:
        raise not_found


describers()  # read with the command, so that the first description need not wait for them

COMMAND = Command(
    path="describe",
    usage="describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    short="Show all about one object or several",
    run=run,
    group=TROUBLESHOOTING,
    rank=10,
    long="""
Show all about one object or several.

What is told of an object includes what belongs to it, such as its events.

Objects are chosen by name, by the beginning of their names, by type or by labels. For example

    $ kubectl describe TYPE NAME_PREFIX

looks for an object of that name first, and if there is none, for all whose names begin with NAME_PREFIX.

Use "kubectl api-resources" for a complete list of supported resources.
""",
    examples="""
# A node
kubectl describe nodes worker-1

# A Pod
kubectl describe pods/nginx

# The Pod whose type and name stand in "pod.json"
kubectl describe -f pod.json

# All Pods
kubectl describe pods

# Pods with the label name=myLabel
kubectl describe pods -l name=myLabel

# All Pods of the replication controller 'frontend', whose names begin with its name
kubectl describe pods frontend
""",
    flags=(
        *filename_flags("with the objects to describe"),
        SELECTOR,
        ALL_NAMESPACES,
        Flag(
            "show-events",
            "bool",
            True,
            "If true, tell the events of the objects. Without it they are told for a single object only.",
        ),
        CHUNK_SIZE,
    ),
)
