"""kubectl set selector (kubectl/pkg/cmd/set/set_selector.go)."""

from __future__ import annotations

from dataclasses import replace

from kubelab.cluster.objects import Object, with_metadata, with_spec
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.label_selectors import label_selector
from kubelab.terminal.kubectl.pod_templates import SET_FLAGS, Patcher, meant
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import Info

_FLAG_OF = {flag.name: replace(flag, default=True) for flag in SET_FLAGS if flag.name == "recursive"}


def run(call: Call) -> None:
    """Sets the selector of Services."""
    patcher = Patcher(call, "selector updated")
    if not call.args:
        raise CommandError("one selector is required")
    *resources, text = call.args
    selector = label_selector(text)
    version = call.flags.text("resource-version")
    for info in meant(call, resources):
        after = _selecting(info, selector)
        if version:
            # Its absence before makes it a part of the patch.
            info.object = with_metadata(info.object, resourceVersion=None)
            after = with_metadata(after, resourceVersion=version)
        after = recorded(call, after)
        patcher.send(info, after, patcher.patch_of(info, after))
    patcher.finish()


def _selecting(info: Info, selector: Object) -> Object:
    if (info.kind.group, info.kind.name) != ("", "Service"):
        raise CommandError("setting a selector is only supported for Services")
    if selector.get("matchExpressions"):
        shown = " ".join(
            f"{{{each['key']} {each['operator']} [{' '.join(each.get('values') or ())}]}}"
            for each in selector["matchExpressions"]
        )
        raise CommandError(f"match expression [{shown}] not supported on this object")
    return with_spec(info.object, selector=selector.get("matchLabels") or {})


COMMAND = Command(
    path="set selector",
    usage="set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    short="Set the selector of an object",
    run=run,
    long="""
Set the selector of an object. The new selector takes the place of the one that it may have had.

A selector begins with a letter or a digit; letters, digits, '-', '.' and '_' may follow, 63 at the most. With
--resource-version the object is changed only if it still has that version. Only Services can be changed so.
""",
    examples="""
# Labels and selector before a deployment and its service are created
kubectl create service clusterip my-svc --clusterip="None" -o yaml --dry-run=client > svc.yaml
kubectl set selector --local -f svc.yaml 'environment=qa' -o yaml | kubectl create -f -
kubectl create deployment my-dep --image=nginx -o yaml --dry-run=client > dep.yaml
kubectl label --local -f dep.yaml environment=qa -o yaml | kubectl create -f -
""",
    flags=(
        RECORD,
        *(_FLAG_OF.get(flag.name, flag) for flag in SET_FLAGS if flag.name != "kustomize"),
        Flag("resource-version", "string", "", "Change the one object only if it still has this version."),
    ),
)
