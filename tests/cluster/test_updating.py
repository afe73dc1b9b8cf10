"""Updates: optimistic concurrency, identity, generations, and what may not change, word for word.

Source: k8s.io/apiserver registry/rest/update.go; pkg/apis/*/validation.
"""

import pytest

from tests.cluster.lab import Lab, deployment, pod

CONFLICT = "the object has been modified; please apply your changes to the latest version and try again"


def config(name="web", **fields):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}, **fields}


def service(**spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec}}  # fmt: skip


def test_an_update_that_comes_too_late_is_a_conflict(lab):
    old = lab.create(config())
    lab.replace({**old, "data": {"a": "2"}})
    refused = lab.refused(lab.replace, {**old, "data": {"a": "3"}})
    assert (refused.code, refused.reason) == (409, "Conflict")
    assert refused.message == f'Operation cannot be fulfilled on configmaps "web": {CONFLICT}'
    old = lab.create(deployment())
    lab.scale("deployments", "web", 2)
    words = lab.refusal(lab.replace, old)
    assert words == f'Operation cannot be fulfilled on deployments.apps "web": {CONFLICT}'


def test_an_update_without_a_revision_overwrites(lab):
    lab.create(config())
    lab.replace(config(data={"a": "9"}))
    assert lab.get("cm", "web")["data"] == {"a": "9"}


def test_an_update_of_another_uid_is_a_conflict(lab):
    uid = lab.create(config())["metadata"]["uid"]
    words = lab.refusal(lab.replace, {**config(), "metadata": {"name": "web", "uid": "other"}})
    assert words == (
        'Operation cannot be fulfilled on configmaps "web": '
        f"Precondition failed: UID in precondition: other, UID in object meta: {uid}"
    )


def test_an_update_that_changes_nothing_is_not_stored(lab):
    standing = lab.create(config())
    revision = lab.cluster.store.revision
    assert lab.replace(standing)["metadata"]["resourceVersion"] == standing["metadata"]["resourceVersion"]
    assert lab.cluster.store.revision == revision


def test_the_name_in_the_body_is_the_one_in_the_url(lab):
    lab.create(config())
    words = lab.refusal(lab.request, "update", "cm", "web", config("other"))
    assert words == "the name of the object (other) does not match the name on the URL (web)"
    words = lab.refusal(lab.patch, "cm", "web", {"metadata": {"name": "other"}}, "application/merge-patch+json")
    assert words == "the name of the object (other) does not match the name on the URL (web)"


def test_the_generation_counts_changes_of_the_spec_alone(lab):
    lab.create(deployment())
    generations = []
    for patch in ({"metadata": {"labels": {"a": "b"}}}, {"spec": {"replicas": 5}}, {"spec": {"replicas": 5}}):
        generations.append(lab.patch("deployments", "web", patch)["metadata"]["generation"])
    assert generations == [1, 2, 2]


def test_the_status_is_written_by_itself(lab):
    lab.create(deployment())
    changed = lab.patch("deployments", "web", {"status": {"replicas": 7}})
    assert "replicas" not in changed["status"]
    body = {"spec": {"replicas": 9}, "status": {"replicas": 7}}
    lab.patch("deployments", "web", body, subresource="status")
    standing = lab.get("deployments", "web")
    assert (standing["spec"]["replicas"], standing["status"]["replicas"]) == (3, 7)


def test_what_is_not_there_is_not_updated(lab):
    assert lab.refusal(lab.replace, config()) == 'configmaps "web" not found'
    assert lab.refusal(lab.patch, "deployments", "web", {"spec": {}}) == 'deployments.apps "web" not found'


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("1.33", 'v1.LabelSelector{MatchLabels:map[string]string{"app":"x"}, '
                 "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"),
        ("1.34", '{"matchLabels":{"app":"x"}}'),
    ],
)  # fmt: skip
def test_a_selector_is_immutable(version, shown):
    lab = Lab(version)
    lab.create(deployment())
    template = {"metadata": {"labels": {"app": "x"}}}
    patch = {"spec": {"selector": {"matchLabels": {"app": "x"}}, "template": template}}
    words = lab.refusal(lab.patch, "deployments", "web", patch)
    assert words == f'Deployment.apps "web" is invalid: spec.selector: Invalid value: {shown}: field is immutable'


