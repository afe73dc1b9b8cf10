"""kubelet --version: which kubelet is installed. The kubelet itself runs as a unit (systemctl)."""

from __future__ import annotations

from kubelab.cluster.node import packages
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, tool


@tool("kubelet")
def kubelet(ctx: Context) -> int:
    """kubelet --version"""
    if "--version" not in ctx.args:
        raise Exit(1, "kubelet: KubeLab runs it as a unit: systemctl start kubelet\n")
    version = packages.installed(ctx.machine.cluster, node_of(ctx))["kubelet"].partition("-")[0]
    ctx.print(f"Kubernetes v{version}")
    return 0
