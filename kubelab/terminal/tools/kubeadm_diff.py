"""kubeadm upgrade diff: what an upgrade would change in the manifests. Source: cmd/kubeadm/app/cmd/upgrade/diff.go."""

from __future__ import annotations

import difflib
import re

import yaml

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kubeadm import configuration, manifests
from kubelab.terminal.tool import Steps
from kubelab.terminal.tools.kubeadm_call import Call
from kubelab.terminal.tools.kubeadm_upgrade import read_configuration

# The components that are compared, and by which flag another file is named.
FLAGS = {
    "kube-apiserver": "api-server-manifest",
    "kube-controller-manager": "controller-manager-manifest",
    "kube-scheduler": "scheduler-manifest",
}
SEMANTIC = re.compile(r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def diff(call: Call) -> Steps:
    """upgrade diff [VERSION] [-c LINES]"""
    yield from ()
    current = read_configuration(call, "", "/diff")
    wanted = call.words[0] if call.words else current
    if not SEMANTIC.fullmatch(wanted):
        raise call.fail(f'could not parse "{wanted}" as version')
    config = configuration.read(call.cluster) or {}
    made = configuration.static_pods(config, call.node, call.record["ip"], f"v{wanted.removeprefix('v')}")
    for component, flag in FLAGS.items():
        path = call.value(flag, f"{manifests.DIRECTORY}/{component}.yaml")
        try:
            before = call.ctx.read_file(path)
        except FileError as error:
            raise call.fail(f"open {path}: {error.reason.lower()}") from None
        after = yaml.safe_dump(made[f"{component}.yaml"], sort_keys=True)
        lines = difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), path, "new manifest", n=_context(call)
        )
        call.ctx.write("".join(lines))
    return 0


def _context(call: Call) -> int:
    given = call.value("context-lines") or call.short_value("c") or "3"
    if not given.isdigit():
        why = f'strconv.ParseInt: parsing "{given}": invalid syntax'
        raise call.fail(f'invalid argument "{given}" for "-c, --context-lines" flag: {why}')
    return int(given)
