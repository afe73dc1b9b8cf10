"""httpd and python's http.server: commands that serve a directory over HTTP, in the foreground.

Source: busybox networking/httpd.c; docs.python.org, library/http.server. Of python nothing else is simulated.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.node import serving
from kubelab.cluster.node.container import Container
from kubelab.cluster.objects import Object
from kubelab.terminal.tool import Context, Sleep, Steps, Wait, tool

FOREVER = 1e9  # seconds


@tool("httpd")
def httpd(ctx: Context) -> Steps:
    """httpd [-f] [-v] [-p PORT] [-h HOME]"""
    port, root, left = 80, ctx.cwd, list(ctx.args)
    while left:
        word = left.pop(0)
        if word in ("-p", "-h", "-c", "-u", "-r") and left:
            value = left.pop(0)
            port = int(value.rpartition(":")[2]) if word == "-p" and value.rpartition(":")[2].isdigit() else port
            root = ctx.path(value) if word == "-h" else root
    if not ctx.files.is_dir(root):
        ctx.error(f"httpd: can't change directory to '{root}': No such file or directory\n")
        return 1
    return (yield from _serve(ctx, port, {"kind": serving.BUSYBOX, "root": root}))


@tool("python3", "python")
def python(ctx: Context) -> Steps:
    """python3 -m http.server [PORT] [--directory DIR]"""
    args = ctx.args
    if args[:1] in (["--version"], ["-V"]):
        ctx.print(f"Python {ctx.env.get('PYTHON_VERSION', '3.12.12')}")
        return 0
    if args[:2] != ["-m", "http.server"]:
        ctx.error(f"{ctx.name}: only `{ctx.name} -m http.server` is simulated in KubeLab\n")
        return 1
    port, root, left = 8000, ctx.cwd, args[2:]
    while left:
        word = left.pop(0)
        if word in ("--directory", "-d", "--bind", "-b") and left:
            value = left.pop(0)
            root = ctx.path(value) if word in ("--directory", "-d") else root
        elif word.isdigit():
            port = int(word)
    if "@ports" not in ctx.state and ctx.tty:
        ctx.print(f"Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...")
    return (yield from _serve(ctx, port, {"kind": serving.PYTHON, "root": root}))


def _serve(ctx: Context, port: int, what: Object) -> Generator[Wait, Any, int]:
    machine = ctx.machine
    if not isinstance(machine, Container):
        return ctx.complain("is simulated in containers only")
    serving.offer(machine, port, what)
    ctx.listen(port)
    yield Sleep(ctx.now + FOREVER)
    return 0
