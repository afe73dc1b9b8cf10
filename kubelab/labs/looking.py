"""Somebody looks at another's lab: the terminal, the map and the files as they are, and nothing can be done.

Looking changes nothing: it neither wakes a cluster nor lets its time pass, and the terminal keeps its owner's size. The
owner sees who looks, wherever their page is served: names are kept in the lab's row while they are renewed. And
what is not in the database, the terminal's screen, comes from the process of the owner's page (`publish`).
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from kubelab.accounts.models import User
from kubelab.labs import keeping, live
from kubelab.labs.keeping import Act
from kubelab.labs.live import LiveLab, Page
from kubelab.labs.messages import BadMessage, Hello, Message, Open
from kubelab.labs.models import Lab
from kubelab.labs.screen import NOWHERE
from kubelab.labs.timekeeping import LINGER
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers

HOME = "/machine/files/workstation/home/learner/"
MOST_FILES = 30
READ_ONLY = "You are looking: nothing can be changed from here."

# Who says that a user may look at a lab: by what name its owner is told of them; "" when they may not.
permits: list[Callable[[User, Lab], str]] = []


def permit(user: User, lab: Lab) -> str:
    """Return the name under which somebody may look at a lab; "" when they may not."""
    return next(filter(None, (ask(user, lab) for ask in permits)), "")


def do(page: Page, message: Message) -> None:
    """Do what a page that looks asks for.

    Raises:
        BadMessage: if it is anything else than looking.
    """
    lab = live.live(page.lab.pk)
    if lab is None:
        return
    if isinstance(message, Hello):
        greet(lab, page)
    elif isinstance(message, Open):
        read(lab, page, message.path)
    else:
        raise BadMessage(READ_ONLY)


def greet(lab: LiveLab, page: Page) -> None:
    """Show all there is."""
    paths: list[str] = []
    visit(lab.lab_id, lambda act: paths.extend(paths_of(key for key, _ in act.cluster.store.items(HOME))))
    page.outbox.append({"type": "size", "cols": lab.shell.size[0], "rows": lab.shell.size[1]})
    page.outbox.append({"type": "files", "paths": paths})
    page.news()


def read(lab: LiveLab, page: Page, path: str) -> None:
    """Show a file of the home."""

    def look(act: Act) -> None:
        content = lab.shell.read_file(act, path)
        page.outbox.append({"type": "file", "path": path, "content": content})

    visit(lab.lab_id, look)
    page.news()


def paths_of(keys: Iterable[str]) -> list[str]:
    """Return the files of the home among the store's keys, without hidden ones."""
    found = [key.removeprefix(HOME) for key in keys if key.startswith(HOME)]
    return sorted(path for path in found if not path.startswith(".") and "/." not in path)[:MOST_FILES]


def tell_size(lab: LiveLab) -> None:
    """The owner's terminal has another size."""
    message = {"type": "size", "cols": lab.shell.size[0], "rows": lab.shell.size[1]}
    for page in pages_of(lab):
        page.outbox.append(message)
        page.news()
    publish(lab, message)


def tell_files(act: Act) -> None:
    """Files of the home have changed: those who look have them read again."""
    lab = live.live(act.lab.pk)
    if lab is None or not (lab.lookers or pages_of(lab)):
        return
    paths = paths_of(key for key, _, obj in act.changes if obj is not None)
    if not paths:
        return
    for page in pages_of(lab):
        page.outbox.append({"type": "files", "paths": paths})
        page.news()
    publish(lab, {"type": "files", "paths": paths})


keeping.after_act.append(tell_files)


def pages_of(lab: LiveLab) -> list[Page]:
    """Return the pages that look at a lab."""
    return [page for page in list(lab.pages) if page.looks]


# to those who look from other processes


def group_of(lab_id: int) -> str:
    """Return the name of the group of those who look at a lab."""
    return f"look-{lab_id}"


def publish(lab: LiveLab, message: dict[str, Any]) -> None:
    """Send a message to those who look at a lab from other processes, if there are any; from any thread."""
    if settings.REDIS_URL and lab.lookers and lab.own_pages:
        sent = get_channel_layer().group_send(group_of(lab.lab_id), {"type": "look.message", "message": message})
        asyncio.run_coroutine_threadsafe(sent, lab.loop)


def publish_screen(lab: LiveLab) -> None:
    """Somebody began to look: send what is on the screen now."""
    text, _, _ = lab.screen.since(NOWHERE)
    tell_size(lab)
    publish(lab, {"type": "terminal", "data": text, "reset": True})


def publish_text(lab: LiveLab, text: str) -> None:
    publish(lab, {"type": "terminal", "data": text, "reset": False})


live.printed.append(publish_text)


# who looks


def came_or_went(page: Page) -> None:
    """Note who looks now; call it after a page that looks has joined or left."""
    workers.submit(Urgency.PAGE, note, page.lab.pk)


def see(lab: LiveLab, names: str) -> None:
    """Take in who looks at a lab, from wherever."""
    before = lab.lookers
    lab.show_lookers(names)
    if names and names != before:
        publish_screen(lab)


def note(lab_id: int) -> None:
    """Keep who looks at a lab from this process, and tell its owner."""
    lab = live.live(lab_id)
    names = ", ".join(sorted({page.notes["name"] for page in pages_of(lab)})) if lab is not None else ""
    until = time.time() + LINGER if names else 0.0
    Lab.objects.filter(pk=lab_id).update(looked_by=names[:200], looked_until=until)
    if lab is not None:
        lab.show_lookers(names[:200])


def go_on() -> None:
    """Renew what is kept of those who look from this process."""
    looked_at = [lab_id for lab_id in live.watched() if (lab := live.live(lab_id)) is not None and pages_of(lab)]
    if looked_at:
        Lab.objects.filter(pk__in=looked_at).update(looked_until=time.time() + LINGER)


def is_only_looked_at(lab_id: int) -> bool:
    """Tell whether a lab is open here, but not for its owner: nothing keeps it awake then."""
    lab = live.live(lab_id)
    return lab is not None and bool(lab.pages) and not lab.own_pages
