"""openssl: rand, base64, dgst, version, and what x509 reads off the lab's certificates. Source: openssl(1)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Generator
from typing import Any

from kubelab.terminal.inputs import gather
from kubelab.terminal.options import refuse
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool
from kubelab.terminal.tools import openssl_keys, openssl_x509
from kubelab.terminal.tools.head import to_bytes, to_text

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s(.*?)-----END CERTIFICATE-----", re.S)
FIELDS = ("-subject", "-issuer", "-dates", "-startdate", "-enddate", "-text", "-serial")
KEYS = {
    "genrsa": openssl_keys.genrsa,
    "genpkey": openssl_keys.genpkey,
    "rsa": openssl_keys.pkey,
    "pkey": openssl_keys.pkey,
    "req": openssl_keys.req,
}
VERSION = "OpenSSL 3.0.13 30 Jan 2024 (Library: OpenSSL 3.0.13 30 Jan 2024)"


@tool("openssl")
def openssl(ctx: Context) -> Steps:
    """openssl rand | base64 | dgst | sha256 | version | x509 | genrsa | genpkey | rsa | pkey | req"""
    command, args = (ctx.args[0], ctx.args[1:]) if ctx.args else ("help", [])
    if command == "version":
        ctx.print(VERSION)
        return 0
    if command == "rand":
        return _rand(ctx, args)
    digest = command if command in ("md5", "sha1", "sha256", "sha512") else "sha256"
    if command in ("dgst", "md5", "sha1", "sha256", "sha512"):
        return (yield from _digest(ctx, args, digest))
    if command in ("base64", "enc") and (command == "base64" or "-base64" in args):
        return (yield from _base64(ctx, args))
    if command in KEYS:
        return KEYS[command](ctx, args)
    if command == "x509":
        return (yield from _certificate(ctx, args))
    refuse(ctx, f"openssl {command}")


def _value(args: list[str], name: str) -> str | None:
    return args[args.index(name) + 1] if name in args and args.index(name) + 1 < len(args) else None


def _rand(ctx: Context, args: list[str]) -> int:
    number = next((arg for arg in args if arg.isdigit()), None)
    if number is None:
        raise Exit(1, "Usage: rand [-hex | -base64] num\n")
    data = ctx.shell.kernel.random_bytes(min(int(number), 1024 * 1024), "openssl", ctx.shell.pid)
    if "-hex" in args:
        ctx.print(data.hex())
    elif "-base64" in args:
        ctx.write(base64.encodebytes(data).decode() if len(data) < 48 else _wrapped(data))
    else:
        ctx.write(to_text(data))
    return 0


def _wrapped(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    return "".join(text[at : at + 64] + "\n" for at in range(0, len(text), 64))


def _digest(ctx: Context, args: list[str], kind: str) -> Generator[Wait, Any, int]:
    for arg in args:
        if arg.lstrip("-") in ("md5", "sha1", "sha256", "sha384", "sha512"):
            kind = arg.lstrip("-")
    paths = [arg for arg in args if not arg.startswith("-")]
    texts = yield from gather(ctx, paths or ["-"])
    for path, text in zip(paths or ["stdin"], texts, strict=True):
        if text is not None:
            digest = hashlib.new(kind, to_bytes(text), usedforsecurity=False).hexdigest()
            label = kind.upper().replace("SHA", "SHA2-") if kind not in ("md5", "sha1") else kind.upper()
            ctx.print(digest if "-r" in args else f"{label}({path})= {digest}")
    return int(None in texts)


def _base64(ctx: Context, args: list[str]) -> Generator[Wait, Any, int]:
    texts = yield from gather(ctx, [_value(args, "-in") or "-"])
    data = to_bytes(texts[0] or "")
    if "-d" in args:
        try:
            ctx.write(to_text(base64.b64decode(data)))
        except ValueError:
            return 1
    else:
        text = base64.b64encode(data).decode() + "\n" if "-A" in args else _wrapped(data)
        ctx.write(text.removesuffix("\n") if "-A" in args else text)
    return 0


def _certificate(ctx: Context, args: list[str]) -> Generator[Wait, Any, int]:
    path = _value(args, "-in") or "-"
    texts = yield from gather(
        ctx,
        [path],
        lambda name, error: f"Could not open file or uri for loading certificate from {name}: {error.reason}",
    )
    if texts[0] is None:
        return 1
    match = _PEM.search(texts[0])
    if not match:
        where = "<stdin>" if path == "-" else path
        raise Exit(1, f"Could not read certificate from {where}\nUnable to load certificate\n")
    wanted = [arg for arg in args if arg in FIELDS]
    der = base64.b64decode("".join(match.group(1).split()))
    if der.startswith(b"\x30"):
        openssl_x509.show(ctx, match.group() + "\n", wanted)
        if "-noout" not in args:
            ctx.print(match.group())
        return 0
    try:
        body = json.loads(der)
        subject, issuer = _name(body["subject"]), _name(body.get("issuer", {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        refuse(ctx, "reading a certificate from outside of the lab")
    for option in wanted:
        if option == "-subject":
            ctx.print(f"subject={subject}")
        elif option == "-issuer":
            ctx.print(f"issuer={issuer}")
        elif option == "-text":
            ctx.write(f"Certificate:\n    Data:\n        Issuer: {issuer}\n        Subject: {subject}\n")
        elif "notAfter" in body and option in ("-dates", "-enddate", "-startdate"):
            if option != "-enddate":
                ctx.print(f"notBefore={body.get('notBefore', '')}")
            if option != "-startdate":
                ctx.print(f"notAfter={body['notAfter']}")
        else:
            refuse(ctx, f"openssl x509 {option}: the lab's certificates do not have it")
    if "-noout" not in args:
        ctx.print(match.group())
    return 0


def _name(parts: dict[str, Any]) -> str:
    shown: list[str] = []
    for key in sorted(parts, key=lambda name: name != "O"):
        values = parts[key] if isinstance(parts[key], list) else [parts[key]]
        shown.extend(f"{key} = {value}" for value in values)
    return ", ".join(shown)
