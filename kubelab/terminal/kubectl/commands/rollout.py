"""kubectl rollout: what becomes of a workload's changes; each of its commands has a file of its own."""

from __future__ import annotations

from kubelab.terminal.kubectl.command import DEPLOY, Command

COMMAND = Command(
    path="rollout",
    usage="rollout SUBCOMMAND",
    short="Follow, undo or restart the rollout of a workload",
    group=DEPLOY,
    rank=10,
    suggest_for=("rollback",),
    long="""
Follow, undo or restart the rollout of one or several workloads.

Workloads that are rolled out:

*  deployments
*  daemonsets
*  statefulsets
""",
    examples="""
# Go back to what the Deployment was before
kubectl rollout undo deployment/abc

# Follow the rollout of a DaemonSet
kubectl rollout status daemonset/foo

# Restart the Pods of a Deployment
kubectl rollout restart deployment/abc

# Restart those of all Deployments with the label 'app=nginx'
kubectl rollout restart deployment --selector=app=nginx
""",
)
