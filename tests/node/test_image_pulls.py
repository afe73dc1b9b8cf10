"""Images that come, and images that do not. Source: pkg/kubelet/images/image_manager.go; containerd's resolver."""

import re
from itertools import pairwise

import pytest

from kubelab.cluster.kinds import Event
from tests.node.lab import Lab

MISSING = (
    'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:doesnotexist": failed '
    'to resolve reference "docker.io/library/nginx:doesnotexist": docker.io/library/nginx:doesnotexist: not found'
)
DENIED = (
    "pull access denied, repository does not exist or may require authorization: server message: "
    "insufficient_scope: authorization failed"
)


def test_a_pull_is_told_from_its_beginning_to_its_end(lab):
    lab.run("web", "nginx")
    lab.started("web")
    assert lab.reasons("web") == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]
    [pulling], [pulled] = lab.said("web", "Pulling"), lab.said("web", "Pulled")
    assert pulling == 'Pulling image "nginx"'
    words = r'Successfully pulled image "nginx" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\.'
    assert re.fullmatch(words, pulled)


@pytest.mark.parametrize(
    ("version", "created", "started"),
    [
        ("1.31", "Created container web", "Started container web"),
        ("1.33", "Created container: web", "Started container web"),
        ("1.36", "Container created", "Container started"),
    ],
)
def test_each_version_words_the_start_in_its_own_way(version, created, started):
    lab = Lab(version)
    lab.run("web", "nginx")
    lab.started("web")
    assert lab.said("web", "Created") == [created]
    assert lab.said("web", "Started") == [started]


def test_a_tagged_image_is_pulled_once_by_a_node(lab):
    for name in ("a", "b"):
        lab.run(name, "nginx:1.27", node="worker-1")
        lab.started(name)
    present = 'Container image "nginx:1.27" already present on machine and can be accessed by the pod'
    assert lab.said("b", "Pulled") == [present]
    assert "Pulling" not in lab.reasons("b")


def test_what_happens_within_one_second_is_listed_in_its_order(lab):
    lab.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: first}, spec: {containers: [{name: a, image: 'nginx:1.27'}]}}"
    )
    lab.started("first")
    node = lab.pod("first")["spec"]["nodeName"]
    lab.run("again", "nginx:1.27", nodeSelector={"kubernetes.io/hostname": node})
    lab.started("again")
    listed = [event for event in lab.api.list(Event, "default") if event["involvedObject"]["name"] == "again"]
    assert [event["reason"] for event in listed] == ["Scheduled", "Pulled", "Created", "Started"]


def test_latest_is_asked_for_again_every_time(lab):
    for name in ("a", "b"):
        lab.run(name, "nginx", node="worker-1")
        lab.started(name)
    assert "Pulling" in lab.reasons("b")


def test_an_image_that_is_on_its_way_already_is_not_brought_twice(lab):
    for name in ("a", "b"):
        lab.run(name, "mysql:8.4", node="worker-1", env=[{"name": "MYSQL_ALLOW_EMPTY_PASSWORD", "value": "1"}])
    for name in ("a", "b"):
        lab.started(name)
    told = [*lab.said("a", "Pulled"), *lab.said("b", "Pulled")]  # whose sandbox is there first asks first
    assert [bool(re.search(r" in \d+\.?\d*s \(", each)) for each in told].count(True) == 1
    assert len([each for each in told if re.search(r" in \d+ms \(\d+\.?\d*s including waiting\)", each)]) == 1


def test_a_node_pulls_one_image_after_the_other(lab):
    lab.run("big", "mysql:8.4", node="worker-1", env=[{"name": "MYSQL_ALLOW_EMPTY_PASSWORD", "value": "1"}])
    lab.until(lambda: "Pulling" in lab.reasons("big"))
    lab.run("small", "redis:8.2", node="worker-1")
    lab.started("small")
    [pulled] = lab.said("small", "Pulled")
    alone, waited = re.search(r"in ([\d.]+)s \(([\d.]+)s including", pulled).groups()
    assert float(waited) > float(alone) + 5


def test_a_missing_tag_is_tried_and_put_off_in_turn(lab):
    lab.run("web", "nginx:doesnotexist")
    words = [word for _, word in lab.words("web", 60)]
    assert words[:6] == [
        "Pending", "ContainerCreating", "ErrImagePull", "ImagePullBackOff", "ErrImagePull", "ImagePullBackOff",
    ]  # fmt: skip
    assert lab.status("web")["phase"] == "Pending"
    assert lab.events("web")[1:] == [
        ("Normal", "Pulling", 'Pulling image "nginx:doesnotexist"'),
        ("Warning", "Failed", f'Failed to pull image "nginx:doesnotexist": {MISSING}'),
        ("Warning", "Failed", "Error: ErrImagePull"),
        ("Normal", "BackOff", 'Back-off pulling image "nginx:doesnotexist"'),
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    ]


