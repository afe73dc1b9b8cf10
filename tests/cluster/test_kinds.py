"""Every built-in kind that the versions have in their stable form is served under its names.

Source: `kubectl api-resources` of clusters of these versions.
"""

import pytest

from kubelab.cluster import kinds
from kubelab.cluster.schema.definitions import IDENTITY, VERSIONS, definitions, name_of
from tests.cluster.lab import Lab, deployment, pod
from tests.topics.test_rbac import JANE

# What the schemas name besides kinds that one can ask for.
NO_RESOURCES = {
    "APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "DeleteOptions", "Eviction", "Scale", "Status",
    "TokenRequest", "WatchEvent",
}  # fmt: skip
TEMPLATE = deployment("x")["spec"]
WORK = {"template": {"spec": {**pod("x")["spec"], "restartPolicy": "Never"}}}
SPECS = {
    "Job": WORK,
    "ReplicationController": {**TEMPLATE, "selector": {"app": "x"}},
    "CronJob": {"schedule": "@daily", "jobTemplate": {"spec": WORK}},
    "Pod": pod("x")["spec"],
    "Service": {"ports": [{"port": 80}]},
    "Ingress": {"defaultBackend": {"service": {"name": "x", "port": {"number": 80}}}},
    "IngressClass": {"controller": "example.com/x"},
    "PersistentVolume": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}},
    "PersistentVolumeClaim": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"), TEMPLATE),
}


DEFINED = {
    "group": "example.com",
    "scope": "Cluster",
    "names": {"plural": "xs", "kind": "X"},
    "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}],
}
SPECS["CustomResourceDefinition"] = DEFINED
SPECS["CertificateSigningRequest"] = {"request": JANE, "signerName": "example.com/signer", "usages": ["client auth"]}
RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["x"]}]
SPECS["ValidatingAdmissionPolicy"] = {
    "matchConstraints": {"resourceRules": RULES},
    "validations": [{"expression": "true"}],
}
SPECS["MutatingAdmissionPolicy"] = {
    "matchConstraints": {"resourceRules": RULES},
    "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}],
    "reinvocationPolicy": "Never",
}
SPECS["MutatingAdmissionPolicyBinding"] = {"policyName": "x"}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}
SPECS["HorizontalPodAutoscaler"] = {"maxReplicas": 2, "scaleTargetRef": TARGET}
SPECS["ValidatingAdmissionPolicyBinding"] = {"policyName": "x", "validationActions": ["Deny"]}
SPECS["APIService"] = {
    "group": "example.com",
    "version": "v1",
    "service": {"name": "x", "namespace": "default"},
    "groupPriorityMinimum": 100,
    "versionPriority": 100,
    "insecureSkipTLSVerify": True,
}
NAMES = {"CustomResourceDefinition": "xs.example.com", "APIService": "v1.example.com"}


def name_in(kind):
    return NAMES.get(kind.name, "x")


def manifest(kind):
    obj = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {"name": name_in(kind)}}
    if kind.name in SPECS:
        obj["spec"] = {name: value for name, value in SPECS[kind.name].items() if kind.name != "DaemonSet" or
                       name != "replicas"}  # fmt: skip
    if kind.name in ("RoleBinding", "ClusterRoleBinding"):
        obj["roleRef"] = {"kind": "ClusterRole", "name": "view"}
    if kind.name == "StorageClass":
        obj["provisioner"] = "example.com/nfs"
    if kind.name == "RuntimeClass":
        obj["handler"] = "runc"
    if kind.name == "PodTemplate":
        obj["template"] = TEMPLATE["template"]
    return {**obj, "addressType": "IPv4"} if kind.name == "EndpointSlice" else obj


@pytest.mark.parametrize("version", VERSIONS)
def test_every_stable_kind_of_the_schema_is_served(version):
    served = {(kind.group, kind.version, kind.name) for kind in kinds.for_version(version).served()}
    known = {
        (identity["group"], identity["version"], identity["kind"])
        for definition in definitions(version).values()
        for identity in definition.get(IDENTITY, ())
    }
    stable = {(group, v, name) for group, v, name in known if "alpha" not in v and "beta" not in v}
    assert {
        found for found in stable - served if not found[2].endswith("List") and found[2] not in NO_RESOURCES
    } == set()
    assert {found for found in served if name_of(version, *found) is None} == set()


