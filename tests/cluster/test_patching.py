"""Patches: JSON patch, merge patch, strategic merge patch, apply.

Source: RFC 6902, RFC 7386; kubernetes.io, tasks/manage-kubernetes-objects/update-api-object-kubectl-patch and
reference/using-api/server-side-apply.
"""

import pytest
import yaml

from tests.cluster.lab import deployment

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
FAILED = "the server rejected our request due to an error in our request"


@pytest.fixture
def web(lab):
    manifest = deployment()
    manifest["spec"]["template"]["spec"]["containers"] += [{"name": "log", "image": "busybox:1.36"}]
    lab.create(manifest)
    return lab


def containers(lab):
    return [(c["name"], c["image"]) for c in lab.get("deployments", "web")["spec"]["template"]["spec"]["containers"]]


def test_a_strategic_merge_patch_merges_containers_by_name(web):
    patch = """
    spec:
      template:
        spec:
          containers:
          - name: log
            image: busybox:1.37
          - name: cache
            image: redis:7
    """
    web.patch("deployments", "web", patch, STRATEGIC)
    assert sorted(containers(web)) == [("cache", "redis:7"), ("log", "busybox:1.37"), ("web", "nginx:1.27")]


def test_a_strategic_merge_patch_deletes_and_replaces_by_directive(web):
    web.patch("deployments", "web", {"spec": {"template": {"spec": {"containers": [
        {"name": "log", "$patch": "delete"}]}}}}, STRATEGIC)  # fmt: skip
    assert containers(web) == [("web", "nginx:1.27")]
    web.patch("deployments", "web", {"spec": {"template": {"spec": {"containers": [
        {"name": "only", "image": "httpd:2.4"}, {"$patch": "replace"}]}}}}, STRATEGIC)  # fmt: skip
    assert containers(web) == [("only", "httpd:2.4")]


def test_a_strategic_merge_patch_retains_the_keys_it_names(web):
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert web.patch("deployments", "web", patch, STRATEGIC)["spec"]["strategy"] == {"type": "Recreate"}


def test_a_strategic_merge_patch_needs_the_merge_key(web):
    patch = {"spec": {"template": {"spec": {"containers": [{"image": "redis:7"}]}}}}
    assert "does not contain declared merge key: name" in web.refusal(web.patch, "deployments", "web", patch, STRATEGIC)


def test_a_merge_patch_replaces_lists_and_removes_what_is_null(web):
    web.patch("deployments", "web", {"metadata": {"labels": {"a": "1", "b": "2"}}}, MERGE)
    web.patch("deployments", "web", {"metadata": {"labels": {"a": None}}}, MERGE)
    assert web.get("deployments", "web")["metadata"]["labels"] == {"b": "2"}
    web.patch("deployments", "web", {"spec": {"template": {"spec": {"containers": [
        {"name": "only", "image": "httpd:2.4"}]}}}}, MERGE)  # fmt: skip
    assert containers(web) == [("only", "httpd:2.4")]


def test_a_json_patch_does_its_operations_in_order_or_none(web):
    path = "/spec/template/spec/containers"
    web.patch("deployments", "web", [
        {"op": "test", "path": "/spec/replicas", "value": 3},
        {"op": "replace", "path": f"{path}/0/image", "value": "nginx:1.26"},
        {"op": "remove", "path": f"{path}/1"},
        {"op": "add", "path": f"{path}/-", "value": {"name": "cache", "image": "redis:7"}},
        {"op": "add", "path": "/metadata/labels", "value": {"kubelab.dev/a": "1"}},
        {"op": "copy", "from": "/metadata/labels/kubelab.dev~1a", "path": "/metadata/labels/b"},
    ], JSON)  # fmt: skip
    assert containers(web) == [("web", "nginx:1.26"), ("cache", "redis:7")]
    assert web.get("deployments", "web")["metadata"]["labels"] == {"kubelab.dev/a": "1", "b": "1"}
    for wrong in ({"op": "test", "path": "/spec/replicas", "value": 4}, {"op": "remove", "path": "/spec/nope"}):
        refused = web.refused(web.patch, "deployments", "web",
                              [{"op": "replace", "path": "/spec/replicas", "value": 9}, wrong], JSON)  # fmt: skip
        assert (refused.code, refused.message) == (422, FAILED)
    assert web.get("deployments", "web")["spec"]["replicas"] == 3


def test_a_patch_may_name_the_revision_that_it_means(web):
    patch = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 1}}
    assert web.refusal(web.patch, "deployments", "web", patch, MERGE).startswith(
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified'
    )


def test_a_patch_of_an_unknown_type_is_refused(web):
    assert web.refused(web.patch, "deployments", "web", {}, "text/plain").code == 415


def test_a_patched_object_has_to_be_valid(web):
    words = web.refusal(web.patch, "deployments", "web", {"spec": {"replicas": -1}}, MERGE)
    assert words == (
        'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    )


# apply


def config(**data):
    return yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": data})


def apply(lab, manager, force="", **data):
    return lab.patch("cm", "web", config(**data), APPLY, fieldManager=manager, **({"force": force} if force else {}))


def test_apply_creates_and_its_manager_owns_what_it_said(lab):
    created = apply(lab, "me", a="1")
    (entry,) = created["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"], entry["fieldsV1"]) == ("me", "Apply", {"f:data": {"f:a": {}}})


def test_what_a_manager_no_longer_says_goes(lab):
    apply(lab, "me", a="1", b="2")
    assert apply(lab, "me", a="1")["data"] == {"a": "1"}


def test_what_another_owns_is_a_conflict_unless_forced(lab):
    apply(lab, "me", a="1")
    refused = lab.refused(apply, lab, "you", a="2")
    assert (refused.code, refused.message) == (409, 'Apply failed with 1 conflict: conflict with "me": .data.a')
    assert apply(lab, "you", a="1")["data"] == {"a": "1"}  # the same value is shared
    assert apply(lab, "you", force="true", a="2")["data"] == {"a": "2"}
    managers = {entry["manager"] for entry in lab.get("cm", "web")["metadata"]["managedFields"]}
    assert managers == {"you"}


def test_an_update_takes_over_what_it_changes(lab):
    apply(lab, "me", a="1", b="2")
    lab.patch("cm", "web", {"data": {"a": "9"}}, MERGE, fieldManager="editor")
    words = lab.refusal(apply, lab, "me", a="1", b="2")
    assert words == 'Apply failed with 1 conflict: conflict with "editor" using v1: .data.a'
