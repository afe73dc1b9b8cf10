"""Deleting: finalizers, preconditions, grace, and the three ways to treat dependents.

Source: kubernetes.io, concepts/architecture/garbage-collection and overview/working-with-objects/finalizers.
"""

import pytest

from tests.cluster.lab import deployment, pod

HELD = "kubelab.dev/held"


def config(name="web", **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def owned(name, owner, **reference):
    found = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
             "uid": owner["metadata"]["uid"], **reference}  # fmt: skip
    return config(name, ownerReferences=[found])


def test_a_deletion_answers_with_a_status(lab):
    uid = lab.create(config())["metadata"]["uid"]
    assert lab.delete("cm", "web") == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": {"name": "web", "kind": "configmaps", "uid": uid},
    }  # fmt: skip
    assert lab.refusal(lab.delete, "cm", "web") == 'configmaps "web" not found'


def test_a_finalizer_holds_an_object_until_it_is_taken_off(lab):
    lab.create(config(finalizers=[HELD]))
    lab.delete("cm", "web")
    held = lab.get("cm", "web")["metadata"]
    assert held["deletionTimestamp"] == lab.cluster.clock.timestamp()
    assert held["deletionGracePeriodSeconds"] == 0
    words = lab.refusal(lab.patch, "cm", "web", {"metadata": {"finalizers": [HELD, "kubelab.dev/more"]}})
    assert words == (
        'ConfigMap "web" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is '
        'being deleted, found new finalizers []string{"kubelab.dev/more"}'
    )
    lab.patch("cm", "web", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    assert lab.find("cm", "web") is None


def test_a_deletion_may_insist_on_a_uid(lab):
    uid = lab.create(config())["metadata"]["uid"]
    words = lab.refusal(lab.delete, "cm", "web", {"preconditions": {"uid": "other"}})
    assert words == (
        'Operation cannot be fulfilled on configmaps "web": '
        f"Precondition failed: UID in precondition: other, UID in object meta: {uid}"
    )


def test_a_dry_run_deletes_nothing(lab):
    lab.create(config())
    lab.delete("cm", "web", dryRun="All")
    assert lab.find("cm", "web")


def test_a_policy_that_there_is_not_is_refused(lab):
    lab.create(config())
    assert lab.refusal(lab.delete, "cm", "web", propagationPolicy="Nope") == (
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Nope": '
        'supported values: "Foreground", "Background", "Orphan", "nil"'
    )


def test_a_collection_goes_by_its_selector(lab):
    for name, app in (("a", "web"), ("b", "web"), ("c", "db")):
        lab.create(config(name, labels={"app": app}))
    lab.request("deletecollection", "cm", labelSelector="app=web")
    assert [found["metadata"]["name"] for found in lab.items("cm")] == ["c", "kube-root-ca.crt"]


def test_a_pod_without_a_node_goes_at_once(lab):
    lab.create(pod(nodeSelector={"no": "where"}))
    lab.settle()
    lab.delete("pods", "web")
    assert lab.find("pods", "web") is None


def test_a_running_pod_gets_its_grace_and_a_shorter_one_replaces_a_longer(lab):
    lab.create(pod())
    lab.until(lambda: lab.ready(1))
    asked = lab.delete("pods", "web")
    assert asked["metadata"]["deletionGracePeriodSeconds"] == 30
    assert lab.delete("pods", "web", gracePeriodSeconds="5")["metadata"]["deletionGracePeriodSeconds"] == 5
    assert lab.delete("pods", "web", gracePeriodSeconds="9")["metadata"]["deletionGracePeriodSeconds"] == 5
    lab.delete("pods", "web", gracePeriodSeconds="0")
    assert lab.find("pods", "web") is None


# dependents


def test_in_the_background_the_owner_goes_first(lab):
    lab.create(deployment())
    lab.until(lambda: lab.ready(3, app="web"))
    lab.delete("deployments", "web", propagationPolicy="Background")
    assert lab.find("deployments", "web") is None
    assert len(lab.items("replicasets")) == 1
    lab.advance(60)
    assert lab.items("replicasets") == lab.pods() == []


def test_in_the_foreground_the_owner_waits_for_its_dependents(lab):
    lab.create(deployment())
    lab.until(lambda: lab.ready(3, app="web"))
    lab.delete("deployments", "web", propagationPolicy="Foreground")
    lab.advance(0.2)
    standing = lab.get("deployments", "web")
    assert standing["metadata"]["finalizers"] == ["foregroundDeletion"]
    (replicaset,) = lab.items("replicasets")
    assert replicaset["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert len(lab.pods()) == 3
    lab.until(lambda: not lab.pods(), 60)
    lab.advance(1)
    assert lab.items("replicasets") == []
    assert lab.find("deployments", "web") is None


def test_orphans_stay_and_are_adopted_again(lab):
    lab.create(deployment())
    lab.until(lambda: lab.ready(3, app="web"))
    pods = [found["metadata"]["uid"] for found in lab.pods()]
    lab.delete("deployments", "web", propagationPolicy="Orphan")
    lab.advance(1)
    assert lab.find("deployments", "web") is None
    (replicaset,) = lab.items("replicasets")
    assert "ownerReferences" not in replicaset["metadata"]
    lab.create(deployment())
    lab.advance(5)
    (again,) = lab.items("replicasets")
    assert again["metadata"]["uid"] == replicaset["metadata"]["uid"]
    assert again["metadata"]["ownerReferences"][0]["uid"] == lab.get("deployments", "web")["metadata"]["uid"]
    assert [found["metadata"]["uid"] for found in lab.pods()] == pods


def test_what_names_an_owner_that_is_not_there_is_collected(lab):
    lab.create(config("gone"))
    owner = lab.get("cm", "gone")
    lab.delete("cm", "gone")
    lab.create(owned("web", owner))
    lab.advance(1)
    assert lab.find("cm", "web") is None


def test_an_object_lives_as_long_as_one_of_its_owners(lab):
    owners = [lab.create(config(name)) for name in ("a", "b")]
    references = [owned("x", owner)["metadata"]["ownerReferences"][0] for owner in owners]
    lab.create(config("web", ownerReferences=references))
    lab.delete("cm", "a")
    lab.advance(1)
    left = lab.get("cm", "web")["metadata"]["ownerReferences"]
    assert [reference["name"] for reference in left] == ["b"]
    lab.delete("cm", "b")
    lab.advance(1)
    assert lab.find("cm", "web") is None


@pytest.mark.parametrize(("blocks", "stays"), [(True, True), (False, False)])
def test_only_dependents_that_block_hold_a_foreground_deletion(lab, blocks, stays):
    owner = lab.create(config("owner"))
    dependent = owned("web", owner, blockOwnerDeletion=blocks)
    lab.create({**dependent, "metadata": {**dependent["metadata"], "finalizers": [HELD]}})
    lab.delete("cm", "owner", propagationPolicy="Foreground")
    lab.advance(1)
    assert (lab.find("cm", "owner") is not None) is stays
    assert "deletionTimestamp" in lab.get("cm", "web")["metadata"]


def test_an_owner_in_another_namespace_is_none_and_the_event_says_so(lab):
    """concepts/architecture/garbage-collection: since v1.20 such references are reported."""
    lab.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner", "namespace": "kube-public"}})
    uid = lab.get("configmaps", "owner", "kube-public")["metadata"]["uid"]
    lab.create(owned("child", lab.get("configmaps", "owner", "kube-public")))
    lab.until(lambda: lab.find("configmaps", "child") is None, 10)
    assert lab.events("child", "OwnerRefInvalidNamespace") == [
        f'ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: {uid}] does not exist in namespace "default"'
    ]


def test_an_owner_of_a_kind_that_nobody_serves_is_left_in_peace(lab):
    lab.create(owned("child", lab.create(config("owner")), apiVersion="example.com/v1", kind="Widget"))
    lab.advance(60)
    assert lab.find("configmaps", "child")