@pytest.mark.parametrize("version", ["1.31", "1.34", "1.37"])
def test_every_kind_is_created_read_listed_patched_and_deleted(version):
    lab = Lab(version)
    for kind in lab.cluster.resources.served():
        if not {"create", "list"} <= set(kind.verbs):
            continue
        created = lab.request("create", kind, body=manifest(kind)).object
        assert (created["apiVersion"], created["kind"]) == (kind.api_version, kind.name)
        assert ("namespace" in created["metadata"]) is kind.namespaced, kind
        assert lab.request("get", kind, name_in(kind)).object["metadata"]["uid"] == created["metadata"]["uid"]
        listed = lab.request("list", kind).object
        assert listed["kind"] == f"{kind.name}List"
        assert name_in(kind) in [found["metadata"]["name"] for found in listed["items"]], kind
        table = lab.request("list", kind, accept="Table").object
        assert all(len(row["cells"]) == len(table["columnDefinitions"]) for row in table["rows"]), kind
        labelled = {"metadata": {"labels": {"a": "b"}}}
        patched = lab.request(
            "patch", kind, name_in(kind), labelled, content_type="application/merge-patch+json"
        ).object
        assert patched["metadata"]["labels"]["a"] == "b"
        lab.request("delete", kind, name_in(kind), gracePeriodSeconds="0")


@pytest.mark.parametrize(
    ("short", "resource"),
    [
        ("cm", "configmaps"), ("ep", "endpoints"), ("ev", "events"), ("limits", "limitranges"), ("ns", "namespaces"),
        ("no", "nodes"), ("pvc", "persistentvolumeclaims"), ("pv", "persistentvolumes"), ("po", "pods"),
        ("rc", "replicationcontrollers"), ("quota", "resourcequotas"), ("sa", "serviceaccounts"), ("svc", "services"),
        ("crd", "customresourcedefinitions.apiextensions.k8s.io"), ("ds", "daemonsets.apps"),
        ("deploy", "deployments.apps"), ("rs", "replicasets.apps"), ("sts", "statefulsets.apps"),
        ("hpa", "horizontalpodautoscalers.autoscaling"), ("cj", "cronjobs.batch"),
        ("csr", "certificatesigningrequests.certificates.k8s.io"), ("ing", "ingresses.networking.k8s.io"),
        ("netpol", "networkpolicies.networking.k8s.io"), ("pdb", "poddisruptionbudgets.policy"),
        ("pc", "priorityclasses.scheduling.k8s.io"), ("sc", "storageclasses.storage.k8s.io"),
        ("deployments.apps", "deployments.apps"), ("deployments.v1.apps", "deployments.apps"),
        ("Deployment", "deployments.apps"), ("deployment", "deployments.apps"),
    ],
)  # fmt: skip
def test_a_kind_is_found_by_its_names(lab, short, resource):
    assert lab.kind(short).resource == resource


def test_all_means_what_it_means_to_kubectl(lab):
    of_all = {kind.resource for kind in lab.cluster.resources if "all" in kind.categories}
    assert of_all == {
        "pods", "replicationcontrollers", "services", "daemonsets.apps", "deployments.apps", "replicasets.apps",
        "statefulsets.apps", "horizontalpodautoscalers.autoscaling", "cronjobs.batch", "jobs.batch",
    }  # fmt: skip


def test_reviews_are_answered_and_not_kept(lab):
    count = lab.cluster.store.count()
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
              "spec": {"resourceAttributes": {"verb": "delete", "resource": "nodes"}}}  # fmt: skip
    assert lab.create(review)["status"]["allowed"] is True
    nobody = {**review, "kind": "SubjectAccessReview", "spec": {**review["spec"], "user": "nobody"}}
    assert lab.create(nobody)["status"] == {"allowed": False}
    who = lab.create({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    assert who["status"]["userInfo"]["username"] == "kubernetes-admin"
    assert lab.cluster.store.count() == count
