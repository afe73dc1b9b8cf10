"""Topic ingress. Source: kubernetes.io, concepts/services-networking/ingress; kubernetes.github.io/ingress-nginx."""

from __future__ import annotations

import pytest

from tests.console import Console
from tests.topics.networking import CODE

IP = "192.168.100.240"
SHOP = f"--resolve shop.example.com:80:{IP} http://shop.example.com"


@pytest.fixture
def lab() -> Console:
    console = Console("three-nodes-ingress")
    furnish(console)
    return console


def furnish(console) -> None:
    """Deploy `web`, and `api` with a page of its own below /v1/."""
    for name in ("web", "api"):
        console.ok(f"kubectl create deployment {name} --image=nginx")
        console.ok(f"kubectl expose deployment {name} --port=80")
    console.advance(20)
    folder = "/usr/share/nginx/html/v1"
    console.ok(f"kubectl exec deploy/api -- sh -c 'mkdir {folder}; echo the api > {folder}/index.html'")


def create(console, *rules: str, more: str = "") -> None:
    console.ok(f"kubectl create ingress shop --class=nginx {' '.join(f'--rule={rule!r}' for rule in rules)} {more}")


def test_hosts_and_paths_lead_to_services_and_the_address_appears(lab):
    create(lab, "shop.example.com/*=web:80", "shop.example.com/v1*=api:80")
    assert lab.get("ingress", "shop")["status"] == {"loadBalancer": {}}
    lab.advance(61)  # the controller writes addresses once a minute
    assert f"nginx   shop.example.com   {IP}   80" in lab.ok("kubectl get ingress shop")
    assert "Scheduled for sync" in lab.ok("kubectl describe ingress shop")
    assert "Welcome to nginx" in lab.ok(f"curl -sS -H 'Host: shop.example.com' http://{IP}/")
    assert lab.ok(f"curl -sS {SHOP}/v1/") == "the api\n"
    assert lab.ok(f"curl {CODE} http://{IP}/") == "404"  # no rule for that name
    seen = lab.ok("kubectl logs deploy/web")
    assert '"192.168.100.10"\n' in seen  # X-Forwarded-For says who asked


def test_path_types_differ(lab):
    create(lab, "shop.example.com/v1/=api:80", "shop.example.com/docs*=web:80")
    assert lab.ok(f"curl {CODE} {SHOP}/v1/") == "200"
    assert lab.ok(f"curl {CODE} {SHOP}/v1/more") == "404"  # Exact
    lab.ok("kubectl exec deploy/web -- sh -c 'mkdir /usr/share/nginx/html/docs; echo docs > "
           "/usr/share/nginx/html/docs/index.html'")  # fmt: skip
    assert lab.ok(f"curl -sS {SHOP}/docs/") == "docs\n"
    assert "<center>nginx</center>" in lab.ok(f"curl -sS {SHOP}/docsmore")  # Prefix goes by whole elements


def test_tls_takes_the_certificate_of_the_name_that_is_asked_for(lab):
    lab.ok("openssl req -x509 -nodes -newkey rsa:2048 -keyout tls.key -out tls.crt -days 365 "
           "-subj /CN=shop.example.com -addext subjectAltName=DNS:shop.example.com 2>/dev/null")  # fmt: skip
    lab.ok("kubectl create secret tls shop --cert=tls.crt --key=tls.key")
    create(lab, "shop.example.com/*=web:80,tls=shop")
    https = f"--resolve shop.example.com:443:{IP} https://shop.example.com/"
    assert "SSL certificate problem: self-signed certificate" in lab.fails(f"curl -sS {https}")
    assert "Welcome to nginx" in lab.ok(f"curl -sS --cacert tls.crt {https}")
    assert "subject: CN=shop.example.com" in lab.run(f"curl -vk -o /dev/null {https}").stderr
    fake = lab.run(f"curl -vk -o /dev/null https://{IP}/").stderr
    assert "Kubernetes Ingress Controller Fake Certificate" in fake
    assert lab.ok(f"curl {CODE} {SHOP}/") == "308"
    assert "80, 443" in lab.ok("kubectl get ingress shop")


