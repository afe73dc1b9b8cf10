"""`kubectl logs -f` as a stream: the lines of a container's log as they are written.

Source: kubernetes.io, reference/generated/kubernetes-api, "Read Log"; pkg/kubelet/kuberuntime/logs/logs.go.
"""

from kubelab.cluster.api import kubelets
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.api.kubelets import LogPart
from kubelab.cluster.api.request import Request
from kubelab.cluster.api.subresources import log
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.keeping import Act

LONGEST = 4 * 3600.0  # seconds; --streaming-connection-idle-timeout


def is_followed(request: Request) -> bool:
    """Tell whether a request wants a log that goes on."""
    follows = request.options.get("follow") in ("true", "1")
    return request.subresource == "log" and request.verb == "get" and follows


class LogStream(Stream):
    """A container's log that is followed.

    Args:
        act: the act in which it is opened.
        request: what was asked.

    Raises:
        ApiError: there is no such log.
    """

    content_type = "text/plain"

    def __init__(self, act: Act, request: Request) -> None:
        super().__init__(act.lab.pk, LONGEST)
        self._request = request
        self._left = int(request.options["limitBytes"]) if request.options.get("limitBytes") else None
        part = kubelets.read_log(act.cluster.api, request)
        part.lines = log.wanted(part.lines, request.options, act.cluster.api.clock.now)
        self._send(part)

    def follow(self, act: Act) -> None:
        """Send what was written since."""
        try:
            part = kubelets.read_log(act.cluster.api, self._request, self._position)
        except ApiError:  # the Pod is gone
            self.end()
            return
        self._send(part)
        self.ring_at(act, part.due)

    def _send(self, part: LogPart) -> None:
        self._position = part.position
        data = log.text(part.lines, self._request.options).encode("utf-8", "surrogateescape")
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self.put(data)
        if part.ended or self._left == 0:
            self.end()
