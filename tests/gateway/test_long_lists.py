"""Who lists much at once holds up nobody: others are served between the pieces of the answer."""

import json
import threading

import pytest
import yaml

from kubelab.accounts.models import User
from kubelab.cluster.api.lists import PIECE
from kubelab.cluster.kinds import ConfigMap
from kubelab.labs import creation
from kubelab.labs.bench._workload import ADMIN
from kubelab.labs.gateway import serving
from kubelab.labs.keeping import act_on
from kubelab.labs.workers import workers
from tests.gateway.asking import Asking

MANY = 3 * PIECE
LIST = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def crowded(lab):
    with act_on(lab.pk) as act:
        client = act.cluster.api.client(ADMIN, "test")
        for number in range(MANY):
            client.create(ConfigMap, {"metadata": {"name": f"c-{number:04}", "namespace": "default"}})
    return lab


def test_another_learner_is_served_between_two_pieces(api, crowded, data, monkeypatch):
    busy, other = Asking(data, api.port, crowded), creation.create(User.objects.create_guest(), "playground")
    calm, waits, done = Asking(data, api.port, other), threading.Event(), []
    asking = threading.Thread(target=lambda: done.append(calm("/version")["major"]))
    submit, serve, next_piece = workers.submit, serving.serve, serving.next_piece

    def submitted(urgency, do, *args):
        job = submit(urgency, do, *args)
        if other.public_id in args:
            waits.set()
        return job

    def served(public_id, *rest):
        done.append("calm" if public_id == other.public_id else "busy")
        return serve(public_id, *rest)

    def made(pieces):
        done.append("piece")
        if done.count("piece") == 2:
            asking.start()
            assert waits.wait(20), "the other one has to wait while this piece is made"
        return next_piece(pieces)

    monkeypatch.setattr(workers, "submit", submitted)
    monkeypatch.setattr(serving, "serve", served)
    monkeypatch.setattr(serving, "next_piece", made)
    listed = busy(LIST)
    asking.join(20)
    assert len({item["metadata"]["name"] for item in listed["items"]}) == len(listed["items"]) == MANY + 1
    assert done[:4] == ["busy", "piece", "piece", "calm"]
    assert "1" in done and done.count("piece") > 5
    busy.close()
    calm.close()


def test_clients_take_an_answer_that_comes_in_pieces(api, crowded, kubectl, data):
    told = kubectl("get configmaps --chunk-size=0 -o name").split()
    assert told == [f"configmap/c-{number:04}" for number in range(MANY)] + ["configmap/kube-root-ca.crt"]
    assert len(kubectl("get configmaps --chunk-size=0 --no-headers").splitlines()) == MANY + 1
    assert len(json.loads(kubectl("get configmaps --chunk-size=0 -o json"))["items"]) == MANY + 1
    ask = Asking(data, api.port, crowded)
    answer = ask.begin(LIST)
    assert answer.headers["Transfer-Encoding"] == "chunked" and answer.headers["Content-Type"] == "application/json"
    written = ask.begin(LIST, accept="application/yaml")
    assert written.headers["Content-Type"] == "application/yaml"
    assert len(yaml.safe_load(written.read())["items"]) == MANY + 1
    refused = ask.begin(f"{LIST}/nothing", accept="application/yaml")
    assert (refused.status, yaml.safe_load(refused.read())["reason"]) == (404, "NotFound")
    head = ask.begin(LIST, "HEAD")
    assert head.read() == b""
    ask.close()
