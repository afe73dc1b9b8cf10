"""kubectl explain, against real kubectl."""

import pytest

from tests.kubectl.judged import Judged

LINES = """
explain
explain a b
explain pod
explain pod.
explain pods.spec
explain pod.spec.containers
explain pod.spec.containers.resources.limits
explain pods.spec.volumes.emptyDir.sizeLimit
explain deploy.spec.template
explain deployments.apps
explain deployments.apps.spec.strategy
explain deployment.apps.spec
explain svc.spec.ports.targetPort
explain cm.data
explain crd.spec.versions.schema.openAPIV3Schema
explain ev.series
explain nope
explain pods.nope
explain pods.spec.nope
explain node.status --recursive
explain deploy.spec --recursive
explain svc --recursive
explain hpa --api-version=autoscaling/v1
explain hpa --api-version=autoscaling/v9
explain pods --api-version=apps/v1
explain pods --output=foo
explain pod.spec.restartPolicy
explain pod.spec.volumes.hostPath.type
explain pod.spec.volumes.hostPath
explain pod.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.matchExpressions
explain pods.status --recursive
explain sc.volumeBindingMode
""".strip().splitlines()


@pytest.fixture(scope="module")
def judged():
    judged = Judged("1.33")
    yield judged
    judged.close()


@pytest.mark.parametrize("line", LINES)
def test_fields_are_explained_as_real_kubectl_does(judged, line):
    judged.same(line)


def test_the_old_format_says_that_it_is_not_simulated(console):
    wrong = "error: the output format plaintext-openapiv2 is not simulated; use plaintext\n"
    assert console.fails("kubectl explain pods --output=plaintext-openapiv2") == wrong
