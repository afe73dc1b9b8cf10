"""The labs that have a page open in this process: one map, one screen and one shell each, and the pages that look.

Pages are told that there is news, not what: each takes what it does not have yet, when its socket is free for it.
So a burst is one update, and a slow socket loses nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from kubelab.accounts.models import User
from kubelab.cluster.cluster import Cluster
from kubelab.labs import keeping
from kubelab.labs.keeping import Act
from kubelab.labs.map import ClusterMap
from kubelab.labs.models import Lab, TerminalState
from kubelab.labs.packing import Row
from kubelab.labs.screen import NOWHERE, Screen
from kubelab.labs.shell import Shell
from kubelab.labs.workers import Urgency, workers

SCREEN_KEPT = 16 * 1024  # letters

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Page:
    """One open page: who looks at which lesson, and what it has already."""

    lab: Lab
    user: User
    news: Callable[[], None]  # tells the socket; may be called from any thread
    lesson: str = ""
    step: str = ""
    revision: int = 0
    position: int = NOWHERE  # on the screen
    edit: str | None = ""  # the token of the file that it was asked to edit, "" for none; None: perhaps an old one
    notes: dict[str, Any] = field(default_factory=dict)  # for those who make fragments, to remember what they sent
    outbox: deque[dict[str, Any]] = field(default_factory=deque)
    looks: bool = False  # it only looks, at somebody else's lab: see `looking`

    def take_outbox(self) -> Iterator[dict[str, Any]]:
        """Yield the messages that wait to be sent, each once."""
        while self.outbox:
            yield self.outbox.popleft()


class Fragments(Protocol):
    """Makes HTML for a page after its cluster changed, or after the page was opened at a step.

    Called in a worker's thread while the cluster stands still; must not act on it.

    Args:
        changes: key, revision and object of what changed, none when something happened in the terminal alone;
            None: look at everything.

    Returns:
        htmx out-of-band fragments.
    """

    def __call__(self, page: Page, cluster: Cluster, changes: Sequence[Row] | None) -> Iterable[str]: ...


_fragments: list[Fragments] = []
# Called with a lab that somebody looks at, and what its terminal has just shown.
printed: list[Callable[["LiveLab", str], None]] = []
# Called on the event loop with a lab's id when its first page has come here, or its last one has gone.
presence: list[Callable[[int], None]] = []


def on_change(make: Fragments) -> Fragments:
    """Have `make` called after each change of a cluster or its terminal, for each page that looks at it.

    Usable as a decorator.
    """
    _fragments.append(make)
    return make


class LiveLab:
    """What this process has of a lab that has pages open here.

    Args:
        lab_id: whose.
        loop: the event loop of the pages' sockets.
    """

    def __init__(self, lab_id: int, loop: asyncio.AbstractEventLoop) -> None:
        self.lab_id = lab_id
        self.pages: list[Page] = []
        self.shell = Shell(lab_id)
        self.screen = Screen()
        self.map: ClusterMap | None = None
        self.clock: dict[str, Any] = {}
        self.commits = -1
        self.waiting = 0  # messages of pages that wait or are being done; the loop's alone
        self.jump: float | None = None  # the virtual time that somebody wants to get to
        self.lookers = ""  # who else looks, as the owner's pages were told
        self.loop = loop
        self.alarm: asyncio.TimerHandle | None = None
        self._cluster: Cluster | None = None

    # on the event loop

    def echo(self, keys: str) -> bool:
        """Edit the line being typed and show it; False when the keys have to wait for their turn."""
        if self.waiting:
            return False
        echo = self.shell.edit_line(keys)
        if echo is None:
            return False
        self.show(echo)
        self.tell()
        return True

    def show(self, text: str) -> None:
        """Put text on the screen; from any thread."""
        self.screen.write(text)
        if text and self.lookers:
            for hear in printed:
                hear(self, text)

    def tell(self) -> None:
        """Tell every page that there is news; from any thread."""
        for page in list(self.pages):
            page.news()

    def say(self, message: str) -> None:
        """Show all pages of the owner an error."""
        for page in self.own_pages:
            page.outbox.append({"type": "error", "message": message})
        self.tell()

    @property
    def own_pages(self) -> list[Page]:
        """The pages of whose lab it is."""
        return [page for page in list(self.pages) if not page.looks]

    def show_lookers(self, names: str) -> None:
        """Tell the owner who looks; "" for nobody."""
        if names != self.lookers:
            self.lookers = names
            for page in self.own_pages:
                page.outbox.append({"type": "lookers", "names": names})
            self.tell()

    # in an act

    def go_on(self, act: Act) -> None:
        """Get closer to the moment that somebody wants to jump to."""
        if self.jump is not None and act.run_until(self.jump):
            self.jump = None
            act.touch("now")

    # after it

    def follow(self, act: Act) -> None:
        """Take in what an act has changed and committed."""
        anew = self._cluster is not act.cluster
        self._cluster, self.commits = act.cluster, act.lab.commits
        if self.map is None:
            self.map = ClusterMap(act.cluster)
        elif anew:
            self.map.rebuild(act.cluster)
        elif act.changes:
            self.map.follow(act.changes, act.cluster.store.revision)
        self.clock = clock_of(act)
        self.show(self.shell.committed())
        for page in list(self.pages):
            if not page.looks and (act.changes or anew or act.terminal is not None):
                self.make_fragments(page, act.cluster, None if anew else act.changes)
        self.tell()

    def patience(self, act: Act) -> float | None:
        """Return after how many real seconds the shell or a jump wants to go on; None: not by time."""
        if self.jump is not None:
            return 0.0
        due = self.shell.due
        if due is None or (act.lab.paused and due > act.cluster.clock.now):
            return None
        return max(0.0, due - act.cluster.clock.now) / act.lab.rate

    def make_fragments(self, page: Page, cluster: Cluster, changes: Sequence[Row] | None) -> None:
        """Put into a page's outbox what changed in its text."""
        for make in _fragments:
            try:
                html = "".join(make(page, cluster, changes))
            except Exception:
                logger.exception("fragments of a page failed")
                continue
            if html:
                page.outbox.append({"type": "html", "html": html})

    def start_over(self) -> None:
        """The lab was reset: forget what was printed, typed and waited for."""
        self.shell = Shell(self.lab_id, self.shell.size)
        self.screen.clear()
        self.jump = None


