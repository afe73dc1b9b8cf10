"""kube-apiserver as programs in Pods reach it with curl: a token says who asks, RBAC what they may.

Client certificates and watches are not simulated on this way; kubectl has its own.
Source: kubernetes.io, tasks/run-application/access-api-from-pod.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kubelab.cluster import encryption
from kubelab.cluster.api import errors
from kubelab.cluster.api.authentication import token_user
from kubelab.cluster.layers import PREFIX
from kubelab.cluster.node.machinefiles import tree_name
from kubelab.cluster.node.program import Life
from kubelab.cluster.node.programs.server import flag
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.objects import Object
from kubelab.cluster.rest import overhttp
from kubelab.cluster.sockets import HttpReply, HttpRequest
from kubelab.cluster.user import ANONYMOUS, User

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container


ENCRYPTION = "encryption-provider-config"
CHECKS = ("healthz", "livez", "readyz")
WITHOUT_ETCD = """[+]ping ok
[+]log ok
[-]etcd failed: reason withheld
[+]poststarthook/start-apiserver-admission-initializer ok
{check} check failed
"""


class ApiServerProcess(KubeProcess):
    """The API server: answers REST calls that come over the network."""

    def begin(self, container: Container) -> Life:
        """Serves as its image's version does."""
        life = super().begin(container)
        version = container.version.removeprefix("v").split(".")
        if life.seconds is None and len(version) > 1 and version[1].isdigit():
            if not self._is_behind(container, int(version[1])):
                container.cluster.serve(f"1.{version[1]}")
            self._encrypt(container)
        return life

    def _is_behind(self, container: Container, minor: int) -> bool:
        """Tells whether another API server, of a newer version, answers besides this one."""
        cluster = container.cluster
        others = [node for node in cluster.processes.nodes("kube-apiserver") if node != container.node.name]
        return bool(others) and minor < int(cluster.version.split(".")[1])

    def _missing(self, container: Container) -> str:
        mistake = super()._missing(container)
        path = flag(container.argv, ENCRYPTION, "")
        if mistake or not path:
            return mistake
        try:
            encryption.read(container.files.read(path))
        except encryption.ConfigurationError as error:
            return f'run.go:72] "command failed" err="{error}"'
        return ""

    def _encrypt(self, container: Container) -> None:
        """Writes from now on as the EncryptionConfiguration says."""
        path, store = flag(container.argv, ENCRYPTION, ""), container.cluster.store
        if path:
            config: Object = {"resources": encryption.read(container.files.read(path))}
            if flag(container.argv, f"{ENCRYPTION}-automatic-reload", "false") == "true":
                config["file"] = f"{PREFIX}{tree_name(container.node.name)}{path}"
            store.put(encryption.CONFIG, config)
        elif store.get(encryption.CONFIG) is not None:
            store.delete(encryption.CONFIG)

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        check = request.path.partition("?")[0].strip("/")
        if check in CHECKS and not container.cluster.processes.etcd_answers(container.node.name):
            return overhttp.reply(500, WITHOUT_ETCD.format(check=check), "text/plain; charset=utf-8")
        try:
            user = self._user(container, request)
        except errors.ApiError as error:
            return overhttp.reply(error.code, json.dumps(error.status(), indent=2) + "\n")
        return overhttp.answer(container.cluster.api, request, user)

    def _user(self, container: Container, request: HttpRequest) -> User:
        given = next((value for name, value in request.headers.items() if name.lower() == "authorization"), "")
        if not given:
            return ANONYMOUS
        kind, _, token = given.partition(" ")
        return token_user(container.cluster.api, token.strip() if kind == "Bearer" else "")
