"""kubectl create token: whose it is, how long it holds, and with what it ends."""

import base64
import json


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_a_token_says_whose_it_is_and_until_when(console):
    token = console.ok("kubectl create token default --duration=20m")
    found = claims(token)
    assert found["sub"] == "system:serviceaccount:default:default"
    assert found["exp"] - found["iat"] == 1200
    assert (
        found["kubernetes.io"]["serviceaccount"]["uid"] == console.get("serviceaccount", "default")["metadata"]["uid"]
    )


def test_a_token_opens_the_api_as_that_account_until_it_expires(console):
    console.ok("kubectl create token default --duration=10m > token")
    assert "system:serviceaccount:default:default" in console.ok("kubectl --token=$(cat token) auth whoami")
    console.advance(601)
    told = console.fails("kubectl --token=$(cat token) get pods")
    assert told == "error: You must be logged in to the server (Unauthorized)\n"


def test_what_is_no_token_is_not_let_in(console):
    assert (
        console.fails("kubectl --token=abc get pods") == "error: You must be logged in to the server (Unauthorized)\n"
    )


def test_a_token_for_somebody_else_names_them(console):
    assert claims(console.ok("kubectl create token default --audience https://example.com"))["aud"] == [
        "https://example.com"
    ]


def test_the_server_refuses_what_makes_no_sense(console):
    assert console.fails("kubectl create token nope") == (
        'error: failed to create token: serviceaccounts "nope" not found\n'
    )
    assert console.fails("kubectl create token default --duration=5m").endswith(
        "spec.expirationSeconds: Invalid value: 300: may not specify a duration less than 10 minutes\n"
    )
    assert console.fails("kubectl create token default --bound-object-kind=Pod --bound-object-name=x").endswith(
        'pods "x" not found\n'
    )
