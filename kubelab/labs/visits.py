"""Acting on a cluster together with its shell: whoever lets a cluster's time pass also lets its commands go on."""

import time
from collections.abc import Callable

from kubelab.labs import live
from kubelab.labs.keeping import SLICE, Act, act_on
from kubelab.labs.timekeeping import LINGER, is_awake


def visit(
    lab_id: int, do: Callable[[Act], None] | None = None, *, wait: bool = True, seconds: float | None = SLICE
) -> None:
    """Catch up with the time, do something, let the shell's waiting commands go on, commit, tell the pages.

    Args:
        do: what to do besides; it may use the shell of the lab's pages.
        wait: False: raise Busy instead of waiting for another's act to end.
        seconds: of work that are done at the most to catch up with the time.

    Raises:
        NotKept: nothing of it has happened.
    """
    lab = live.live(lab_id)
    try:
        with act_on(lab_id, wait=wait, seconds=seconds) as act:
            if lab is not None:
                lab.shell.in_act(act)
            if do is not None:
                do(act)
            if lab is not None:
                lab.go_on(act)
                lab.shell.finish(act)
    except BaseException:
        if lab is not None:
            lab.shell.undo()
        raise


def wake(act: Act) -> None:
    """Let the cluster's time pass from now on, for as long as it is watched."""
    if not is_awake(act.lab, act.real):
        act.touch("at")
    act.lab.watched_until = time.time() + LINGER
    act.touch("watched_until")
