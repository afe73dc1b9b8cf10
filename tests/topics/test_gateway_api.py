"""The Gateway API with its controller: kinds, what is refused, what statuses say, how requests are routed.

Source: gateway-api.sigs.k8s.io (v1.2), guides and reference/spec; docs.nginx.com/nginx-gateway-fabric (1.6); nginx/
nginx-gateway-fabric, internal/mode/static/state/conditions.
"""

from __future__ import annotations

import json

import pytest

from tests.console import Console
from tests.topics.networking import CODE
from tests.topics.test_ingress import IP, furnish

FRONT = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec:
  gatewayClassName: nginx
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: front}]
  hostnames: [shop.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
"""
SHOP = f"--resolve shop.example.com:80:{IP} http://shop.example.com"


@pytest.fixture
def lab() -> Console:
    console = Console("three-nodes-gateway")
    furnish(console)
    put(console, FRONT)
    return console


def put(console: Console, text: str) -> str:
    """Apply a manifest as a learner does; returns what kubectl says."""
    console.write("manifest.yaml", text)
    found = console.run("kubectl apply -f manifest.yaml")
    console.advance(2)
    return found.stdout + found.stderr


def conditions(console: Console, resource: str, path: str) -> dict[str, tuple[str, str, str]]:
    listed = json.loads(console.ok(f"kubectl get {resource} -o jsonpath='{{.status{path}.conditions}}'"))
    return {each["type"]: (each["status"], each["reason"], each["message"]) for each in listed}


def test_the_standard_kinds_are_there(console):
    url = "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.2.1/standard-install.yaml"
    console.ok(f"kubectl apply -f {url}")
    console.advance(2)
    listed = console.ok("kubectl api-resources --api-group=gateway.networking.k8s.io --no-headers")
    assert [line.split()[-1] for line in listed.splitlines()] == [
        "GatewayClass", "Gateway", "GRPCRoute", "HTTPRoute", "ReferenceGrant"]  # fmt: skip
    put(console, FRONT)
    assert console.ok("kubectl get gateway --no-headers").split()[:3] == ["front", "nginx", "Unknown"]
    assert conditions(console, "gateway front", "")["Programmed"] == ("Unknown", "Pending", "Waiting for controller")
    assert 'no matches for kind "TLSRoute"' in put(console, ROUTE.replace("HTTPRoute", "TLSRoute"))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("protocol: HTTP,", "protocol: HTTP, tls: {},", "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"),
    ("- {name: http, port", "- {name: http, port: 81, protocol: HTTP}\n  - {name: http, port",
     "Listener name must be unique within the Gateway"),
    ("name: http,", "name: http, hostname: 'a.*.b',", "hostname in body should match"),
])  # fmt: skip
def test_gateways_that_make_no_sense_are_refused(lab, old, new, message):
    assert message in put(lab, FRONT.replace(old, new))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("port: 80}", "weight: 1}", "Must have port for Service reference"),
    ("- backendRefs", "- filters: [{type: URLRewrite}]\n    backendRefs",
     "filter.urlRewrite must be specified for URLRewrite filter.type"),
    ("- backendRefs", "- filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]\n    backendRefs",
     "RequestRedirect filter must not be used together with backendRefs"),
])  # fmt: skip
def test_routes_that_make_no_sense_are_refused(lab, old, new, message):
    assert message in put(lab, ROUTE.replace(old, new))


def test_a_listener_says_what_is_wrong_with_it(lab):
    tls = "  - {name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}\n"
    put(lab, FRONT + "  - {name: raw, port: 5432, protocol: TCP}\n" + tls)
    assert conditions(lab, "gateway front", "")["Accepted"] == (
        "True", "ListenersNotValid", "Gateway has at least one valid listener")  # fmt: skip
    raw, tls = (conditions(lab, "gateway front", f".listeners[{number}]") for number in (1, 2))
    assert raw["Accepted"] == ("False", "UnsupportedProtocol",
                               'protocol: Unsupported value: "TCP": supported values: "HTTP", "HTTPS"')  # fmt: skip
    missing = 'tls.certificateRefs[0]: Invalid value: "default/shop": secret does not exist'
    assert tls["ResolvedRefs"] == ("False", "InvalidCertificateRef", missing) == tls["Accepted"]
    assert "(7) Failed to connect" in lab.fails(f"curl -sSk https://{IP}/")
    lab.ok("openssl req -x509 -nodes -newkey rsa:2048 -keyout tls.key -out tls.crt -days 365 "
           "-subj /CN=shop.example.com -addext subjectAltName=DNS:shop.example.com 2>/dev/null")  # fmt: skip
    lab.ok("kubectl create secret tls shop --cert=tls.crt --key=tls.key")
    put(lab, ROUTE)
    assert conditions(lab, "gateway front", ".listeners[2]")["Programmed"][0] == "True"
    https = f"--resolve shop.example.com:443:{IP} https://shop.example.com/"
    assert "Welcome to nginx" in lab.ok(f"curl -sS --cacert tls.crt {https}")


def test_one_gateway_is_served_and_a_second_one_is_told_so(lab):
    lab.advance(2)
    put(lab, FRONT.replace("name: front", "name: second"))
    ignored = "The resource is ignored due to a conflicting Gateway resource"
    assert conditions(lab, "gateway second", "")["Accepted"] == ("False", "GatewayConflict", ignored)
    assert lab.ok("kubectl get gateway front --no-headers").split()[3] == "True"


@pytest.mark.parametrize(("old", "new", "reason", "message"), [
    ("{name: front}", "{name: front, sectionName: https}", "NoMatchingParent",
     "Listener is not found for this parent ref"),
    ("- backendRefs", "- matches: [{path: {type: RegularExpression, value: '/a.*'}}]\n    backendRefs",
     "UnsupportedValue", 'All rules are invalid: spec.rules[0].matches[0].path.type: Unsupported value: '
     '"RegularExpression": supported values: "Exact", "PathPrefix"'),
    ("- backendRefs", "- filters: [{type: RequestMirror, requestMirror: {backendRef: {name: api, port: 80}}}]\n"
     "    backendRefs", "UnsupportedValue", 'All rules are invalid: spec.rules[0].filters[0].type: Unsupported value: '
     '"RequestMirror": supported values: "RequestRedirect", "URLRewrite", "RequestHeaderModifier", '
     '"ResponseHeaderModifier", "ExtensionRef"'),
])  # fmt: skip
def test_a_route_that_is_not_accepted_says_why(lab, old, new, reason, message):
    put(lab, ROUTE.replace(old, new))
    assert conditions(lab, "httproute shop", ".parents[0]")["Accepted"] == ("False", reason, message)
    assert lab.ok(f"curl {CODE} {SHOP}/") == "404"


def test_a_listener_chooses_names_and_namespaces_that_it_serves(lab):
    put(lab, FRONT.replace("name: http,", "name: http, hostname: '*.example.org',"))
    put(lab, ROUTE)
    assert conditions(lab, "httproute shop", ".parents[0]")["Accepted"][1] == "NoMatchingListenerHostname"
    put(lab, FRONT.replace("{from: All}", "{from: Selector, selector: {matchLabels: {team: shop}}}"))
    assert conditions(lab, "httproute shop", ".parents[0]")["Accepted"][1] == "NotAllowedByListeners"
    lab.ok("kubectl label namespace default team=shop")
    lab.ok("kubectl annotate httproute shop touched=1")
    lab.advance(2)
    assert "Welcome to nginx" in lab.ok(f"curl -sS {SHOP}/")


def test_a_route_leads_into_another_namespace_only_by_a_grant(lab):
    lab.ok("kubectl create namespace back")
    lab.ok("kubectl -n back create deployment far --image=nginx")
    lab.ok("kubectl -n back expose deployment far --port=80")
    lab.advance(20)
    put(lab, ROUTE.replace("{name: web, port: 80}", "{name: far, namespace: back, port: 80}"))
    refused = "Backend ref to Service back/far not permitted by any ReferenceGrant"
    told = conditions(lab, "httproute shop", ".parents[0]")
    assert told["ResolvedRefs"] == ("False", "RefNotPermitted", refused) and told["Accepted"][0] == "True"
    assert lab.ok(f"curl {CODE} {SHOP}/") == "500"
    put(
        lab,
        """
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: from-default, namespace: back}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
  to: [{group: '', kind: Service}]
