"""Namespaces: made ready for use, closed while they end, gone when they are empty.

Source: kubernetes.io, tasks/administer-cluster/namespaces; pkg/controller/namespace.
"""

import pytest

from tests.cluster.lab import condition, deployment


@pytest.fixture
def shop(lab):
    lab.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    lab.advance(1)
    lab.namespace = "shop"
    return lab


def test_a_namespace_is_active_labelled_and_has_its_account_and_certificate(shop):
    namespace = shop.get("namespaces", "shop")
    assert namespace["status"] == {"phase": "Active"}
    assert namespace["spec"] == {"finalizers": ["kubernetes"]}
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": "shop"}
    assert [found["metadata"]["name"] for found in shop.items("serviceaccounts")] == ["default"]
    assert [found["metadata"]["name"] for found in shop.items("configmaps")] == ["kube-root-ca.crt"]


def test_the_default_account_comes_back(shop):
    shop.delete("serviceaccounts", "default")
    shop.advance(1)
    assert shop.find("serviceaccounts", "default")


def test_an_ending_namespace_takes_nothing_new_and_goes_when_its_pods_have(shop):
    shop.create(deployment())
    shop.until(lambda: shop.ready(3, app="web"))
    shop.delete("namespaces", "shop")
    assert shop.get("namespaces", "shop")["status"]["phase"] == "Terminating"
    refused = shop.refused(shop.create, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}})
    assert (refused.code, refused.message) == (
        403,
        'configmaps "late" is forbidden: unable to create new content in namespace shop because it is being terminated',
    )
    assert refused.details["causes"] == [
        {"reason": "NamespaceTerminating", "message": "namespace shop is being terminated",
         "field": "metadata.namespace"}
    ]  # fmt: skip
    shop.until(lambda: shop.find("namespaces", "shop") is None, 90)
    assert shop.items("pods") == shop.items("deployments") == shop.items("replicasets") == []


def test_what_holds_a_namespace_is_told_in_its_conditions(shop):
    shop.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["kubelab.dev/x"]}}
    )
    shop.delete("namespaces", "shop")
    shop.advance(30)
    namespace = shop.get("namespaces", "shop")
    remaining = condition(namespace, "NamespaceContentRemaining")
    assert (remaining["status"], remaining["reason"]) == ("True", "SomeResourcesRemain")
    assert remaining["message"] == "Some resources are remaining: configmaps. has 1 resource instances"
    finalizers = condition(namespace, "NamespaceFinalizersRemaining")
    assert finalizers["message"] == (
        "Some content in the namespace has finalizers remaining: kubelab.dev/x in 1 resource instances"
    )
    assert condition(namespace, "NamespaceDeletionDiscoveryFailure")["message"] == (
        "All resources successfully discovered"
    )
    shop.patch("cm", "held", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    shop.until(lambda: shop.find("namespaces", "shop") is None, 60)


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_the_systems_namespaces_cannot_be_deleted(lab, name):
    words = lab.refusal(lab.delete, "namespaces", name)
    assert words == f'namespaces "{name}" is forbidden: this namespace may not be deleted'
