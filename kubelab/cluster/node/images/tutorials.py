"""Applications of Kubernetes' own tutorials: WordPress, and the guestbook's frontend and Redis.

Their first page is there, what lies behind it is not simulated and says so; WordPress does not ask
its database.
Source: kubernetes.io, tutorials/stateful-application/mysql-wordpress-persistent-volume and
tutorials/stateless-application/guestbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.images.databases import REDIS
from kubelab.cluster.node.program import Stop
from kubelab.cluster.node.programs.server import HTML, Server, reply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.sockets import HttpReply, HttpRequest

INSTALL = "/wp-admin/install.php"
BEYOND = "KubeLab does not simulate what lies behind this page.\n"
INSTALL_PAGE = "<!DOCTYPE html>\n<html><head><title>WordPress &rsaquo; Installation</title></head></html>\n"
GUESTBOOK_PAGE = """<html ng-app="redis">
  <head><title>Guestbook</title></head>
  <body ng-controller="RedisCtrl"><h2>Guestbook</h2></body>
</html>
"""


def _wordpress(container: Container, request: HttpRequest) -> HttpReply:
    path = request.path.partition("?")[0]
    if path == "/":  # without a database's address its configuration has not been written yet
        configured = any(name.startswith("WORDPRESS_DB_") for name in container.env)
        return reply(302, "", {**HTML, "Location": INSTALL if configured else "/wp-admin/setup-config.php"})
    return reply(200, INSTALL_PAGE, HTML) if path == INSTALL else reply(501, BEYOND)


def _guestbook(container: Container, request: HttpRequest) -> HttpReply:
    path = request.path.partition("?")[0]
    return reply(200, GUESTBOOK_PAGE, HTML) if path in ("/", "/index.html") else reply(501, BEYOND)


STOP = Stop(0.3, 0)
WORDPRESS = Server(_wordpress, ports=(80,), ready=1.0, stop=STOP)
GUESTBOOK = Server(_guestbook, ports=(80,), ready=0.5, stop=STOP)

IMAGES = [
    Image(
        repository="docker.io/library/wordpress", version=any_tag, size=245.0,
        entrypoint=("docker-entrypoint.sh",), cmd=("apache2-foreground",), workdir="/var/www/html",
        stop_signal="SIGWINCH", base="debian", tools=("curl",),
        programs={"docker-entrypoint.sh": WORDPRESS, "apache2-foreground": WORDPRESS},
    ),
    *(
        Image(
            repository=f"{registry}/gb-frontend", size=160.0, cmd=("apache2-foreground",), workdir="/var/www/html",
            stop_signal="SIGWINCH", base="debian", tools=("curl",), programs={"apache2-foreground": GUESTBOOK},
        )
        for registry in ("us-docker.pkg.dev/google-samples/containers/gke", "gcr.io/google-samples",
                         "gcr.io/google_samples")
    ),
    *(
        Image(
            repository=f"{registry}/gb-redis-follower", size=40.0, cmd=("/run.sh",), base="debian",
            tools=("redis-cli",), programs={"run.sh": REDIS},
        )
        for registry in ("us-docker.pkg.dev/google-samples/containers/gke", "gcr.io/google_samples")
    ),
    Image(
        repository="registry.k8s.io/redis", size=40.0, cmd=("/usr/local/bin/redis-server",), base="debian",
        tools=("redis-cli",), programs={"redis-server": REDIS},
    ),
]  # fmt: skip
