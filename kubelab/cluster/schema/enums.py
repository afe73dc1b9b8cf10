"""Fields that may have few values only, which the JSON schemas of the package do not say.

The API server tells them in its OpenAPI documents (feature OpenAPIEnums), where explain reads them; what is
valid is decided elsewhere. Facts of the types marked "+enum" in k8s.io/api.
"""

from __future__ import annotations

from functools import cache

from kubelab.cluster.schema.definitions import Definition, definitions

_ACTIONS = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_CONDITIONS = ("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")
_HOOK = {
    "failurePolicy": ("Fail", "Ignore"),
    "matchPolicy": ("Equivalent", "Exact"),
    "sideEffects": ("None", "NoneOnDryRun", "Some", "Unknown"),
}
_CONTAINER = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "terminationMessagePolicy": ("FallbackToLogsOnError", "File"),
}
_NODE_INCLUSION = ("Honor", "Ignore")
_PREEMPTION = ("Never", "PreemptLowerPriority")
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_RECLAIM = ("Delete", "Recycle", "Retain")
_SCOPES = "BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating"
_VOLUME_MODES = ("Block", "Filesystem")

_VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "admissionregistration.v1.MutatingWebhook": {**_HOOK, "reinvocationPolicy": ("IfNeeded", "Never")},
    "admissionregistration.v1.ValidatingWebhook": _HOOK,
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {"failurePolicy": ("Fail", "Ignore")},
    "admissionregistration.v1.MatchResources": {"matchPolicy": ("Equivalent", "Exact")},
    "apps.v1.DaemonSetUpdateStrategy": {"type": ("OnDelete", "RollingUpdate")},
    "apps.v1.DeploymentStrategy": {"type": ("Recreate", "RollingUpdate")},
    "apps.v1.StatefulSetSpec": {"podManagementPolicy": ("OrderedReady", "Parallel")},
    "apps.v1.StatefulSetUpdateStrategy": {"type": ("OnDelete", "RollingUpdate")},
    "batch.v1.CronJobSpec": {"concurrencyPolicy": ("Allow", "Forbid", "Replace")},
    "batch.v1.JobSpec": {
        "completionMode": ("Indexed", "NonIndexed"),
        "podReplacementPolicy": ("Failed", "TerminatingOrFailed"),
    },
    "batch.v1.PodFailurePolicyOnExitCodesRequirement": {"operator": ("In", "NotIn")},
    "batch.v1.PodFailurePolicyRule": {"action": ("Count", "FailIndex", "FailJob", "Ignore")},
    "core.v1.AppArmorProfile": {"type": _PROFILES},
    "core.v1.AzureDiskVolumeSource": {
        "cachingMode": ("None", "ReadOnly", "ReadWrite"),
        "kind": ("Dedicated", "Managed", "Shared"),
    },
    "core.v1.Container": _CONTAINER,
    "core.v1.ContainerPort": {"protocol": _PROTOCOLS},
    "core.v1.EndpointPort": {"protocol": _PROTOCOLS},
    "core.v1.EphemeralContainer": _CONTAINER,
    "core.v1.HTTPGetAction": {"scheme": ("HTTP", "HTTPS")},
    "core.v1.HostPathVolumeSource": {
        "type": ("", *"BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket".split())
    },
    "core.v1.ImageVolumeSource": {"pullPolicy": ("Always", "IfNotPresent", "Never")},
    "core.v1.NamespaceStatus": {"phase": ("Active", "Terminating")},
    "core.v1.NodeSelectorRequirement": {"operator": _CONDITIONS},
    "core.v1.NodeStatus": {"phase": ("Pending", "Running", "Terminated")},
    "core.v1.PersistentVolumeClaimSpec": {"volumeMode": _VOLUME_MODES},
    "core.v1.PersistentVolumeClaimStatus": {"phase": ("Bound", "Lost", "Pending")},
    "core.v1.PersistentVolumeSpec": {"persistentVolumeReclaimPolicy": _RECLAIM, "volumeMode": _VOLUME_MODES},
    "core.v1.PersistentVolumeStatus": {"phase": ("Available", "Bound", "Failed", "Pending", "Released")},
    "core.v1.PodSecurityContext": {
        "fsGroupChangePolicy": ("Always", "OnRootMismatch"),
        "supplementalGroupsPolicy": ("Merge", "Strict"),
    },
    "core.v1.PodSpec": {
        "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        "preemptionPolicy": _PREEMPTION,
        "restartPolicy": ("Always", "Never", "OnFailure"),
    },
    "core.v1.PodStatus": {
        "phase": ("Failed", "Pending", "Running", "Succeeded", "Unknown"),
        "qosClass": ("BestEffort", "Burstable", "Guaranteed"),
    },
    "core.v1.PortStatus": {"protocol": _PROTOCOLS},
    "core.v1.ScopedResourceSelectorRequirement": {
        "operator": ("DoesNotExist", "Exists", "In", "NotIn"),
        "scopeName": tuple(_SCOPES.split()),
    },
    "core.v1.SeccompProfile": {"type": _PROFILES},
    "core.v1.SecurityContext": {"procMount": ("Default", "Unmasked")},
    "core.v1.ServicePort": {"protocol": _PROTOCOLS},
    "core.v1.ServiceSpec": {
        "externalTrafficPolicy": ("Cluster", "Local"),
        "internalTrafficPolicy": ("Cluster", "Local"),
        "ipFamilyPolicy": ("PreferDualStack", "RequireDualStack", "SingleStack"),
        "sessionAffinity": ("ClientIP", "None"),
        "type": ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    },
    "core.v1.Taint": {"effect": _ACTIONS},
    "core.v1.Toleration": {"effect": _ACTIONS, "operator": ("Equal", "Exists")},
    "core.v1.TopologySpreadConstraint": {
        "nodeAffinityPolicy": _NODE_INCLUSION,
        "nodeTaintsPolicy": _NODE_INCLUSION,
        "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    },
    "core.v1.VolumeMount": {"mountPropagation": ("Bidirectional", "HostToContainer", "None")},
    "discovery.v1.EndpointPort": {"protocol": _PROTOCOLS},
    "discovery.v1.EndpointSlice": {"addressType": ("FQDN", "IPv4", "IPv6")},
    "networking.v1.HTTPIngressPath": {"pathType": ("Exact", "ImplementationSpecific", "Prefix")},
    "networking.v1.IngressPortStatus": {"protocol": _PROTOCOLS},
    "networking.v1.NetworkPolicyPort": {"protocol": _PROTOCOLS},
    "policy.v1.PodDisruptionBudgetSpec": {"unhealthyPodEvictionPolicy": ("AlwaysAllow", "IfHealthyBudget")},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": _PREEMPTION},
    "storage.v1.StorageClass": {
        "reclaimPolicy": _RECLAIM,
        "volumeBindingMode": ("Immediate", "WaitForFirstConsumer"),
    },
}

