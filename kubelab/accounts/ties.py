"""What somebody has to settle before their account can be deleted: others would be left alone with it.

The apps that know of such things say so here; accounts know nothing of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubelab.accounts.models import User


@dataclass(frozen=True)
class Tie:
    """Something to be settled.

    Args:
        what: in a few words.
        url: of the page where that can be done.
    """

    what: str
    url: str


asked: list[Callable[[User], list[Tie]]] = []


def ties_of(user: User) -> list[Tie]:
    """Return all that somebody has to settle first."""
    return [tie for ask in asked for tie in ask(user)]
