"""Requests to the API's port without any client library in between."""

import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any

from kubelab.labs.gateway import tokens
from kubelab.labs.gateway.certificates import authority_certificate


class Asking:
    """Asks one lab's API as its administrator.

    Args:
        data: the site's data folder, where its authority is.
    """

    def __init__(self, data: Any, port: int, lab: Any) -> None:
        self._trust = ssl.create_default_context(cadata=authority_certificate(data))
        self._port, self._lab = port, lab
        self._open: list[http.client.HTTPSConnection] = []

    def begin(
        self, path: str, method: str = "GET", body: Any = None, token: str = "", accept: str = ""
    ) -> http.client.HTTPResponse:
        """Make a request; returns its answer, of which nothing was read."""
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._trust, timeout=20)
        self._open.append(connection)
        headers = {"Content-Type": "application/json", **({"Accept": accept} if accept else {})}
        headers["Authorization"] = f"Bearer {token or tokens.admin_token(self._lab)}"
        text = json.dumps(body) if body is not None else None
        connection.request(method, f"/clusters/{self._lab.public_id}{path}", text, headers)
        return connection.getresponse()

    def __call__(self, path: str, method: str = "GET", body: Any = None) -> dict[str, Any]:
        """Make a request; returns the object that is answered."""
        return json.loads(self.begin(path, method, body).read())

    def watch(self, path: str) -> Iterator[dict[str, Any]]:
        """Open a watch; yields its events."""
        answer = self.begin(path)
        assert answer.status == 200, answer.read()
        return map(json.loads, iter(answer.readline, b""))

    def close(self) -> None:
        for connection in self._open:
            connection.close()
