"""What commands serve on the ports on which they listen: `httpd`, `python -m http.server`, `echo ... | nc -l`, and
`nginx` where a shell starts it.

A command that listens says in its container's memory what it serves; here it is answered with.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node import logs
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

BUSYBOX, PYTHON, TEXT, PROGRAM = "busybox", "python", "text", "program"
TYPES = {
    "html": "text/html",
    "txt": "text/plain",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
}


def offer(container: Container, port: int, what: Object) -> None:
    """Notes what a command serves on a port.

    Args:
        what: {"kind": BUSYBOX or PYTHON, "root": directory}, or {"kind": TEXT, "text": sent to the first caller}, or
            {"kind": PROGRAM, "name": of a program of the image, which answers as its container's own one does}.
    """
    container.remember({**container.memory(), str(port): what})


def taken(container: Container, port: int) -> str | None:
    """Returns what came from whoever got the text that was offered on a port; None while nobody did."""
    memory = dict(container.memory())
    what: Object = memory.get(str(port)) or {}
    if not what.get("taken"):
        return None
    del memory[str(port)]
    container.remember(memory)
    return str(what["got"])


def answer(container: Container, port: int, request: Request) -> Reply:
    """Answers a request to a command's port; says nothing where nothing is offered."""
    what: Object = container.memory().get(str(port)) or {}
    if what.get("kind") == TEXT and not what.get("taken"):
        offer(container, port, {**what, "taken": True, "got": _written(request)})
        container.node.owner.poke(container)
        return _typed(str(what["text"])) if isinstance(request, HttpRequest) else TextReply(str(what["text"]))
    resolved = container.plan.resolved
    if what.get("kind") == PROGRAM and resolved is not None:
        return resolved.image.programs[str(what["name"])].answer(container, port, request)
    if what.get("kind") in (BUSYBOX, PYTHON) and isinstance(request, HttpRequest):
        reply = _file(container, what, request)
        if what["kind"] == PYTHON:
            logs.write(container, log_line(request, reply.status, container.now()) + "\n", "stderr", container.now())
        return reply
    return TextReply("")


def _written(request: Request) -> str:
    """Returns a request as the listening command sees it."""
    if not isinstance(request, HttpRequest):
        return request.text
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items() if name != "Host"]
    return "".join(f"{line}\r\n" for line in lines) + "\r\n" + request.body


def _typed(text: str) -> Reply:
    """Reads a reply that somebody typed: a status line, headers, an empty line and the body."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.split("\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/") or len(words) < 2 or not words[1].isdigit():
        return TextReply(text)
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    return HttpReply(int(words[1]), words[2] if len(words) > 2 else "", headers, body)


def _file(container: Container, what: Object, request: HttpRequest) -> HttpReply:
    path = request.path.partition("?")[0]
    name = str(what["root"]).rstrip("/") + path
    python = what["kind"] == PYTHON
    headers = {"Server": "SimpleHTTP/0.6 Python/3.12.12"} if python else {}
    try:
        if container.files.is_dir(name):
            index = f"{name.rstrip('/')}/index.html"
            if not container.files.exists(index) and python:
                return HttpReply(
                    200, "OK", {**headers, "Content-type": "text/html; charset=utf-8"}, _listing(container, name, path)
                )
            name = index
        text = container.files.read(name)
    except FileError:
        return _missing(headers, python)
    kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return HttpReply(200, "OK", {**headers, "Content-type": kind}, text)


def _missing(headers: dict[str, str], python: bool) -> HttpReply:
    if not python:
        page = (
            "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n"
            "The requested URL was not found\n</BODY></HTML>\n"
        )
        return HttpReply(404, "Not Found", {"Content-type": "text/html"}, page)
    page = (
        '<!DOCTYPE HTML>\n<html lang="en">\n    <head>\n        <meta charset="utf-8">\n'
        "        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n"
        "        <p>Error code: 404</p>\n        <p>Message: File not found.</p>\n"
        "        <p>Error code explanation: 404 - Nothing matches the given URI.</p>\n    </body>\n</html>\n"
    )
    return HttpReply(404, "File not found", {**headers, "Content-Type": "text/html;charset=utf-8"}, page)


def _listing(container: Container, folder: str, path: str) -> str:
    names = [
        f"{name}/" if container.files.is_dir(f"{folder}/{name}") else name for name in container.files.listdir(folder)
    ]
    items = "".join(f'<li><a href="{name}">{name}</a></li>\n' for name in sorted(names, key=str.lower))
    title = f"Directory listing for {path}"
    return (
        '<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n<hr>\n<ul>\n{items}</ul>\n<hr>\n</body>\n</html>\n"
    )


def log_line(request: HttpRequest, status: int, now: float) -> str:
    """Returns the line that Python's server writes for a request."""
    when = datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y %H:%M:%S")
    return f'{request.client} - - [{when}] "{request.method} {request.path} HTTP/1.1" {status} -'
