"""A long list is made in pieces, between which others have their turn, and tells how everything was when it began.

Source: kubernetes.io, reference/using-api/api-concepts, "Resource versions", "Receiving resources as Tables".
"""

import json
from dataclasses import replace

import pytest

from kubelab.cluster.api.lists import PIECE
from kubelab.cluster.kinds import ConfigMap
from kubelab.cluster.objects import Key
from kubelab.cluster.rest.calls import Call, answer
from kubelab.cluster.user import ADMIN
from kubelab.terminal.kubectl.printers.yaml import to_yaml
from tests.cluster.lab import Lab

MANY = 2 * PIECE + 7
ACCEPTED = {
    "objects": "application/json",
    "a Table": "application/json;as=Table;v=v1;g=meta.k8s.io",
    "metadata": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
}
ASKED = {
    "all": {},
    "some": {"labelSelector": "odd=1"},
    "few": {"fieldSelector": "metadata.name=c-0400"},
    "none": {"labelSelector": "odd=7"},
    "with objects": {"includeObject": "Object"},
}


@pytest.fixture(scope="module")
def crowded():
    lab = Lab()
    lab.client = lab.cluster.api.client(ADMIN, "test")
    for number in range(MANY):
        labels = {"odd": str(number % 2)}
        lab.client.create(ConfigMap, {"metadata": {"name": f"c-{number:04}", "namespace": "default", "labels": labels}})
    return lab


def asked(lab, accept, options, **how):
    call = Call("GET", "/api/v1/configmaps", options, {"accept": accept}, b"", ADMIN)
    return answer(lab.cluster.api, call, **how)


@pytest.mark.parametrize("accept", ACCEPTED.values(), ids=list(ACCEPTED))
@pytest.mark.parametrize("options", ASKED.values(), ids=list(ASKED))
def test_pieces_are_together_what_one_answer_would_be(crowded, accept, options):
    whole = asked(crowded, accept, options).body
    pieces = list(asked(crowded, accept, options, in_pieces=True).pieces)
    assert b"".join(pieces) == whole
    assert len(pieces) > 2
    written = asked(crowded, accept.replace("json", "yaml"), options, in_pieces=True, to_yaml=to_yaml)
    assert b"".join(written.pieces).decode() == to_yaml(json.loads(whole))
    assert written.content_type == "application/yaml"


def test_what_happens_between_two_pieces_is_not_in_the_list(crowded):
    whole = asked(crowded, ACCEPTED["a Table"], {}).body
    pieces = asked(crowded, ACCEPTED["a Table"], {}, in_pieces=True).pieces
    made = [next(pieces)]
    client, last = crowded.client, Key("default", f"c-{MANY - 1:04}")
    client.create(ConfigMap, {"metadata": {"name": "c-9999", "namespace": "default"}})
    client.update(ConfigMap, {**client.get(ConfigMap, last), "data": {"new": "x"}})
    made += [next(pieces) for _ in range(3)]
    client.delete(ConfigMap, last)
    crowded.cluster.advance(3600)
    assert b"".join([*made, *pieces]) == whole
    rows = json.loads(asked(crowded, ACCEPTED["a Table"], {}).body)["rows"]
    names = [row["cells"][0] for row in rows]
    assert f"c-{MANY - 1:04}" not in names and "c-9999" in names, "the next list has it"


def test_events_that_are_kept_folded_are_told_whole():
    lab = Lab()
    web = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}
    spec = {"replicas": 60, "selector": {"matchLabels": {"app": "web"}}, "template": web}
    lab.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    lab.cluster.advance(60)
    call = Call("GET", "/api/v1/events", {}, {"accept": ACCEPTED["objects"]}, b"", ADMIN)
    reply = answer(lab.cluster.api, call, in_pieces=True)
    assert b"".join(reply.pieces) == answer(lab.cluster.api, call).body
    names = [item["metadata"]["name"] for item in json.loads(answer(lab.cluster.api, call).body)["items"]]
    begun = answer(lab.cluster.api, replace(call, query={"limit": "50"}))
    lab.request("deletecollection", "pods")
    lab.cluster.advance(5)
    rest = {"continue": json.loads(begun.body)["metadata"]["continue"]}
    ended = answer(lab.cluster.api, replace(call, query=rest))
    found = [item for part in (begun, ended) for item in json.loads(part.body)["items"]]
    assert [item["metadata"]["name"] for item in found] == names


@pytest.mark.parametrize(
    "options", [{"limit": "500"}, {"fieldSelector": "spec.nodeName=x"}], ids=["a page", "nonsense"]
)
def test_pages_and_refusals_come_in_one_piece(crowded, options):
    reply = asked(crowded, ACCEPTED["objects"], options, in_pieces=True)
    assert reply.pieces is None and reply.body == asked(crowded, ACCEPTED["objects"], options).body
