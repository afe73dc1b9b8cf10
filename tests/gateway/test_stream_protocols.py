"""Streams as other clients speak them, and as nobody should: tokens, protocols, bytes that mean nothing.

Source: k8s.io/apimachinery/pkg/util/httpstream/wsstream; SPDY/3.1, section 2.6.10.1 (the dictionary has that checksum).
"""

import base64
import json
import socket
import ssl
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from kubelab.accounts.models import User
from kubelab.labs import creation
from kubelab.labs.gateway import tokens
from kubelab.labs.gateway.certificates import authority_certificate
from kubelab.labs.gateway.spdy import DICTIONARY, Session, SpdyError
from tests.gateway.asking import Asking
from tests.gateway.conftest import furnish

EXEC = "/api/v1/namespaces/default/pods/web/exec?stdout=1&stderr=1"


@pytest.fixture
def dial(api, lab, data):
    """A function that opens a websocket to the lab's API."""
    furnish(lab, "kubectl run web --image=nginx:1.27")
    trust = ssl.create_default_context(cadata=authority_certificate(data))

    def dialled(path, protocol="v4.channel.k8s.io", *others, token=None):
        token = tokens.admin_token(lab) if token is None else token
        header = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"wss://127.0.0.1:{api.port}/clusters/{lab.public_id}{path}"
        offered = [protocol, *others] if protocol else None
        return connect(url, ssl=trust, additional_headers=header, subprotocols=offered, proxy=None)

    return dialled


def refusal(dial, *args, **options):
    with pytest.raises(InvalidStatus) as refused:
        dial(*args, **options)
    response = refused.value.response
    return response.status_code, json.loads(response.body)["message"]


def test_who_may_not_is_told_before_anything_is_upgraded(dial):
    other = creation.create(User.objects.create_guest(), "playground")
    for token in (tokens.admin_token(other), "wrong", "a.b.c"):
        assert refusal(dial, f"{EXEC}&command=ls", token=token) == (401, "Unauthorized")
    assert refusal(dial, EXEC.replace("web", "gone") + "&command=ls") == (404, 'pods "gone" not found')
    assert refusal(dial, EXEC) == (400, "you must specify at least one command for the container")
    assert refusal(dial, EXEC.replace("stdout=1&stderr=1", "command=ls"))[0] == 400
    assert refusal(dial, f"{EXEC}&command=ls", "chat")[0] == 400
    assert refusal(dial, "/api/v1/nothing?watch=1")[0] == 404


def test_a_watch_over_a_websocket_tells_each_event_as_a_text(dial, lab):
    with dial("/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=20", protocol=None) as watching:
        event = json.loads(watching.recv(timeout=10))
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "web")
        furnish(lab, "kubectl label pod web told=yes")
        event = json.loads(watching.recv(timeout=10))
        assert (event["type"], event["object"]["metadata"]["labels"]["told"]) == ("MODIFIED", "yes")


def test_a_browser_carries_its_token_in_a_subprotocol(dial, lab):
    encoded = base64.urlsafe_b64encode(tokens.admin_token(lab).encode()).decode().rstrip("=")
    carried = f"base64url.bearer.authorization.k8s.io.{encoded}"
    with dial("/api/v1/namespaces?watch=1", "base64.binary.k8s.io", carried, token="") as watching:
        assert json.loads(watching.recv(timeout=10))["type"] == "ADDED"
    assert refusal(dial, "/api/v1/namespaces?watch=1", carried, token="")[0] == 401


def test_channels_may_be_text(dial):
    with dial(f"{EXEC}&command=sh&command=-c&command=echo%20hi;exit%203", "v4.base64.channel.k8s.io") as client:
        told = [(int(message[0]), base64.b64decode(message[1:])) for message in client]
    assert told[:2] == [(1, b""), (1, b"hi\n")]
    channel, status = told[-1][0], json.loads(told[-1][1])
    assert (channel, status["details"]["causes"]) == (3, [{"reason": "ExitCode", "message": "3"}])


def test_noise_ends_a_stream_and_nothing_else(dial, api, lab, data):
    trust = ssl.create_default_context(cadata=authority_certificate(data))
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as plain:
        with trust.wrap_socket(plain, server_hostname="127.0.0.1") as raw:
            path = f"/clusters/{lab.public_id}/api/v1/namespaces/default/pods/web/portforward"
            head = f"POST {path} HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {tokens.admin_token(lab)}\r\n"
            head += "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n"
            raw.sendall(head.encode())
            assert raw.recv(1000).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
            raw.sendall(b"\xff" * 64)
            assert raw.recv(1000) == b""
    with dial(f"{EXEC}&stdin=1&command=cat", "v5.channel.k8s.io") as client:
        for message in (b"", b"\xff", b"\xffx", b"\x09abc", b"\x04{}", b'\x04{"Width": -1, "Height": 1e99}', b"\x00ok"):
            client.send(message)
        client.send(b"\xff\x00")
        assert b"".join(message[1:] for message in client if message[0] == 1) == b"ok"


def test_a_release_of_helm_is_a_secret_like_others(api, lab, data):
    ask = Asking(data, api.port, lab)
    secrets = "/api/v1/namespaces/default/secrets"
    labels = {"owner": "helm", "name": "shop", "status": "deployed", "version": "1"}
    release = {"metadata": {"name": "sh.helm.release.v1.shop.v1", "labels": labels}, "data": {"release": "SDRzSQ=="}}
    made = ask(secrets, "POST", {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", **release})
    assert made["type"] == "helm.sh/release.v1"
    found = ask(f"{secrets}?labelSelector=name%3Dshop%2Cowner%3Dhelm%2Cstatus%3Ddeployed")["items"]
    assert [item["data"] for item in found] == [{"release": "SDRzSQ=="}]
    assert "paths" in ask("/openapi/v3") and ask("/openapi/v3/apis/apps/v1")["components"]["schemas"]
    ask.close()


def test_the_dictionary_is_the_protocols():
    assert (len(DICTIONARY), zlib.adler32(DICTIONARY)) == (1423, 0xE3C6A7C2)


def opening(packer, stream, **headers):
    block = struct.pack(">I", len(headers))
    for word in (word for pair in headers.items() for word in pair):
        block += struct.pack(">I", len(word)) + word.encode()
    body = struct.pack(">IIH", stream, 0, 0) + packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
    return struct.pack(">HHI", 0x8003, 1, len(body)) + body


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=5), st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_frames_may_come_in_any_pieces(texts, piece):
    packer = zlib.compressobj(zdict=DICTIONARY)
    sent = opening(packer, 1, streamtype="data", port="80") + opening(packer, 3, streamType="error", port="80")
    sent += b"".join(struct.pack(">II", 1, len(text)) + text for text in texts)
    session = Session()
    events = [event for place in range(0, len(sent), piece) for event in session.received(sent[place : place + piece])]
    assert [event.opened for event in events[:2]] == [
        {"streamtype": kind, "port": "80"} for kind in ("data", "error")
    ]  # fmt: skip
    assert [event.data for event in events[2:]] == texts


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(noise):
    for data in (noise, b"\x80\x03\x00\x01\x00\x00\x00" + bytes([len(noise) & 0xFF]) + noise):
        try:
            Session().received(data)
        except SpdyError:
            continue
