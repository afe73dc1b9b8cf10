"""The checks of one page, evaluated again when what they read has changed.

State and arithmetic only: who keeps it, and who is told, is the caller's.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.objects import Object
from kubelab.cluster.store import prefix_of
from kubelab.courses.checks.expressions import COMMANDS, FILES, REMEMBERED, Expression, compiled, kind_names
from kubelab.courses.checks.sight import Command, Sight
from kubelab.courses.format.lesson import Check, Remember

HOME_FILES = "/machine/files/workstation/"
CHEAP = 0.02  # seconds of processor time that an evaluation may take to be done at each change
SHARE = 0.1  # of the time that expensive ones may take
LONGEST_VALUE = 10_000  # letters of a value that is remembered

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """How a check stands; `why` tells the learner what is missing."""

    passed: bool
    why: str = ""


@dataclass
class News:
    """What a look has found out.

    Args:
        again: seconds after which to look once more, because something was put off.
    """

    changed: dict[str, Outcome] = field(default_factory=dict)  # by the check's id
    remembered: dict[str, Any] = field(default_factory=dict)
    again: float | None = None

    @property
    def passed(self) -> list[str]:
        return [check for check, outcome in self.changed.items() if outcome.passed]


def value_of(expression: Expression, sight: Sight) -> Any:
    """Return what an expression says; None when it fails, or was never right."""
    if expression.program is None or expression.problems:
        return None
    try:
        return expression.program.execute(sight.context(expression))
    except BaseException as error:  # the library's panics are none of Exception's
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return None


def outcome_of(value: Any) -> Outcome:
    """Return what a check's value means: true passes, a text says what is missing."""
    if isinstance(value, str):
        return Outcome(False, value[:500])
    return Outcome(value is True)


class Watch:
    """Checks and what they remember, for one learner.

    Args:
        version: of the cluster, by which names of kinds are known.
        passed: ids of the checks that have passed already.
        latching: passed checks stay passed and are not looked at again.
        sparing: expensive checks are evaluated less often; else always, whatever they cost.
    """

    def __init__(
        self,
        checks: Iterable[Check],
        remembers: Iterable[Remember],
        version: str,
        *,
        passed: Iterable[str] = (),
        remembered: dict[str, Any] | None = None,
        names: Iterable[str] = (),
        latching: bool = True,
        sparing: bool = True,
    ) -> None:
        self.latching = latching
        self.sparing = sparing
        self.outcomes = {check: Outcome(True) for check in passed}
        self._expressions = {check.id: compiled(check.expression, version) for check in checks}
        self._remembers = {one.name: compiled(one.expression, version) for one in remembers}
        self.remembered: dict[str, Any] = {**dict.fromkeys((*names, *self._remembers)), **(remembered or {})}
        self._not_before: dict[str, float] = {}
        self._put_off: dict[str, frozenset[str] | None] = {}

    @property
    def is_complete(self) -> bool:
        """Whether all checks have passed."""
        return all(self.outcomes.get(check, Outcome(False)).passed for check in self._expressions)

    def look(self, cluster: Cluster, commands: Sequence[Command], changed: frozenset[str] | None) -> News:
        """Evaluate what the changes touch.

        Args:
            changed: names of what has changed (see `names_of`); None: anything may have.
        """
        sight, news = Sight(cluster, commands, self.remembered), News()
        for name, expression in self._remembers.items():
            if self.remembered[name] is None and expression.is_touched(changed):
                value = value_of(expression, sight)
                if value is not None and value is not False and is_small(value):
                    news.remembered[name] = self.remembered[name] = value
        if news.remembered:
            sight = Sight(cluster, commands, self.remembered)
            changed = None if changed is None else changed | {REMEMBERED}
        for check, expression in self._expressions.items():
            self._look_at(check, expression, sight, changed, news)
        return news

    def _look_at(
        self, check: str, expression: Expression, sight: Sight, changed: frozenset[str] | None, news: News
    ) -> None:
        before = self.outcomes.get(check)
        if self.latching and before is not None and before.passed:
            return
        waiting = check in self._put_off
        if not waiting and before is not None and not expression.is_touched(changed):
            return
        now, begun = time.monotonic(), time.thread_time()
        left = self._not_before.get(check, 0.0) - now
        if left > 0:
            self._put_off[check] = None
            news.again = left if news.again is None else min(left, news.again)
            return
        self._put_off.pop(check, None)
        outcome = outcome_of(value_of(expression, sight))
        cost = time.thread_time() - begun
        if cost > CHEAP and self.sparing:
            self._not_before[check] = now + cost / SHARE
            logger.info("the check %r took %.2f s", check, cost)
        if outcome != before:
            self.outcomes[check] = news.changed[check] = outcome


def is_small(value: Any) -> bool:
    """Tell whether a value may be kept: plain, and not long."""
    return isinstance(value, str | int | float | bool | list | dict) and len(repr(value)) <= LONGEST_VALUE


def names_of(changes: Iterable[tuple[str, int, Object | None]], version: str) -> frozenset[str]:
    """Return the names of what a commit changed, as checks read it."""
    plurals, found, seen = kind_names(version).plural_of, set[str](), set[str]()
    for key, _, _ in changes:
        if key.startswith("/registry/"):
            prefix = prefix_of(key)
            if prefix not in seen:
                seen.add(prefix)
                found.add(plurals.get(prefix, prefix))
        elif key.startswith(HOME_FILES):
            found.add(FILES)
    return frozenset(found)


__all__ = ["COMMANDS", "News", "Outcome", "Watch", "names_of", "outcome_of", "value_of"]
