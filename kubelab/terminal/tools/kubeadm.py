"""kubeadm on the nodes: upgrades, certificates, tokens, configuration, joining. Source: cmd/kubeadm/app/cmd; v1.36."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kubelab.cluster.node import packages
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools import (
    kubeadm_certs,
    kubeadm_config,
    kubeadm_control_plane,
    kubeadm_diff,
    kubeadm_init,
    kubeadm_join,
    kubeadm_upgrade,
)
from kubelab.terminal.tools.kubeadm_call import Call

HELP = """

    ┌──────────────────────────────────────────────────────────┐
    │ KUBEADM                                                  │
    │ Easily bootstrap a secure Kubernetes cluster             │
    └──────────────────────────────────────────────────────────┘

Usage:
  kubeadm [command]

Available Commands:
  certs       Commands related to handling Kubernetes certificates
  config      Manage configuration for a kubeadm cluster persisted in a ConfigMap in the cluster
  init        Run this command in order to set up the Kubernetes control plane
  join        Run this on any machine you wish to join an existing cluster
  reset       Performs a best effort revert of changes made to this host by 'kubeadm init' or 'kubeadm join'
  token       Manage bootstrap tokens
  upgrade     Upgrade your cluster smoothly to a newer version with this command
  version     Print the version of kubeadm
"""
ACTS = {
    ("upgrade", "plan"): kubeadm_upgrade.plan,
    ("upgrade", "apply"): kubeadm_upgrade.apply,
    ("upgrade", "node"): kubeadm_upgrade.node,
    ("upgrade", "diff"): kubeadm_diff.diff,
    ("certs", "check-expiration"): kubeadm_certs.check_expiration,
    ("certs", "renew"): kubeadm_certs.renew,
    ("certs", "certificate-key"): kubeadm_certs.certificate_key,
    ("config", "images"): kubeadm_config.images,
    ("config", "print"): kubeadm_config.print_defaults,
    ("config", "validate"): kubeadm_config.validate,
    ("config", "migrate"): kubeadm_config.migrate,
    ("token", "create"): kubeadm_join.create_token,
    ("token", "list"): kubeadm_join.list_tokens,
    ("token", "delete"): kubeadm_join.delete_token,
    ("token", "generate"): kubeadm_join.generate_token,
}
SWITCHES = frozenset(
    """
    allow-experimental-api allow-experimental-upgrades allow-missing-template-keys allow-release-candidate-upgrades
    certificate-renewal cleanup-tmp-dir control-plane discovery-token-unsafe-skip-ca-verification dry-run etcd-upgrade f
    force h help print-config print-join-command short show-managed-fields skip-certificate-key-print skip-token-print
    upload-certs y yes
    """.split()
)
ALONE = {"init": kubeadm_init.init, "join": kubeadm_join.join, "reset": kubeadm_join.reset}


@tool("kubeadm")
def kubeadm(ctx: Context) -> Steps:
    """kubeadm init, join, upgrade plan|apply|node|diff, certs, config, token, reset, version"""
    words = _words(ctx.args)
    first, second = (words[0] if words else ""), (words[1] if len(words) > 1 else "")
    yield from ()
    if first == "version":
        return _version(ctx)
    if not first or first == "help":
        ctx.write(HELP)
        return 0
    call = Call(ctx, words[1:] if first in ALONE else words[2:])
    if (first, second) == ("init", "phase"):
        return (yield from kubeadm_control_plane.phase(call))
    if first in ALONE:
        return (yield from ALONE[first](call))
    act = ACTS.get((first, second))
    if act is None:
        raise Exit(1, f"kubeadm {first} {second}".rstrip() + ": KubeLab does not simulate this command\n")
    return (yield from act(call))


def _words(args: Sequence[str]) -> list[str]:
    """Returns the arguments that are neither flags nor flags' values."""
    found, left = [], list(args)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            found.append(word)
        elif "=" not in word and word.lstrip("-") not in SWITCHES and left:
            left.pop(0)
    return found


def _version(ctx: Context) -> int:
    release = f"v{packages.installed(ctx.machine.cluster, node_of(ctx))['kubeadm'].partition('-')[0]}"
    minor = release.split(".")[1]
    args = " ".join(ctx.args)
    if "short" in args:
        ctx.print(release)
    elif "json" in args:
        info = {"major": "1", "minor": minor, "gitVersion": release, "gitTreeState": "clean", "platform": "linux/amd64"}
        ctx.print(json.dumps({"clientVersion": info}, indent=2))
    else:
        ctx.print(
            f'kubeadm version: &version.Info{{Major:"1", Minor:"{minor}", GitVersion:"{release}", '
            'GitTreeState:"clean", Compiler:"gc", Platform:"linux/amd64"}'
        )
    return 0
