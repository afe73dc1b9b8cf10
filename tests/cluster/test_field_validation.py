"""Unknown fields and wrong types, in the words of Go's decoders.

Source: kubernetes.io, reference/using-api/api-concepts ("Validation for unrecognized or duplicate fields").
"""

import pytest

from tests.cluster.lab import deployment, pod


def with_container(**fields):
    manifest = pod()
    manifest["spec"]["containers"][0].update(fields)
    return manifest


def with_spec(**fields):
    manifest = deployment()
    manifest["spec"].update(fields)
    return manifest


HANDLED = 'Pod in version "v1" cannot be handled as a Pod: '


def test_an_unknown_field_is_refused_warned_of_or_dropped(lab):
    manifest = with_spec(foo=1)
    refused = lab.refused(lab.create, manifest, fieldValidation="Strict")
    assert (refused.code, refused.message) == (
        400,
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"',
    )
    created = lab.create(manifest, fieldValidation="Warn")
    assert lab.warnings == ['unknown field "spec.foo"']
    assert "foo" not in created["spec"]
    lab.delete("deployments", "web")
    lab.create(manifest, fieldValidation="Ignore")
    assert lab.warnings == []


def test_unknown_fields_are_named_with_their_place(lab):
    manifest = with_container(imagePullPolic="Always", ports=[{"port": 80, "containerPort": 80}])
    words = lab.refusal(lab.create, {**manifest, "extra": True}, fieldValidation="Strict")
    assert words == (
        f'{HANDLED}strict decoding error: unknown field "spec.containers[0].imagePullPolic", '
        'unknown field "spec.containers[0].ports[0].port", unknown field "extra"'
    )


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (
            with_spec(replicas="three"),
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go '
            "struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {**pod(), "spec": {"containers": {"name": "main"}}},
            f"{HANDLED}json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type "
            "[]v1.Container",
        ),
        (
            with_container(image=1),
            f"{HANDLED}json: cannot unmarshal number into Go struct field Container.spec.containers.image "
            "of type string",
        ),
        (
            with_container(env=[{"name": "A", "value": True}]),
            f"{HANDLED}json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value "
            "of type string",
        ),
        (
            pod(labels={"a": 1}),
            f"{HANDLED}json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            pod(requests={"cpu": "much"}),
            f"{HANDLED}quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            with_container(ports=[{"containerPort": "80"}]),
            f"{HANDLED}json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports."
            "containerPort of type int32",
        ),
        (
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "data": {"a": "no base64!"}},
            'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 2',
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(lab, manifest, words):
    refused = lab.refused(lab.create, manifest)
    assert (refused.code, refused.message) == (400, words)


def test_another_kind_than_the_urls_is_refused(lab):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}
    words = lab.refusal(lab.request, "create", "pods", body=body)
    assert words == (
        'ConfigMap in version "v1" cannot be handled as a Pod: '
        "converting (v1.ConfigMap) to (core.Pod): unknown conversion"
    )


def test_nulls_and_empty_collections_say_nothing(lab):
    created = lab.create({**with_container(env=[], command=None), "metadata": {"name": "web", "labels": {}}})
    assert "labels" not in created["metadata"]
    assert not {"env", "command"} & set(created["spec"]["containers"][0])


def test_quantities_are_kept_in_their_canonical_form(lab):
    requests = lab.create(pod(requests={"cpu": "0.1", "memory": "1024Mi"}))["spec"]["containers"][0]["resources"]
    assert requests == {"requests": {"cpu": "100m", "memory": "1Gi"}}
