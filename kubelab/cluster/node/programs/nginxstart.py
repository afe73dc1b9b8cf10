"""What nginx needs at its start that a securityContext may take from it: folders, owners, low ports.

Source: nginx, core/ngx_{cycle,file,connection}.c; docker-nginx, entrypoint/10-listen-on-ipv6-by-default.sh.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

CONF, DEFAULT_CONF = "/etc/nginx/nginx.conf", "/etc/nginx/conf.d/default.conf"
CACHE = "/var/cache/nginx"
FOLDERS = ("client_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp")
PID = "/run/nginx.pid"
WORKER = "nginx"  # the user that its workers, and their folders, are
NUMBERS = {"EPERM": 1, "EACCES": 13, "EROFS": 30}
ABOVE_ROOT = (
    'the "user" directive makes sense only if the master process runs with super-user privileges, ignored in {}:{}'
)


def is_restricted(container: Container) -> bool:
    """Tells whether a container may be less free than its image expects."""
    return bool(container.plan.spec.get("securityContext") or container.pod["spec"].get("securityContext"))


def trouble(container: Container, ports: Sequence[int]) -> str:
    """Returns what nginx says before it ends; "" where it may do all that it needs."""
    if not is_restricted(container):
        return ""
    try:
        _make_folders(container)
        denied = next((port for port in ports if not container.may_bind(port)), None)
        if denied is not None:
            return f"bind() to 0.0.0.0:{denied} failed (13: Permission denied)"
        pid = PID if _is_stock(container) else "/tmp/nginx.pid"
        _attempt("open", pid, lambda: container.files.write(pid, "1\n"))
    except _Failed as failed:
        return str(failed)
    return ""


class _Failed(Exception):
    pass


def _is_stock(container: Container) -> bool:
    """Tells the official image from its unprivileged sister, which keeps all in /tmp."""
    return container.plan.resolved is None or not container.plan.resolved.image.user


def _make_folders(container: Container) -> None:
    files, is_root = container.files, container.user == "root"
    if not _is_stock(container):
        _attempt("mkdir", "/tmp/proxy_temp", lambda: _mkdir(container, "/tmp/proxy_temp"))
        return
    for name in FOLDERS:
        path = f"{CACHE}/{name}"
        _attempt("mkdir", path, partial(_mkdir, container, path))
        if is_root and files.stat(path).owner != WORKER:
            if not container.has("CHOWN"):
                raise _Failed(f'chown("{path}", 101) failed (1: Operation not permitted)')
            files.chown(path, WORKER)


def _mkdir(container: Container, path: str) -> None:
    if not container.files.is_dir(path):
        container.files.mkdir(path, 0o700)


def _attempt(call: str, path: str, act: Callable[[], None]) -> None:
    try:
        act()
    except FileError as error:
        if error.code in NUMBERS:
            raise _Failed(f'{call}() "{path}" failed ({NUMBERS[error.code]}: {error.reason})') from None


def warning(container: Container) -> str:
    """Returns what nginx says of its `user` directive where it is not root; "" where it is."""
    if container.user == "root":
        return ""
    try:
        text = container.files.read(CONF)
    except FileError:
        return ""
    if not _is_stock(container):  # its configuration has none
        return ""
    found = re.search(r"^\s*user\s", text, re.MULTILINE)
    return ABOVE_ROOT.format(CONF, text[: found.end()].count("\n") + 1) if found else ""


def ipv6(container: Container) -> Iterable[str]:
    """Returns what the entrypoint's script about IPv6 says of the default configuration."""
    path = DEFAULT_CONF
    if not container.files.is_file(path):
        return (f"{path} is not a file or does not exist",)
    if not container.files.may(path, "write"):
        return (f"can not modify {path} (read-only file system?)",)
    return (f"Getting the checksum of {path}", f"Enabled listen on IPv6 in {path}")
