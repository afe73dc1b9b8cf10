"""Topic service-externalname. Source: kubernetes.io, concepts/services-networking/service/#externalname;
github.com/kubernetes/dns, docs/specification.md (2.5)."""

from __future__ import annotations

from tests.topics.networking import box, shop


def test_the_name_is_an_alias_and_curl_follows_it(console):
    shop(console)
    console.ok("kubectl create service externalname outside --external-name=example.com")
    assert "ExternalName   <none>       example.com   <none>" in console.ok("kubectl get svc outside")
    found = box(console, "nslookup outside")
    assert "outside.default.svc.cluster.local\tcanonical name = example.com." in found
    assert "stands in for outside" in box(console, "curl -sS http://outside/")
    answer = box(console, "dig +noall +answer outside.default.svc.cluster.local")
    assert "CNAME\texample.com." in answer and "example.com.\t\t30\tIN\tA\t" in answer


def test_it_may_lead_to_a_service_of_another_namespace(console):
    shop(console)
    console.ok("kubectl create namespace other")
    console.ok("kubectl -n other create service externalname web --external-name=web.default.svc.cluster.local")
    console.ok("kubectl -n other run box --image=nicolaka/netshoot -- sleep 1d")
    console.advance(20)
    assert "Welcome to nginx" in console.ok("kubectl -n other exec box -- curl -sS http://web/")


def test_a_name_that_is_nowhere_is_found_out_by_those_who_ask(console):
    shop(console)
    console.ok("kubectl create service externalname nowhere --external-name=no.such.example")
    assert "Could not resolve host: nowhere" in box(console, "curl -sS http://nowhere/")
    assert "spec.externalName: Required value" in console.fails(
        'kubectl apply -f - <<< \'{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},'
        '"spec":{"type":"ExternalName"}}\''
    )
