"""kubectl port-forward: the workstation's ports lead into Pods."""

import pytest

from tests.kubectl.workloads import POD

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: p}
spec: {selector: {app: p}, ports: [{port: 8000, targetPort: http, name: web}]}
"""


@pytest.fixture
def served(console):
    console.apply(POD, SERVICE)
    console.advance(30)
    return console


def test_a_local_port_reaches_the_pod(served):
    result = served.run(
        "kubectl port-forward p 8080:80 & sleep 1; curl -s localhost:8080 | grep title; sleep 1; sleep 1"
    )
    assert result.stdout == (
        "Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n"
        "<title>Welcome to nginx!</title>\nHandling connection for 8080\n"
    )


def test_the_port_is_closed_when_the_command_ends(served):
    result = served.run(
        "kubectl port-forward p 8080:80 > /dev/null & sleep 1; kill $!; sleep 1; curl -s localhost:8080"
    )
    assert result.exit == 7


def test_a_services_port_leads_to_its_target_port(served):
    result = served.run("kubectl port-forward svc/p 9000:web & sleep 1; curl -sI localhost:9000 | grep HTTP")
    assert "Forwarding from 127.0.0.1:9000 -> 80\n" in result.stdout
    assert "HTTP/1.1 200 OK" in result.stdout


def test_a_port_that_is_taken_is_told(served):
    result = served.run("kubectl port-forward p 8080:80 > /dev/null & sleep 1; kubectl port-forward p 8080:80")
    assert result.exit == 1
    assert result.stderr.endswith(
        "Unable to listen on port 8080: Listeners failed to create with the following errors: [unable to create "
        "listener: Error listen tcp4 127.0.0.1:8080: bind: address already in use unable to create listener: Error "
        "listen tcp6 [::1]:8080: bind: address already in use]\n"
        "error: unable to listen on any of the requested ports: [{8080 80}]\n"
    )


def test_low_ports_are_for_root_only(served):
    assert "Error listen tcp4 127.0.0.1:80: bind: permission denied" in served.fails("kubectl port-forward p 80")


def test_the_forwarding_ends_with_the_pod(served):
    result = served.run("kubectl port-forward p 8080:80 > /dev/null & sleep 1; kubectl delete pod p --now; wait")
    assert result.stderr.endswith("error: lost connection to pod\n")


def test_a_port_that_nobody_listens_on_breaks_the_connection(served):
    result = served.run("kubectl port-forward p 8080:81 > /dev/null & sleep 1; curl -s localhost:8080; echo $?; wait")
    assert result.stdout.endswith("52\n")
    assert "an error occurred forwarding 8080 -> 81" in result.stderr
    assert result.stderr.endswith("error: lost connection to pod\n")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            "port-forward p",
            "error: TYPE/NAME and list of ports are required for port-forward\n"
            "See 'kubectl port-forward -h' for help and examples\n",
        ),
        ("port-forward p nope", "error: Pod 'p' does not have a named port 'nope'\n"),
        ("port-forward svc/p 1234", "error: Service p does not have a service port 1234\n"),
        (
            "port-forward p 8080:99999",
            "error: error parsing remote port '99999': strconv.ParseUint: parsing \"99999\": value out of range\n",
        ),
        ("port-forward p 8080:80 --address foo", "error: foo is not a valid IP\n"),
    ],
)
def test_wrong_calls_are_refused_in_kubectls_words(served, line, error):
    assert served.fails(f"kubectl {line}") == error
