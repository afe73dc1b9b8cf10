"""A lab page without a cluster behind it, to work on its looks: a made-up socket plays nodes, Pods and a terminal.

Run `.venv/bin/python frontend/dev/stub.py [PORT]` and open http://127.0.0.1:8100/?pods=5 (or ?pods=10000&nodes=100).
Not a test double of the cluster: what it answers is scenery.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kubelab.settings")
os.environ["DEBUG"] = "1"

import django  # noqa: E402 - after the settings' name is set

django.setup()

import kubernetes_validate  # noqa: E402
import uvicorn  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from frontend.dev.scenery import Scenery  # noqa: E402

settings.TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")  # type: ignore[index] # a list in our settings
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def page(query: dict[str, list[str]]) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    lab = {"public_id": f"{query.get('nodes', ['3'])[0]}-{query.get('pods', ['5'])[0]}", "version": "1.36"}
    context: dict[str, Any] = {"lab": lab, "lab_title": "A Pod, and what keeps it", "lab_files": ["pod.yaml", "web.yaml"]}
    if "playground" not in query:
        context |= {"lesson": {"slug": "demo"}, "step": {"slug": "one"}}
    return render_to_string("stub.html", context, request)


def schemas() -> bytes:
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / "v1.36.0-local"
    return (folder / "_definitions.json").read_bytes()


async def http(scope: dict[str, Any], send: Send) -> None:
    if scope["path"].startswith("/schemas/"):
        body, kind = schemas(), b"application/json"
    else:
        body, kind = page(parse_qs(scope["query_string"].decode())).encode(), b"text/html; charset=utf-8"
    policy = b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
    headers = [(b"content-type", kind), (b"content-security-policy", policy)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    nodes, pods = (int(part) for part in scope["path"].strip("/").split("/")[-1].split("-"))
    scenery = Scenery(nodes, pods, time.time())
    await receive()
    await send({"type": "websocket.accept"})

    async def say(message: dict[str, Any]) -> None:
        await send({"type": "websocket.send", "text": json.dumps(message)})

    life = asyncio.create_task(scenery.live(say))
    while (event := await receive())["type"] != "websocket.disconnect":
        await scenery.hear(json.loads(event["text"]), say)
    life.cancel()


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await socket(scope, receive, send)
    elif scope["type"] == "http":
        await http(scope, send)


if __name__ == "__main__":
    static = ASGIStaticFilesHandler(application)

    async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        is_static = scope["type"] == "http" and scope["path"].startswith("/static/")
        await (static if is_static else application)(scope, receive, send)

    uvicorn.run(serve, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8100, log_level="warning", lifespan="off")