def clock_of(act: Act) -> dict[str, Any]:
    """Return the "clock" message for the moment of an act."""
    return {
        "type": "clock",
        "now": act.cluster.clock.now,
        "rate": act.lab.rate,
        "paused": act.lab.paused,
        "next": act.cluster.next_due(),
        "at": act.real,
    }


_live: dict[int, LiveLab] = {}
_lock = Lock()


def live(lab_id: int) -> LiveLab | None:
    """Return what this process has of a lab, if a page of it is open here."""
    return _live.get(lab_id)


def join(page: Page) -> LiveLab:
    """Add a page to its lab; call it on the event loop of the page's socket."""
    with _lock:
        lab = _live.get(page.lab.pk)
        if lab is None:
            lab = _live[page.lab.pk] = LiveLab(page.lab.pk, asyncio.get_running_loop())
        if page not in lab.pages:
            lab.pages.append(page)
    tell_of_presence(page)
    return lab


def leave(page: Page) -> None:
    """Take a page away; the last one takes the lab's map and screen with it."""
    with _lock:
        lab = _live.get(page.lab.pk)
        if lab is None:
            return
        if page in lab.pages:
            lab.pages.remove(page)
        if not lab.pages:
            del _live[page.lab.pk]
            # Urgent, so that it is there for a page that follows at once: the lesson's next step.
            workers.submit(Urgency.COMMAND, remember_screen, page.lab.pk, lab.screen.tail(SCREEN_KEPT))
    tell_of_presence(page)


def tell_of_presence(page: Page) -> None:
    """Say that a page of a lab's owner has come or gone."""
    if not page.looks:
        for told in list(presence):
            told(page.lab.pk)


def is_present(lab_id: int) -> bool:
    """Tell whether its owner has a lab open, in this process."""
    lab = _live.get(lab_id)
    return lab is not None and bool(lab.own_pages)


def remember_screen(lab_id: int, text: str) -> None:
    """Keep what the last page saw, for the next one."""
    TerminalState.objects.filter(lab=lab_id).update(screen=text)


def watched() -> dict[int, int]:
    """Return the labs that have a page open here, with the commit that their pages were last told of."""
    return {lab_id: lab.commits for lab_id, lab in list(_live.items())}


def _follow(act: Act) -> None:
    lab = _live.get(act.lab.pk)
    if lab is not None:
        lab.follow(act)


keeping.after_act.append(_follow)
