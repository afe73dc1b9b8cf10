"""Creating objects: what the server adds, and what it refuses.

Source: kubernetes.io, reference/using-api/api-concepts; overview/working-with-objects/names.
"""

import re

import pytest

from tests.cluster.lab import Lab, deployment, pod


def config(name="web", **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": {"a": "1"}}


def test_a_new_object_gets_uid_time_and_revision(lab):
    created = lab.create(config())
    metadata = created["metadata"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", metadata["uid"])
    assert metadata["creationTimestamp"] == lab.cluster.clock.timestamp()
    assert metadata["resourceVersion"] == str(lab.cluster.store.revision)
    assert metadata["namespace"] == "default"
    assert lab.get("cm", "web") == created


def test_a_name_is_there_once(lab):
    lab.create(config())
    refused = lab.refused(lab.create, config())
    assert (refused.code, refused.message) == (409, 'configmaps "web" already exists')
    assert refused.details == {"name": "web", "kind": "configmaps"}
    lab.create(deployment())
    assert lab.refusal(lab.create, deployment()) == 'deployments.apps "web" already exists'


def test_generated_names_end_in_five_letters_that_make_no_word(lab):
    names = {lab.create({**config(), "metadata": {"generateName": "web-"}})["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch(r"web-[bcdfghjklmnpqrstvwxz2456789]{5}", name) for name in names)


def test_a_long_prefix_of_a_generated_name_is_cut(lab):
    name = lab.create({**config(), "metadata": {"generateName": "x" * 70}})["metadata"]["name"]
    assert len(name) == 63
    assert name.startswith("x" * 58)


def test_an_object_needs_a_name(lab):
    assert lab.refusal(lab.create, {**config(), "metadata": {}}) == (
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'
    )


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (
            config("Web_1"),
            'ConfigMap "Web_1" is invalid: metadata.name: Invalid value: "Web_1": a lowercase RFC 1123 subdomain must '
            "consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
            "character (e.g. 'example.com', regex used for validation is "
            r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ),
        (
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "1web"}, "spec": {"ports": [{"port": 80}]}},
            'Service "1web" is invalid: metadata.name: Invalid value: "1web": a DNS-1035 label must consist of lower '
            "case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric "
            "character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        ),
        (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}},
            'Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label must consist '
            "of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. "
            "'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ),
        (
            config(labels={"app": "a b"}),
            'ConfigMap "web" is invalid: metadata.labels: Invalid value: "a b": a valid label must be an empty string '
            "or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
            "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
    ],
)
def test_names_and_labels_have_their_alphabet(lab, manifest, words):
    assert lab.refusal(lab.create, manifest) == words


def test_an_owner_is_named_in_full(lab):
    words = lab.refusal(lab.create, config(ownerReferences=[{"apiVersion": "v1", "kind": "Pod", "name": "web"}]))
    assert words == 'ConfigMap "web" is invalid: metadata.ownerReferences.uid: Invalid value: "": must not be empty'


def test_only_one_owner_is_the_controller(lab):
    owner = {"apiVersion": "v1", "kind": "Pod", "controller": True}
    owners = [{**owner, "name": name, "uid": name} for name in ("a", "b")]
    words = lab.refusal(lab.create, config(ownerReferences=owners))
    assert words.endswith('Only one reference can have Controller set to true. Found "true" in references for a and b')


def test_a_namespace_has_to_be_there(lab):
    refused = lab.refused(lab.create, config(namespace="nope"))
    assert (refused.code, refused.message) == (404, 'namespaces "nope" not found')


def test_the_body_says_the_namespace_of_the_request(lab):
    words = lab.refusal(lab.request, "create", "cm", body=config(namespace="kube-system"), namespace="default")
    assert words == "the namespace of the provided object does not match the namespace sent on the request"


def test_clients_cannot_set_what_is_the_servers(lab):
    created = lab.create(config(uid="mine", resourceVersion="5", creationTimestamp="2020-01-01T00:00:00Z"))
    assert created["metadata"]["uid"] != "mine"
    assert created["metadata"]["creationTimestamp"] == lab.cluster.clock.timestamp()


def test_dry_run_shows_what_would_be_and_keeps_nothing(lab):
    revision = lab.cluster.store.revision
    shown = lab.create(pod(), dryRun="All")
    assert shown["spec"]["restartPolicy"] == "Always"
    assert shown["spec"]["serviceAccountName"] == "default"
    assert lab.find("pods", "web") is None
    assert lab.cluster.store.revision == revision
    assert lab.refusal(lab.create, pod(image=""), dryRun="All").endswith("spec.containers[0].image: Required value")


@pytest.mark.parametrize(("version", "shown"), [("1.33", '[]string{"Some"}'), ("1.34", '["Some"]')])
def test_dry_run_has_one_value(version, shown):
    words = Lab(version).refusal(Lab(version).create, config(), dryRun="Some")
    assert words == (
        f'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: {shown}: supported values: "All"'
    )
