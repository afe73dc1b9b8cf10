"""Who provisions the volumes of a class: nobody in kube-controller-manager any more.

The in-tree plugins of clouds have moved to CSI drivers, whose names stand for theirs.
Source: pkg/controller/volume/persistentvolume/pv_controller.go (findProvisionablePlugin);
staging/src/k8s.io/csi-translation-lib/plugins.
"""

from __future__ import annotations

IN_TREE = "kubernetes.io/"
MIGRATED = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
}


def external_name(provisioner: str) -> str | None:
    """Returns the name of the external provisioner that a class means, None for a plugin that is not there."""
    if not provisioner.startswith(IN_TREE):
        return provisioner
    return MIGRATED.get(provisioner)
