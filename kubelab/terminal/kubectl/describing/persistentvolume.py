"""kubectl describe persistentvolume."""

from __future__ import annotations

from kubelab.cluster.kinds.storage import access_modes, class_name
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.claims import phase
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks
from kubelab.terminal.kubectl.describing.volumes import SOURCES, Source, source

_FIRST = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "nfs", "iscsi", "glusterfs", "rbd", "quobyte",
    "vsphereVolume", "cinder", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "local", "cephfs",
    "storageos", "fc", "azureFile", "flexVolume", "flocker", "csi",
)  # fmt: skip


def _sources() -> dict[str, Source]:
    """A PersistentVolume's sources are those of a Pod's volumes, but for some that name another namespace."""
    sources = {name: SOURCES[name] for name in _FIRST}
    glusterfs, azure_file, csi = (sources[name].fields for name in ("glusterfs", "azureFile", "csi"))
    sources["glusterfs"] = sources["glusterfs"]._replace(
        fields=(glusterfs[0], ("EndpointsNamespace", "endpointsNamespace", UNSET), *glusterfs[1:])
    )
    sources["azureFile"] = sources["azureFile"]._replace(
        fields=(azure_file[0], ("SecretNamespace", "secretNamespace", ""), *azure_file[1:])
    )
    sources["csi"] = sources["csi"]._replace(fields=(*csi[:2], ("VolumeHandle", "volumeHandle", ""), *csi[2:]))
    return sources


_SOURCES = _sources()


def describe(out: Description, pv: Object) -> None:
    """Writes the description of a PersistentVolume."""
    spec, status = pv.get("spec") or {}, pv.get("status") or {}
    head(out, pv, namespaced=False)
    marks(out, pv)
    out.field("Finalizers", pv["metadata"].get("finalizers") or [])
    out.field("StorageClass", class_name(pv))
    out.field("Status", phase(out, pv))
    claim = spec.get("claimRef")
    out.field("Claim", f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "")
    out.field("Reclaim Policy", spec.get("persistentVolumeReclaimPolicy", ""))
    out.field("Access Modes", access_modes(spec.get("accessModes") or ()))
    if spec.get("volumeMode"):
        out.field("VolumeMode", spec["volumeMode"])
    out.field("Capacity", str((spec.get("capacity") or {}).get("storage", "0")))
    _node_affinity(out, spec.get("nodeAffinity") or {})
    out.field("Message", status.get("message", ""))
    out.heading("Source")
    source(out, spec, _SOURCES)
    tell_events(out, pv)


def _node_affinity(out: Description, affinity: Object) -> None:
    required = affinity.get("required")
    out.put("Node Affinity:\t")
    if required is None:
        out.put(f"{NONE}\n")
        return
    out.put("\n")
    terms = required.get("nodeSelectorTerms") or ()
    out.put(f"Required Terms:\t{'' if terms else NONE}\n", 1)
    for place, term in enumerate(terms):
        out.put(f"Term {place}:\t", 2)
        requirements = term.get("matchExpressions") or ()
        if not requirements:
            out.put(f"{NONE}\n")
        for at, requirement in enumerate(requirements):
            if at:
                out.put("\t", 2)
            values = f" [{', '.join(requirement['values'])}]" if requirement.get("values") else ""
            out.put(f"{requirement['key']} {requirement['operator'].lower()}{values}\n")


DESCRIBERS = {"PersistentVolume": describe}
