"""kubectl proxy: the API on a port of the workstation. Source: kubectl/pkg/cmd/proxy, kubectl/pkg/proxy."""

import json

import pytest

from tests.kubectl.workloads import POD

PODS = "http://127.0.0.1:8001/api/v1/namespaces/default/pods"


@pytest.fixture
def proxied(console):
    def start(flags=""):
        console.run(f"kubectl proxy {flags} > proxy.log 2>&1 &")
        console.advance(1)
        return console

    return start


def test_curl_asks_the_api_through_it_without_credentials(proxied):
    console = proxied()
    console.apply(POD)
    assert console.read("proxy.log") == "Starting to serve on 127.0.0.1:8001\n"
    found = json.loads(console.ok(f"curl -s {PODS}"))
    assert [found["kind"], found["items"][0]["metadata"]["name"]] == ["PodList", "p"]
    assert json.loads(console.ok("curl -s localhost:8001/version"))["major"] == "1"
    assert json.loads(console.ok(f"curl -s -X DELETE {PODS}/p"))["kind"] == "Pod"
    assert console.ok("curl -s localhost:8001/nope") == "404 page not found\n"


def test_it_asks_as_the_user_of_the_kubeconfig(proxied):
    console = proxied("--as=system:serviceaccount:default:default")
    refused = json.loads(console.ok(f"curl -s {PODS}"))
    assert 'User "system:serviceaccount:default:default" cannot list resource "pods"' in refused["message"]


@pytest.mark.parametrize(
    ("flags", "path", "status"),
    [
        ("", "/api/v1/namespaces/default/pods/p/exec", 403),
        ("--disable-filter", "/api/v1/nodes", 200),
        ("--accept-paths='^/version'", "/api/v1/nodes", 403),
        ("--reject-paths='^/api/v1/nodes'", "/api/v1/nodes", 403),
        ("--reject-methods=GET", "/version", 403),
        ("--api-prefix=/custom/", "/custom/version", 200),
        ("--api-prefix=/custom/", "/version", 404),
    ],
)
def test_filters_and_the_prefix_say_what_may_be_asked(proxied, flags, path, status):
    console = proxied(f"-p 8005 {flags}")
    assert console.ok(f"curl -s -o /dev/null -w '%{{http_code}}' 127.0.0.1:8005{path}") == str(status)


def test_its_port_is_closed_when_it_ends(proxied):
    console = proxied()
    assert "bind: address already in use" in console.fails("kubectl proxy")
    console.run("kill %1")
    console.advance(1)
    assert console.run(f"curl -s {PODS}").exit == 7
    assert "Starting to serve on 127.0.0.1:" in console.run("timeout 1 kubectl proxy --port=0").stdout


@pytest.mark.parametrize("flag", ["--www=.", "--unix-socket=/tmp/s"])
def test_what_is_not_simulated_says_so(console, flag):
    assert "not simulated in KubeLab" in console.fails(f"kubectl proxy {flag}")
