"""nginx as a command in its own container: -v, -V, -t, -T, -s, and the server where a shell starts it.

Source: nginx.org, docs/switches.
"""

from __future__ import annotations

import re

from kubelab.cluster.node import serving
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.programs.nginx import CONF, Nginx
from kubelab.cluster.node.programs.nginxconf import ConfigError
from kubelab.terminal.tool import Context, Sleep, Steps, tool

FOREVER = 1e9  # seconds
FOREGROUND = re.compile(r"\bdaemon\s+off\s*;")
SIGNALS = {"stop": "TERM", "quit": "QUIT", "reload": "HUP", "reopen": "USR1"}
USAGE = """nginx version: nginx/{}
Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]
"""


@tool("nginx")
def nginx(ctx: Context) -> Steps:
    """nginx [-v | -t | -T | -s SIGNAL | -g 'daemon off;']"""
    machine = ctx.machine
    if not isinstance(machine, Container) or machine.plan.resolved is None:
        return ctx.complain("is simulated in its own image only")
    program = machine.plan.resolved.image.programs.get("nginx")
    if not isinstance(program, Nginx):
        return ctx.complain("is simulated in its own image only")
    args = ctx.args
    if args[:1] in (["-v"], ["-V"]):
        ctx.error(f"nginx version: nginx/{machine.version}\n")
        if args[0] == "-V":
            ctx.error("built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1)\nTLS SNI support enabled\n")
        return 0
    if args[:1] in (["-h"], ["-?"]):
        ctx.write(USAGE.format(machine.version))
        return 0
    if args[:1] in (["-t"], ["-T"], ["-tq"]):
        return _check(ctx, program, machine, show=args[0] == "-T")
    if args[:1] == ["-s"]:
        return _send(ctx, program, machine, args[1] if len(args) > 1 else "")
    return (yield from _serve(ctx, program, machine))


def _serve(ctx: Context, program: Nginx, machine: Container) -> Steps:
    """Serve in the foreground, as `sh -c "... && nginx -g 'daemon off;'"` has it."""
    if "@ports" not in ctx.state:
        mistake, ports = _mistake(program, machine), list(program.listens(machine))
        if mistake:
            ctx.error(f"nginx: [emerg] {mistake}\n")
            return 1
        taken = [port for port in ports if port in machine.listens() or machine.port_taken(port)]
        if taken:
            emergency = f"bind() to 0.0.0.0:{taken[0]} failed (98: Address already in use)"
            ctx.error(f"nginx: [emerg] {emergency}\n" * 5 + "nginx: [emerg] still could not bind()\n")
            return 1
        if not FOREGROUND.search(" ".join(ctx.args)):
            return ctx.complain("is simulated in the foreground only: nginx -g 'daemon off;'")
        ctx.error("".join(f"{line}\n" for line in program.start_lines(machine, ctx.now)))
        for port in ports:
            serving.offer(machine, port, {"kind": serving.PROGRAM, "name": "nginx"})
        ctx.listen(*ports)
    yield Sleep(ctx.now + FOREVER)
    return 0


def _mistake(program: Nginx, machine: Container) -> str:
    try:
        program.servers(machine)
    except ConfigError as error:
        return str(error)
    return ""


def _check(ctx: Context, program: Nginx, machine: Container, *, show: bool) -> int:
    mistake = _mistake(program, machine)
    if mistake:
        ctx.error(f"nginx: [emerg] {mistake}\nnginx: configuration file {CONF} test failed\n")
        return 1
    ctx.error(f"nginx: the configuration file {CONF} syntax is ok\n")
    ctx.error(f"nginx: configuration file {CONF} test is successful\n")
    if show:
        ctx.write(f"# configuration file {CONF}:\n{ctx.files.read(CONF)}\n")
    return 0


def _send(ctx: Context, program: Nginx, machine: Container, name: str) -> int:
    if name not in SIGNALS:
        ctx.error(f'nginx: invalid option: "-s {name}"\n' if name else 'nginx: option "-s" requires parameter\n')
        return 1
    mistake = _mistake(program, machine)
    if mistake:
        ctx.error(f"nginx: [emerg] {mistake}\n")
        return 1
    stamp = program.stamp(machine.now())
    ctx.error(f"{stamp} [notice] {ctx.shell.pid}#{ctx.shell.pid}: signal process started\n")
    machine.kill(1, SIGNALS[name])
    return 0
