"""The one entry point for the web: pages over HTTP, live labs over websockets, and the server's own life.

The clusters' time is run by a task of the server's life (ASGI lifespan), unless RECONCILE=0 leaves that to
`manage.py reconcile` processes.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kubelab.settings")
pages = get_asgi_application()  # loads the apps: what follows imports their models

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from kubelab import garbage  # noqa: E402
from kubelab.classroom import routing as classes  # noqa: E402
from kubelab.labs import routing as labs  # noqa: E402
from kubelab.labs.reconciler import reconcile_forever  # noqa: E402
from kubelab.labs.workers import workers  # noqa: E402

log = logging.getLogger(__name__)
SECONDS_TO_STOP = 3


class Lifespan:
    """Starts the reconciler with the server and stops it before the server goes.

    Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
    """

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[..., Any]) -> None:
        stop, task = asyncio.Event(), None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                garbage.hold_back()
                collecting = asyncio.create_task(garbage.collect_now_and_then(workers.are_idle))
                if settings.RECONCILE:
                    task = asyncio.create_task(reconcile_forever(stop))
                    task.add_done_callback(tell_of_death)
                await send({"type": "lifespan.startup.complete"})
            else:
                stop.set()
                collecting.cancel()
                if task is not None:
                    await asyncio.wait([task], timeout=SECONDS_TO_STOP)
                await sync_to_async(connections.close_all)()
                await send({"type": "lifespan.shutdown.complete"})
                return


def tell_of_death(task: "asyncio.Task[None]") -> None:
    """A task's exception is silent until somebody asks for it: without this, clusters would just stand still."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the reconciler died: clusters' time stands still", exc_info=error)


sockets = [*labs.websocket_urlpatterns, *classes.websocket_urlpatterns]
application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(sockets))),
        "lifespan": Lifespan(),
    }
)