@pytest.mark.parametrize(("version", "shown"), [("1.32", '[]string{"10.96.3.3"}'), ("1.36", '["10.96.3.3"]')])
def test_a_cluster_ip_stays(version, shown):
    lab = Lab(version)
    lab.create(service())
    words = lab.refusal(lab.patch, "services", "web", {"spec": {"clusterIP": "10.96.3.3"}})
    assert words == (f'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: {shown}: may not change once set')


def test_the_type_of_a_secret_is_immutable(lab):
    lab.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}})
    words = lab.refusal(lab.patch, "secrets", "web", {"type": "x"})
    assert words == 'Secret "web" is invalid: type: Invalid value: "x": field is immutable'


def test_what_is_marked_immutable_stays_so(lab):
    lab.create(config(immutable=True))
    why = "Forbidden: field is immutable when `immutable` is set"
    assert lab.refusal(lab.patch, "cm", "web", {"data": {"b": "2"}}) == f'ConfigMap "web" is invalid: data: {why}'
    assert lab.refusal(lab.patch, "cm", "web", {"immutable": False}) == f'ConfigMap "web" is invalid: immutable: {why}'
    lab.patch("cm", "web", {"metadata": {"labels": {"a": "b"}}})


def test_of_a_statefulset_only_a_few_fields_may_change(lab):
    manifest = {**deployment(), "kind": "StatefulSet"}
    manifest["spec"] = {**manifest["spec"], "serviceName": "web"}
    lab.create(manifest)
    lab.scale("statefulsets", "web", 5)
    words = lab.refusal(lab.patch, "statefulsets", "web", {"spec": {"serviceName": "other"}})
    assert words == (
        'StatefulSet.apps "web" is invalid: spec: Forbidden: updates to statefulset spec for fields other than '
        "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    )


UPDATES = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


@pytest.mark.parametrize(
    "spec",
    [
        {"nodeSelector": {"disk": "ssd"}},
        {"containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}]},
        {"terminationGracePeriodSeconds": 5},
        {"restartPolicy": "Never"},
    ],
)
def test_a_pods_spec_is_all_but_immutable(lab, spec):
    lab.create(pod())
    words = lab.refusal(lab.patch, "pods", "web", {"spec": spec})
    assert words.startswith(f'Pod "web" is invalid: spec: Forbidden: {UPDATES}\n')


def test_a_pods_image_deadline_and_further_tolerations_may_change(lab):
    lab.create(pod())
    lab.patch("pods", "web", {"spec": {"containers": [{"name": "main", "image": "nginx:1.26"}]}})
    lab.patch("pods", "web", {"spec": {"activeDeadlineSeconds": 90}})
    tolerations = [*lab.get("pods", "web")["spec"]["tolerations"], {"key": "a", "operator": "Exists"}]
    lab.patch("pods", "web", {"spec": {"tolerations": tolerations}})
    words = lab.refusal(lab.patch, "pods", "web", {"spec": {"tolerations": [{"key": "b", "operator": "Exists"}]}})
    assert words == (
        'Pod "web" is invalid: spec.tolerations: Forbidden: '
        "existing toleration can not be modified except its tolerationSeconds"
    )
    words = lab.refusal(lab.patch, "pods", "web", {"spec": {"activeDeadlineSeconds": 91}})
    assert words == (
        'Pod "web" is invalid: spec.activeDeadlineSeconds: Invalid value: 91: '
        "must be less than or equal to previous value"
    )


def test_containers_do_not_come_or_go(lab):
    lab.create(pod())
    more = [{"name": "second", "image": "nginx"}]
    words = lab.refusal(lab.patch, "pods", "web", {"spec": {"containers": more}})
    assert words == ('Pod "web" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers')
