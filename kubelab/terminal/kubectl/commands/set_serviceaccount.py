"""kubectl set serviceaccount (kubectl/pkg/cmd/set/set_serviceaccount.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.pod_templates import SET_FLAGS, Patcher, check_local, meant
from kubelab.terminal.kubectl.recording import RECORD


def run(call: Call) -> None:
    """Sets the service account of Pod templates."""
    patcher = Patcher(call, "serviceaccount updated", "failed to patch ServiceAccountName")
    check_local(call)
    if not call.args:
        raise CommandError("serviceaccount is required")
    *resources, account = call.args
    for info in meant(call, resources):
        after = patcher.change_pod(info, lambda spec: {**spec, "serviceAccountName": account})
        if after is not None:
            patcher.send(info, after, patcher.patch_of(info, after))
    patcher.finish()


COMMAND = Command(
    path="set serviceaccount",
    usage="set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    short="Set the service account of a pod template",
    run=run,
    aliases=("sa",),
    long="""
Set the service account of pod templates.

Possible resources (case insensitive) can be:

replicationcontroller (rc), deployment (deploy), daemonset (ds), job, replicaset (rs), statefulset
""",
    examples="""
# Deployment nginx-deployment runs as serviceaccount1
kubectl set serviceaccount deployment nginx-deployment serviceaccount1

# Only show what a file would come to, without asking the server
kubectl set sa -f nginx-deployment.yaml serviceaccount1 --local --dry-run=client -o yaml
""",
    flags=(RECORD, *SET_FLAGS),
)
