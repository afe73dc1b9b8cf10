"""Which runtime a Pod's class asks containerd for, and which ones its configuration has.

Source: pkg/kubelet/runtimeclass; github.com/containerd/containerd, docs/cri/config.md.
"""

from __future__ import annotations

import re

from kubelab.cluster.files import FileError
from kubelab.cluster.kinds import RuntimeClass
from kubelab.cluster.node import machinefiles
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Key

CONFIGURATION = "/etc/containerd/config.toml"
_SECTION = re.compile(r"""^\s*\[plugins\.[^\]]*\bcontainerd\.runtimes\.["']?([\w-]+)["']?\]""", re.MULTILINE)


def failure(work: PodWork) -> str:
    """Returns why a Pod's sandbox cannot be created in the runtime that it asks for; "" where it can."""
    name = work.pod["spec"].get("runtimeClassName")
    if not name:
        return ""
    found = work.cluster.api.find(RuntimeClass, Key("", name))
    if found is None:
        return f'RuntimeClass.node.k8s.io "{name}" not found'
    handler = found.get("handler", "")
    try:
        text = machinefiles.of(work.cluster, work.node.name).read(CONFIGURATION)
    except FileError:
        text = ""
    if not handler or handler in {"runc", *_SECTION.findall(text)}:
        return ""
    return f'rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "{handler}" is configured'
