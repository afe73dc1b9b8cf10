"""kubectl set resources (kubectl/pkg/cmd/set/set_resources.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.commands.create_quota import resource_list
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.pod_templates import (
    ALL_AND_SELECTOR,
    CONTAINERS,
    SET_FLAGS_WITH_SELECTOR,
    Change,
    Patcher,
    changed_containers,
    check_local,
    meant,
)
from kubelab.terminal.kubectl.recording import RECORD


def run(call: Call) -> None:
    """Sets what containers ask for and may use at the most."""
    flags = call.flags
    patcher = Patcher(call, "resource requirements updated", "failed to patch resources update to pod template")
    infos = meant(call, call.args)
    if flags.on("all") and flags.text("selector"):
        raise CommandError(ALL_AND_SELECTOR)
    limits, requests = flags.text("limits"), flags.text("requests")
    if not limits and not requests:
        raise CommandError("you must specify an update to requests or limits (in the form of --requests/--limits)")
    check_local(call)
    wanted = {
        "limits": resource_list(limits) if limits else {},
        "requests": resource_list(requests) if requests else {},
    }
    change = _change(patcher, flags.text("containers"), wanted)
    for info in infos:
        patcher.send_changed(info, patcher.change_pod(info, change))
    patcher.finish()


def _change(patcher: Patcher, containers: str, wanted: dict[str, dict[str, str]]) -> Change:
    def change_container(container: Object) -> Object:
        resources = dict(container.get("resources") or {})
        for field, amounts in wanted.items():
            if amounts:
                resources[field] = {**(resources.get(field) or {}), **amounts}
        return {**container, "resources": resources}

    def change(spec: Object) -> Object | None:
        changed, count = changed_containers(spec, containers, change_container)
        if not count:
            patcher.fail(f"error: unable to find container named {containers}")
            return None
        return changed

    return change


COMMAND = Command(
    path="set resources",
    usage="set resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    short="Set the requests and limits of a pod template",
    run=run,
    long="""
Set how much processor time and memory the containers of a pod template ask for, and how much they may use at the most.
A Pod that is scheduled gets what it asks for, and may use more up to its limits.

Where a limit is given for something and no request, the request is the limit.

Possible resources include (case insensitive): Use "kubectl api-resources" for a complete list of supported resources..
""",
    examples="""
# Container nginx of a deployment may use 200m of processor time and 512Mi of memory
kubectl set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi

# Limits and requests of all its containers
kubectl set resources deployment nginx --limits=cpu=200m,memory=512Mi --requests=cpu=100m,memory=256Mi

# Nothing asked for, no limits
kubectl set resources deployment nginx --limits=cpu=0,memory=0 --requests=cpu=0,memory=0

# Only show what a file would come to, without asking the server
kubectl set resources -f path/to/file.yaml --limits=cpu=200m,memory=512Mi --local -o yaml
""",
    flags=(
        RECORD,
        *SET_FLAGS_WITH_SELECTOR,
        CONTAINERS,
        Flag("limits", "string", "", "What a container may use at the most, as 'cpu=100m,memory=256Mi'."),
        Flag("requests", "string", "", "What a container asks for, as 'cpu=100m,memory=256Mi'."),
    ),
)
