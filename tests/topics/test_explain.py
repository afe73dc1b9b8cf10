"""explain tells of any field at the cluster's version, of built-in kinds and of a CRD's own.

Source: kubernetes.io, reference/kubectl/generated/kubectl_explain.
"""

import pytest

from tests.console import Console
from tests.topics.test_crd import CRD


def test_a_field_is_explained_with_its_type_and_what_it_is_for(console):
    told = console.ok("kubectl explain deployment.spec.strategy.rollingUpdate.maxSurge")
    assert told.startswith(
        "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n\nFIELD: maxSurge <IntOrString>\n"
    )
    assert "maximum number of pods that can be scheduled above the desired number" in told


def test_recursive_shows_the_tree_of_fields(console):
    told = console.ok("kubectl explain pod.spec.containers --recursive")
    assert "  image\t<string>\n" in told
    assert "  livenessProbe\t<Probe>\n    exec\t<ExecAction>\n      command\t<[]string>\n" in told
    assert "  name\t<string> -required-\n" in told


def test_what_is_not_there_is_said(console):
    assert console.fails("kubectl explain pod.spec.colour") == 'error: field "colour" does not exist\n'
    assert console.fails("kubectl explain bananas") == 'the server doesn\'t have a resource type "bananas"\n'


@pytest.mark.parametrize(("version", "there"), [("1.32", False), ("1.34", True)])
def test_fields_are_those_of_the_clusters_version(version, there):
    told = Console("one-node", version).run("kubectl explain container.restartPolicyRules; "
                                            "kubectl explain pod.spec.containers.restartPolicyRules")  # fmt: skip
    assert ("FIELD: restartPolicyRules" in told.stdout) is there


def test_a_crds_own_fields_are_explained_like_any(console):
    console.write("crd.yaml", CRD)
    console.ok("kubectl apply -f crd.yaml; kubectl wait --for=condition=Established crd/crontabs.stable.example.com")
    told = console.ok("kubectl explain crontabs.spec")
    assert told.startswith(
        "GROUP:      stable.example.com\nKIND:       CronTab\nVERSION:    v1\n\nFIELD: spec <Object>\n"
    )
    assert "    What is wanted.\n" in told
    assert "  cronSpec\t<string> -required-\n    When it runs.\n" in told
    assert "  metadata\t<ObjectMeta>\n" in console.ok("kubectl explain ct --recursive")
