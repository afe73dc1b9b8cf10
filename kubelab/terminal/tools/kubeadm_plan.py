"""The tables of `kubeadm upgrade plan`.

Source: cmd/kubeadm/app/cmd/upgrade/plan.go, phases/upgrade/compute.go; v1.36.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.klog import klog
from kubelab.cluster.kubeadm import images, upgrade
from kubelab.cluster.releases import PATCHES, release_of
from kubelab.terminal.tools.kubeadm_call import Call

LINE = "_____________________________________________________________________"
MANUAL = (
    "Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':"
)
CONFIGS = """
The table below shows the current state of component configs as understood by this version of kubeadm.
Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the "PREFERRED VERSION" column.

API GROUP                 CURRENT VERSION   PREFERRED VERSION   MANUAL UPGRADE REQUIRED
kubeproxy.config.k8s.io   v1alpha1          v1alpha1            no
kubelet.config.k8s.io     v1beta1           v1beta1             no"""


def healthy(call: Call) -> None:
    """Checks the cluster's health."""
    call.say("[upgrade] Running cluster health checks")
    waiting = [name for name in upgrade.control_planes(call.cluster) if not upgrade.is_ready(call.cluster, name)]
    if waiting:
        names = " ".join(waiting)
        call.preflight([("ControlPlaneNodesReady", f"there are NotReady control-planes in the cluster: [{names}]")])


def tell(call: Call, version: str) -> None:
    """Writes the plan.

    Args:
        version: the cluster's, by kubeadm-config: "v1.36.2".
    """
    healthy(call)
    call.say("[upgrade] Fetching available versions to upgrade to")
    call.say(f"[upgrade/versions] Cluster version: {version.removeprefix('v')}")
    call.say(f"[upgrade/versions] kubeadm version: {call.release}")
    newest, own, here = max(PATCHES), call.minor, upgrade.minor_of(version)
    if newest > own:
        remote = release_of(f"1.{newest}")
        text = f"version.go:260] remote version is much newer: {remote}; falling back to: stable-1.{own}"
        call.ctx.error(klog(call.ctx.now, text, 4127) + "\n")
    target = f"v{call.words[0].removeprefix('v')}" if call.words else release_of(f"1.{own}")
    call.say(f"[upgrade/versions] Target version: {target}")
    call.say(f"[upgrade/versions] Latest version in the v1.{here} series: {release_of(f'1.{here}')}\n")
    series = release_of(f"1.{here}")
    found = False
    if upgrade.number_of(series) > upgrade.number_of(version):
        _upgrade(call, version, series, f"version in the v1.{here} series", manual=True)
        found = True
    if upgrade.number_of(target) > upgrade.number_of(version) and target != series:
        _upgrade(call, version, target, "stable version", manual=not found)
        found = True
    if not found:
        call.say("Awesome, you're up-to-date! Enjoy!")
        return
    call.say(f"{CONFIGS}\n{LINE}\n")


def _upgrade(call: Call, version: str, target: str, kind: str, *, manual: bool) -> None:
    """Writes what one of the possible upgrades changes."""
    if manual:
        call.say(MANUAL)
        kubelets = upgrade.kubelets(call.cluster)
        rows = [("kubelet", node, found, target) for node, found in kubelets.items()]
        _table(call, sorted(rows, key=lambda row: (upgrade.number_of(row[2]), row[1])))
        call.say("")
    call.say(f"Upgrade to the latest {kind}:\n")
    masters = upgrade.control_planes(call.cluster)
    rows = [
        (component, node, upgrade.image_of(call.cluster, node, component), target)
        for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        for node in masters
    ]
    minor = f"1.{upgrade.minor_of(target)}"
    dns = images.coredns(minor).rpartition(":")[2]
    rows.append(("kube-proxy", "", version.removeprefix("v"), target))
    rows.append(("CoreDNS", "", _dns(call) or dns, dns))
    after = images.etcd(minor).rpartition(":")[2]
    rows += [("etcd", node, upgrade.image_of(call.cluster, node, "etcd"), after) for node in masters]
    _table(call, rows)
    call.say(
        f"\nYou can now apply the upgrade by executing the following command:\n\n\tkubeadm upgrade apply {target}\n"
    )
    if upgrade.number_of(call.release) < upgrade.number_of(target):
        call.say(f"Note: Before you can perform this upgrade, you have to update kubeadm to {target}.\n")
    call.say(LINE + "\n")


def _dns(call: Call) -> str:
    found = call.cluster.store.get("/registry/deployments/kube-system/coredns")
    return found["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2] if found else ""


def _table(call: Call, rows: Sequence[tuple[str, ...]]) -> None:
    heads = ("COMPONENT", "NODE", "CURRENT", "TARGET")
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    for row in [heads, *rows]:
        call.say("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
