"""Who asks for much waits for it; others do not."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kubelab.accounts.models import User
from kubelab.labs import creation
from kubelab.labs.gateway import application, serving
from kubelab.labs.workers import workers
from tests.gateway.asking import Asking

MANY = 20


def test_many_requests_of_one_learner_do_not_hold_up_another(api, lab, data, monkeypatch):
    other = creation.create(User.objects.create_guest(), "playground")
    busy, calm = Asking(data, api.port, lab), Asking(data, api.port, other)
    serve, submit, served = serving.serve, workers.submit, []
    began, calm_waits = threading.Event(), threading.Event()

    def submitted(urgency, do, *args):
        job = submit(urgency, do, *args)
        if other.public_id in args:
            calm_waits.set()
        return job

    def serve_in_turn(public_id, *rest):
        if not began.is_set():
            began.set()
            assert calm_waits.wait(20), "the first one takes until all the others have come"
        served.append("busy" if public_id == lab.public_id else "calm")
        return serve(public_id, *rest)

    monkeypatch.setattr(workers, "submit", submitted)
    monkeypatch.setattr(serving, "serve", serve_in_turn)
    with ThreadPoolExecutor(MANY + 1) as threads:
        answers = [threads.submit(busy.begin, "/version") for _ in range(MANY)]
        assert began.wait(10)
        end = time.monotonic() + 10
        while application.application._asking.total() < MANY and time.monotonic() < end:
            time.sleep(0.01)
        answers.append(threads.submit(calm.begin, "/version"))
        assert {answer.result().status for answer in answers} == {200}
    assert served.count("busy") == MANY
    assert served.index("calm") <= application.AT_A_TIME
    monkeypatch.setattr(application, "MOST_AT_ONCE", 0)
    refused = calm.begin("/version")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    busy.close()
    calm.close()
