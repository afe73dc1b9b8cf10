"""fsGroup: the kubelet gives what is on a volume to a group before a Pod's containers start.

Only where a volume is a Pod's own disk: not with NFS, not with hostPath. Source: pkg/volume/volume_linux.go
(SetVolumeOwnership); kubernetes.io, tasks/configure-pod-container/security-context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.files import FileSystem
from kubelab.cluster.node import csi, machinefiles
from kubelab.cluster.node.volume_specs import BLOCK, VolumeSpec

if TYPE_CHECKING:
    from kubelab.cluster.node.podwork import PodWork

FILES, DIRECTORIES = 0o660, 0o2770  # bits that are added


def give_to_group(work: PodWork, spec: VolumeSpec) -> None:
    """Gives a volume's files to the Pod's fsGroup, where it names one."""
    context = work.pod["spec"].get("securityContext") or {}
    group = context.get("fsGroup")
    if group is None or spec.mode == BLOCK or spec.read_only:
        return
    if spec.plugin == "csi":
        if "fsType" not in spec.source or spec.source["fsType"] == "nfs4":
            return
        now = work.now
        files, root = FileSystem(csi.disk_name(spec.source["volumeHandle"]), work.cluster.store, lambda: now), "/"
    else:
        files, root = machinefiles.of(work.cluster, work.node.name), spec.source["path"]
    if context.get("fsGroupChangePolicy") == "OnRootMismatch" and files.stat(root).group == str(group):
        return
    for path in list(files.walk(root)):
        found = files.stat(path, follow=False)
        if found.type != "link":
            files.chown(path, None, str(group))
            files.chmod(path, found.mode | (DIRECTORIES if found.is_dir else FILES))