""",
    )
    assert conditions(lab, "httproute shop", ".parents[0]")["ResolvedRefs"][0] == "True"
    assert "Welcome to nginx" in lab.ok(f"curl -sS {SHOP}/")


MORE = """
  - matches: [{path: {value: /half}}]
    backendRefs: [{name: web, port: 80, weight: 0}, {name: api, port: 80, weight: 10}]
    filters:
    - {type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /v1/}}}
  - matches: [{path: {value: /v1}, headers: [{name: x-team, value: blue}]}]
    backendRefs: [{name: api, port: 80}]
  - matches: [{queryParams: [{name: to, value: api}], path: {value: /v1}}]
    backendRefs: [{name: api, port: 80}]
  - matches: [{method: DELETE}]
    backendRefs: [{name: api, port: 80}]
  - matches: [{path: {type: Exact, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: new.example.com, statusCode: 301}}]
  - matches: [{path: {value: /headers}}]
    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: X-Served-By, value: lab}], remove: [Content-Type]}
    backendRefs: [{name: web, port: 80}]
"""


def test_requests_are_matched_weighed_rewritten_and_redirected(lab):
    put(lab, ROUTE + MORE)
    assert {lab.ok(f"curl -sS {SHOP}/half") for _ in range(3)} == {"the api\n"}
    assert lab.ok(f"curl -sS -H 'X-Team: blue' {SHOP}/v1/") == "the api\n"
    assert lab.ok(f"curl -sS {SHOP}/v1/?to=api") == "the api\n"
    assert lab.ok(f"curl {CODE} {SHOP}/v1/") == "404"  # web has no such page
    assert lab.ok(f"curl {CODE} -X DELETE {SHOP}/v1/") == "405"
    head = lab.ok(f"curl -sSI {SHOP}/old")
    assert head.startswith("HTTP/1.1 301") and "Location: https://new.example.com/old\r" in head
    head = lab.ok(f"curl -sSI {SHOP}/headers")
    assert "X-Served-By: lab" in head and "Content-Type" not in head


def test_a_grpc_route_leads_calls_of_a_method_to_its_service(lab):
    put(
        lab,
        """
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls}
spec:
  parentRefs: [{name: front}]
  hostnames: [grpc.example.com]
  rules:
  - matches: [{method: {service: shop.v1.Orders, method: List}}, {method: {service: shop.v1.Stock}}]
    backendRefs: [{name: api, port: 80}]
""",
    )
    assert conditions(lab, "grpcroute calls", ".parents[0]")["Accepted"][0] == "True"
    listed = lab.ok("kubectl get gateway front -o jsonpath='{.status.listeners[0].supportedKinds[*].kind}'")
    assert listed == "HTTPRoute GRPCRoute"
    calls = f"curl {CODE} -X POST --resolve grpc.example.com:80:{IP} http://grpc.example.com"
    pages = {
        path: lab.ok(f"{calls}/{path}") for path in ("shop.v1.Orders/List", "shop.v1.Orders/Put", "shop.v1.Stock/Get")
    }
    assert pages["shop.v1.Orders/Put"] == "404"
    assert '"POST /shop.v1.Orders/List HTTP/1.1"' in lab.ok("kubectl logs deploy/api")
    assert '"POST /shop.v1.Stock/Get HTTP/1.1"' in lab.ok("kubectl logs deploy/api")
    wrong = put(lab, lab.read("manifest.yaml").replace("{service: shop.v1.Stock}", "{type: Exact}"))
    assert "One or both of 'service' or 'method' must be specified" in wrong
