"""What ingress-nginx's annotations do. Source: kubernetes.github.io/ingress-nginx, user-guide/nginx-configuration/
annotations; examples/auth/basic, canary, affinity/cookie; htpasswd(1)."""

from __future__ import annotations

import pytest

from kubelab.cluster.node.programs.apr1 import apr1, is_password
from tests.console import Console
from tests.topics.networking import CODE
from tests.topics.test_ingress import IP, SHOP, create, furnish


@pytest.fixture
def lab() -> Console:
    console = Console("three-nodes-ingress")
    furnish(console)
    create(console, "shop.example.com/*=web:80")
    return console


def annotate(console: Console, ingress: str = "shop", **annotations: str) -> None:
    words = " ".join(
        f"nginx.ingress.kubernetes.io/{name.replace('_', '-')}='{value}'" for name, value in annotations.items()
    )
    console.ok(f"kubectl annotate --overwrite ingress {ingress} {words}")


def test_passwords_are_hashed_as_openssl_hashes_them():
    assert apr1("bar", "xyz12345") == "$apr1$xyz12345$cPvcicuY/AZ6q05KezD8Z/"  # openssl passwd -apr1
    assert is_password("bar", "$apr1$xyz12345$cPvcicuY/AZ6q05KezD8Z/") and not is_password("baz", apr1("bar", "a"))


def test_basic_authentication_asks_for_a_user_of_the_secret(lab):
    annotate(lab, auth_type="basic", auth_secret="basic-auth", auth_realm="Authentication Required - foo")
    assert lab.ok(f"curl {CODE} {SHOP}/") == "503"  # the Secret is missing
    said = lab.run("htpasswd -c auth foo", "bar\nbar\n")
    assert "Adding password for user foo" in said.stderr and lab.read("auth").startswith("foo:$apr1$")
    lab.ok("kubectl create secret generic basic-auth --from-file=auth")
    head = lab.ok(f"curl -sSi {SHOP}/")
    assert head.startswith("HTTP/1.1 401") and 'WWW-Authenticate: Basic realm="Authentication Required - foo"' in head
    assert "401 Authorization Required" in head
    assert lab.ok(f"curl {CODE} -u foo:baz {SHOP}/") == "401"
    assert "Welcome to nginx" in lab.ok(f"curl -sS -u foo:bar {SHOP}/")


def test_only_some_addresses_are_let_in(lab):
    annotate(lab, whitelist_source_range="10.0.0.0/8,172.16.0.1")
    assert "403 Forbidden" in lab.ok(f"curl -sS {SHOP}/")
    annotate(lab, whitelist_source_range="192.168.100.0/24")
    assert lab.ok(f"curl {CODE} {SHOP}/") == "200"


def test_a_canary_takes_its_share_or_those_who_ask_for_it(lab):
    lab.ok("kubectl create ingress canary --class=nginx --rule='shop.example.com/*=api:80'")
    annotate(lab, "canary", canary="true", canary_weight="0", canary_by_header="X-Canary")
    page = f"{SHOP}/v1/"
    assert lab.ok(f"curl {CODE} {page}") == "404"
    assert lab.ok(f"curl -sS -H 'X-Canary: always' {page}") == "the api\n"
    annotate(lab, "canary", canary_weight="50")
    seen = [lab.ok(f"curl {CODE} {page}") for _ in range(30)]
    assert 5 < seen.count("200") < 25
    assert {lab.ok(f"curl {CODE} -H 'X-Canary: never' {page}") for _ in range(5)} == {"404"}
    annotate(lab, "canary", canary_weight="100")
    assert lab.ok(f"curl -sS {page}") == "the api\n"


def test_a_cookie_keeps_a_client_with_its_pod(lab):
    lab.ok("kubectl scale deployment web --replicas=3")
    lab.advance(20)
    annotate(lab, affinity="cookie", session_cookie_name="route", session_cookie_max_age="172800")
    cookie = next(line for line in lab.ok(f"curl -sSi {SHOP}/").splitlines() if line.startswith("Set-Cookie"))
    assert cookie.startswith("Set-Cookie: route=") and cookie.endswith("; Max-Age=172800; Path=/; HttpOnly")
    value = cookie.partition("route=")[2].partition(";")[0]
    for _ in range(8):
        assert "Set-Cookie" not in lab.ok(f"curl -sSi -b 'route={value}' {SHOP}/")


def test_redirects_aliases_and_headers(lab):
    annotate(lab, app_root="/v1/", server_alias="store.example.com", enable_cors="true")
    assert f"Location: http://shop.example.com/v1/" in lab.ok(f"curl -sSI {SHOP}/")  # noqa: F541
    head = lab.ok(f"curl -sSI --resolve store.example.com:80:{IP} http://store.example.com/x")
    assert "Access-Control-Allow-Origin: *" in head
    annotate(lab, temporal_redirect="https://example.org/")
    assert lab.ok(f"curl {CODE} {SHOP}/x") == "302"


def test_paths_are_rewritten_by_groups(lab):
    lab.ok("kubectl delete ingress shop")
    lab.apply("""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: rewrite
  annotations: {nginx.ingress.kubernetes.io/use-regex: "true", nginx.ingress.kubernetes.io/rewrite-target: /$2}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /something(/|$)(.*), pathType: ImplementationSpecific,
                    backend: {service: {name: api, port: {number: 80}}}}]}
""")
    assert lab.ok(f"curl -sS {SHOP}/something/v1/") == "the api\n"
    assert "Welcome to nginx" in lab.ok(f"curl -sS {SHOP}/something")
    assert lab.ok(f"curl {CODE} {SHOP}/v1/") == "404"


def test_what_is_not_simulated_is_told_in_an_event(lab):
    annotate(lab, limit_rps="5", proxy_body_size="8m")
    told = lab.ok("kubectl describe ingress shop")
    assert "NotSimulated" in told and "nginx.ingress.kubernetes.io/limit-rps is not simulated in KubeLab" in told
    assert "proxy-body-size is not" not in told
    version = lab.ok(
        "kubectl -n ingress-nginx exec deploy/ingress-nginx-controller -- /nginx-ingress-controller --version"
    )
    assert "NGINX Ingress controller\n  Release:       v1." in version
