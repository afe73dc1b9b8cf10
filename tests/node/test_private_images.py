"""Images that one has to log in for, and the Secrets that Pods name for it.

Source: kubernetes.io, tasks/configure-pod-container/pull-image-private-registry.
"""

from __future__ import annotations

import pytest

from tests.console import Console

HUB = "https://index.docker.io/v1/"
POD = """
apiVersion: v1
kind: Pod
metadata: {name: private-reg}
spec:
  containers: [{name: app, image: "janedoe/jdoe-private:v1"}]
  imagePullSecrets: [{name: regcred}]
"""


@pytest.fixture
def console() -> Console:
    return Console()


def log_in(console: Console, server: str = HUB, password: str = "secret") -> None:
    console.ok(
        f"kubectl create secret docker-registry regcred --docker-server={server} --docker-username=janedoe"
        f" --docker-password={password} --docker-email=jane@example.com"
    )


def reason(console: Console) -> str:
    return console.ok("kubectl get pod private-reg --no-headers").split()[2]


def test_nobody_pulls_a_private_image_without_logging_in(console: Console) -> None:
    console.ok("kubectl run private-reg --image=janedoe/jdoe-private:v1")
    console.advance(5)
    assert reason(console) == "ErrImagePull"
    assert "pull access denied, repository does not exist or may require authorization" in console.ok(
        "kubectl describe pod private-reg"
    )


def test_a_secret_of_the_registry_lets_the_node_pull(console: Console) -> None:
    log_in(console)
    console.apply(POD)
    console.advance(10)
    assert reason(console) == "Running"


def test_a_service_account_gives_its_pods_the_secret(console: Console) -> None:
    log_in(console)
    console.ok("""kubectl patch serviceaccount default -p '{"imagePullSecrets": [{"name": "regcred"}]}'""")
    console.ok("kubectl run private-reg --image=janedoe/jdoe-private:v1")
    console.advance(10)
    assert reason(console) == "Running"


@pytest.mark.parametrize("how", [{"server": "https://quay.io"}, {"password": "wrong"}], ids=["server", "password"])
def test_a_secret_of_another_registry_or_a_wrong_password_does_not(console: Console, how: dict[str, str]) -> None:
    log_in(console, **how)
    console.apply(POD)
    console.advance(5)
    assert reason(console) == "ErrImagePull"


def test_a_secret_that_is_not_there_is_told(console: Console) -> None:
    console.apply(POD)
    console.advance(5)
    told = "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed."
    assert told in console.ok("kubectl get events --field-selector reason=FailedToRetrieveImagePullSecret")
    log_in(console)
    console.advance(120)
    assert reason(console) == "Running"