# Values that came later, by the definition and field that they joined and the minor version.
_LATER: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {
    ("core.v1.ScopedResourceSelectorRequirement", "scopeName"): (34, ("VolumeAttributesClass",)),
    ("core.v1.Toleration", "operator"): (35, ("Gt", "Lt")),
}


@cache
def told_definitions(version: str) -> dict[str, Definition]:
    """Returns the definitions of a version as the API server tells them: with the values that fields may have.

    The cache is sound: definitions never change, and there is one entry for each supported version.
    """
    found = dict(definitions(version))
    minor = int(version.partition(".")[2])
    for short, fields in _VALUES.items():
        name = f"io.k8s.api.{short}"
        properties = dict(found[name]["properties"])
        for field, values in fields.items():
            if field in properties:  # newer versions have more fields
                since, later = _LATER.get((short, field), (0, ()))
                known = (*values, *later) if minor >= since else values
                properties[field] = _with_values(properties[field], sorted(known))
        found[name] = {**found[name], "properties": properties}
    return found


def _with_values(schema: Definition, values: list[str]) -> Definition:
    lines = "".join(f'\n - `"{value}"`' for value in values)
    description = f"{schema.get('description', '')}\n\nPossible enum values:{lines}"
    return {**schema, "description": description, "enum": values}
