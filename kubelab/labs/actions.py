"""What is done about a page's message, in a worker's thread: one function for each kind of message."""

from collections.abc import Callable
from shlex import quote
from typing import Any

from kubelab.labs import creation, looking
from kubelab.labs.keeping import Act
from kubelab.labs.live import LiveLab, Page, live
from kubelab.labs.messages import (
    Apply,
    BadMessage,
    ClockAction,
    Hello,
    Keys,
    Message,
    Open,
    Reset,
    Resize,
    Run,
    Save,
    Step,
)
from kubelab.labs.timekeeping import LONGEST_JUMP, RATES
from kubelab.labs.visits import visit, wake


def do(page: Page, message: Message) -> None:
    """Do what a page asks for.

    Raises:
        NotKept: nothing of it has happened.
        FileError: a file could not be read or written.
    """
    lab = live(page.lab.pk)
    if lab is not None:
        ACTIONS[type(message)](lab, page, message)


def hello(lab: LiveLab, page: Page, message: Hello) -> None:
    """A page opens, or comes back: the cluster awakes."""

    def greet(act: Act) -> None:
        wake(act)
        lab.shell.resize(act, *window(message))

    visit(lab.lab_id, greet)
    if lab.lookers:
        page.outbox.append({"type": "lookers", "names": lab.lookers})
    page.news()


def window(message: Hello | Resize) -> tuple[int, int]:
    """Return columns and rows, within what a terminal can be."""
    return min(max(message.cols, 20), 500), min(max(message.rows, 5), 200)


def keys(lab: LiveLab, _page: Page, message: Keys) -> None:
    visit(lab.lab_id, lambda act: lab.shell.feed(act, message.data))


def resize(lab: LiveLab, _page: Page, message: Resize) -> None:
    visit(lab.lab_id, lambda act: lab.shell.resize(act, *window(message)))
    looking.tell_size(lab)


def run(lab: LiveLab, _page: Page, message: Run) -> None:
    """Type a line into the terminal."""
    visit(lab.lab_id, lambda act: lab.shell.type_line(act, message.line))


def save(lab: LiveLab, page: Page, message: Save) -> None:
    """Save a file of the editor; with a token, a command in the terminal waits for it."""

    def write(act: Act) -> None:
        lab.shell.write_file(act, message.path, message.content)
        if message.token:
            lab.shell.edited(act, message.token)

    visit(lab.lab_id, write)


def apply(lab: LiveLab, page: Page, message: Apply) -> None:
    """Save a file and type `kubectl apply -f` for it."""

    def write_and_type(act: Act) -> None:
        path = lab.shell.write_file(act, message.path, message.content)
        lab.shell.type_line(act, f"kubectl apply -f {quote(path)}")

    visit(lab.lab_id, write_and_type)


def open_file(lab: LiveLab, page: Page, message: Open) -> None:
    """Read a file for the editor; one that is not there yet is empty."""

    def read(act: Act) -> None:
        content = lab.shell.read_file(act, message.path)
        page.outbox.append({"type": "file", "path": message.path, "content": content})

    visit(lab.lab_id, read)
    page.news()


def clock(lab: LiveLab, _page: Page, message: ClockAction) -> None:
    """Pause, resume, speed up, jump or step the cluster's time."""
    if message.action not in CLOCK:
        raise BadMessage(f"clock: action is one of {', '.join(CLOCK)}")
    visit(lab.lab_id, lambda act: CLOCK[message.action](lab, act, message.value))


def pause(lab: LiveLab, act: Act, _value: float) -> None:
    act.lab.paused, lab.jump = True, None
    act.touch("paused")


def resume(_lab: LiveLab, act: Act, _value: float) -> None:
    act.lab.paused = False
    act.touch("paused")


def rate(_lab: LiveLab, act: Act, value: float) -> None:
    act.lab.rate = min(RATES, key=lambda known: abs(known - value))
    act.lab.paused = False
    act.touch("rate", "paused")


def jump(lab: LiveLab, act: Act, value: float) -> None:
    """Pass that many virtual seconds; if there is much to do, in several goes."""
    lab.jump = act.cluster.clock.now + min(max(value, 0.0), LONGEST_JUMP)
    lab.go_on(act)


def step(lab: LiveLab, act: Act, value: float) -> None:
    """Go to the next moment at which something is due."""
    for _ in range(max(1, min(int(value), 100))):
        due = act.cluster.next_due()
        if due is not None:
            act.run_until(due)
    act.touch("now")


CLOCK: dict[str, Callable[[LiveLab, Act, float], None]] = {
    "pause": pause, "resume": resume, "rate": rate, "jump": jump, "step": step,
}  # fmt: skip


def reset(lab: LiveLab, _page: Page, _message: Reset) -> None:
    """Start over: another cluster, an empty home, a fresh shell."""
    start_over(lab.lab_id)


def start_over(lab_id: int, *, preset: str = "", version: str = "") -> None:
    """Reset a lab, and tell its pages.

    Args:
        preset, version: of the new cluster; "" for those of the old one.
    """
    creation.reset(lab_id, preset=preset, version=version)
    lab = live(lab_id)
    if lab is not None:
        lab.start_over()
        visit(lab_id, wake)


def step_page(lab: LiveLab, page: Page, message: Step) -> None:
    """Another page of the lesson is open: all of its fragments are due."""
    page.lesson, page.step = message.lesson, message.step
    page.notes.clear()
    visit(lab.lab_id, lambda act: lab.make_fragments(page, act.cluster, None))
    page.news()


ACTIONS: dict[type, Callable[[LiveLab, Page, Any], None]] = {
    Hello: hello, Keys: keys, Resize: resize, Run: run, Save: save, Apply: apply, Open: open_file,
    ClockAction: clock, Reset: reset, Step: step_page,
}  # fmt: skip