def test_the_waits_between_pulls_double_up_to_five_minutes(lab):
    lab.run("web", "nginx:doesnotexist")
    pulls = [time for time, word in lab.words("web", 2400) if word == "ErrImagePull"]
    waits = [after - before for before, after in pairwise(pulls)]
    # A pull, the back-off, and 10 to 15 s until the Pod is looked at again and says so.
    for wait, backoff in zip(waits, [10, 20, 40, 80, 160, 300, 300], strict=False):
        assert backoff - 6 <= wait <= backoff + 33, waits


def test_the_state_says_why_it_waits(lab):
    lab.run("web", "nginx:doesnotexist")
    lab.until(lambda: lab.word("web") == "ErrImagePull")
    assert lab.waiting("web") == ("ErrImagePull", MISSING)
    lab.until(lambda: lab.word("web") == "ImagePullBackOff")
    backoff = f'Back-off pulling image "nginx:doesnotexist": ErrImagePull: {MISSING}'
    assert lab.waiting("web") == ("ImagePullBackOff", backoff)


def test_the_back_off_did_not_repeat_the_error_before_v1_32():
    lab = Lab("1.31")
    lab.run("web", "nginx:doesnotexist")
    lab.until(lambda: lab.word("web") == "ImagePullBackOff")
    assert lab.waiting("web")[1] == 'Back-off pulling image "nginx:doesnotexist"'


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("nosuchimage", 'code = Unknown desc = failed to pull and unpack image "docker.io/library/nosuchimage:latest": '
                        f'failed to resolve reference "docker.io/library/nosuchimage:latest": {DENIED}'),
        ("registry.redhat.io/ubi9", "unable to retrieve auth token: invalid username/password: unauthorized"),
        ("registry.k8s.io/doesnotexist:1", "registry.k8s.io/doesnotexist:1: not found"),
        ("myregistry.local:5000/app:1", 'do request: Head "https://myregistry.local:5000/v2/app/manifests/1": '
                                        "dial tcp: lookup myregistry.local on 192.168.100.1:53: no such host"),
        ("localhost:5000/app", 'Head "http://localhost:5000/v2/app/manifests/latest": dial tcp [::1]:5000: '
                               "connect: connection refused"),
        ("ghcr.io/someone/doesnotexist", "failed to fetch anonymous token: unexpected status"),
    ],
)  # fmt: skip
def test_each_registry_refuses_in_its_own_words(lab, image, why):
    lab.run("web", image)
    lab.until(lambda: lab.word("web") == "ErrImagePull")
    assert why in lab.waiting("web")[1]


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("nginx:la!test", "invalid reference format"),
        ("Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"),
        ("nginx@sha256:abc", "invalid reference format"),
    ],
)
def test_a_name_that_is_none_is_not_even_tried(lab, image, why):
    lab.run("web", image)
    lab.until(lambda: lab.word("web") == "InvalidImageName")
    message = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}'
    assert lab.waiting("web") == ("InvalidImageName", message)
    assert lab.events("web")[1:] == [
        ("Warning", "InspectFailed", message),
        ("Warning", "Failed", "Error: InvalidImageName"),
    ]


def test_never_pulling_needs_the_image_on_the_node(lab):
    lab.run("cache", "redis", imagePullPolicy="Never")
    lab.until(lambda: lab.word("cache") == "ErrImageNeverPull")
    message = 'Container image "redis" is not present with pull policy of Never'
    assert lab.waiting("cache") == ("ErrImageNeverPull", message)
    assert lab.events("cache")[1:] == [
        ("Warning", "ErrImageNeverPull", message),
        ("Warning", "Failed", "Error: ErrImageNeverPull"),
    ]


def test_a_corrected_image_is_pulled_without_waiting_out_the_back_off(lab):
    from kubelab.cluster.kinds import Pod
    from kubelab.cluster.objects import Key

    lab.run("web", "nginx:doesnotexist")
    lab.until(lambda: lab.word("web") == "ImagePullBackOff")
    pod = lab.pod("web")
    container = {**pod["spec"]["containers"][0], "image": "nginx:1.27"}
    lab.api.update(Pod, {**pod, "spec": {**pod["spec"], "containers": [container]}})
    assert lab.started("web") < 10
    assert lab.api.get(Pod, Key("default", "web"))["status"]["containerStatuses"][0]["restartCount"] == 0


def test_the_node_tells_which_images_it_has(lab):
    lab.run("web", "nginx:1.27", node="worker-1")
    lab.started("web")
    lab.advance(15)
    names = [name for image in lab.node("worker-1")["status"]["images"] for name in image["names"]]
    assert "docker.io/library/nginx:1.27" in names


def test_a_node_that_was_kept_goes_on_with_its_pulls(lab):
    lab.run("web", "mysql:8.4", env=[{"name": "MYSQL_ALLOW_EMPTY_PASSWORD", "value": "1"}])
    lab.advance(3)
    other = lab.reloaded()
    assert lab.started("web") == other.started("web")
    assert lab.events("web") == other.events("web")