def test_the_default_backend_takes_what_no_rule_does(lab):
    lab.ok("kubectl create ingress all --class=nginx --default-backend=api:80")
    assert lab.ok(f"curl -sS http://{IP}/v1/") == "the api\n"


def test_a_backend_without_pods_is_unavailable_and_one_that_refuses_a_bad_gateway(lab):
    create(lab, "shop.example.com/*=web:80")
    lab.ok("kubectl scale deployment web --replicas=0")
    lab.advance(5)
    assert "503 Service Temporarily Unavailable" in lab.ok(f"curl -sS {SHOP}/")
    lab.ok("kubectl scale deployment web --replicas=1")
    lab.ok("""kubectl patch service web -p '{"spec":{"ports":[{"port":80,"targetPort":81}]}}'""")
    lab.advance(10)
    assert "502 Bad Gateway" in lab.ok(f"curl -sS {SHOP}/")


def test_classes_choose_the_controller(lab):
    lab.ok("kubectl create ingress shop --rule='shop.example.com/*=web:80'")
    lab.advance(61)
    assert lab.ok(f"curl {CODE} {SHOP}/") == "404"  # nobody's, without a class
    lab.ok("kubectl delete ingress shop")
    lab.ok("kubectl annotate ingressclass nginx ingressclass.kubernetes.io/is-default-class=true")
    lab.ok("kubectl create ingress shop --rule='shop.example.com/*=web:80'")
    assert lab.get("ingress", "shop")["spec"]["ingressClassName"] == "nginx"
    assert lab.ok(f"curl {CODE} {SHOP}/") == "200"


def test_it_is_installed_from_where_the_project_publishes_it(console):
    url = "https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.14.1/deploy/static/provider"
    assert "deployment.apps/ingress-nginx-controller created" in console.ok(
        f"kubectl apply -f {url}/baremetal/deploy.yaml"
    )
    console.ok("kubectl -n ingress-nginx wait --for=condition=Available deploy/ingress-nginx-controller --timeout=120s")
    console.ok("kubectl create deployment web --image=nginx")
    console.ok("kubectl expose deployment web --port=80")
    create(console, "shop.example.com/*=web:80")
    console.advance(61)
    port = console.get("service", "ingress-nginx-controller", "ingress-nginx")["spec"]["ports"][0]["nodePort"]
    node = console.get("ingress", "shop")["status"]["loadBalancer"]["ingress"][0]["ip"]  # where the controller runs
    assert console.ok(f"curl {CODE} -H 'Host: shop.example.com' http://{node}:{port}/") == "200"


def test_what_an_ingress_cannot_say_is_refused(console):
    said = console.fails("kubectl create ingress bad --rule='*.*.example.com/*=web:80'")
    assert "a wildcard DNS-1123 subdomain must start with '*.'" in said


GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec: {gatewayClassName: nginx, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: front}]
  hostnames: [shop.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
  - matches: [{path: {value: /api}}]
    filters:
    - {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /v1}}}
    backendRefs: [{name: api, port: 80}]
  - matches: [{path: {value: /lost}}]
    backendRefs: [{name: nowhere, port: 80}]
"""


def test_the_gateway_api_does_the_same_with_kinds_of_its_own():
    console = Console("three-nodes-gateway")
    furnish(console)
    console.write("gateway.yaml", GATEWAY)
    console.ok("kubectl apply -f gateway.yaml")
    console.advance(5)
    assert f"front   nginx   {IP}   True" in console.ok("kubectl get gateway")
    said = console.ok("kubectl get httproute shop -o yaml")
    assert 'spec.rules[2].backendRefs[0].name: Not found: "nowhere"' in said
    assert "attachedRoutes: 1" in console.ok("kubectl get gateway front -o yaml")
    assert "Welcome to nginx" in console.ok(f"curl -sS {SHOP}/")
    assert console.ok(f"curl -sS {SHOP}/api/") == "the api\n"
    assert console.ok(f"curl {CODE} {SHOP}/lost") == "500"
    assert console.ok(f"curl {CODE} http://{IP}/") == "404"
    wrong = console.fails("sed 's/PathPrefix/Path/; s/value: .api/value: api/' gateway.yaml | kubectl apply -f -")
    assert "value must be an absolute path" in wrong
