"""Who asks for much waits for it; others do not."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kubelab.accounts.models import User
from kubelab.labs import creation
from kubelab.labs.gateway import application, serving
from tests.gateway.asking import Asking

EACH = 0.1  # seconds


def test_many_requests_of_one_learner_do_not_hold_up_another(api, lab, data, monkeypatch):
    other = creation.create(User.objects.create_guest(), "playground")
    busy, calm = Asking(data, api.port, lab), Asking(data, api.port, other)
    serve, began = serving.serve, threading.Event()

    def slowly(public_id, *rest):
        if public_id == lab.public_id:
            began.set()
            time.sleep(EACH)
        return serve(public_id, *rest)

    monkeypatch.setattr(serving, "serve", slowly)
    with ThreadPoolExecutor(20) as threads:
        answers = [threads.submit(busy.begin, "/version") for _ in range(20)]
        assert began.wait(10)
        start = time.monotonic()
        assert calm("/version")["major"] == "1"
        assert time.monotonic() - start < 6 * EACH
        assert {answer.result().status for answer in answers} == {200}
    monkeypatch.setattr(application, "MOST_AT_ONCE", 0)
    refused = calm.begin("/version")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    busy.close()
    calm.close()
