"""The board of an assignment: where each learner is, what is hard for many, who is stuck. Five queries a look.

A board is told whose standing has changed, not what: it looks up those alone, and sends their rows and the summary in
one message. Who has their page open here is known at once; what another process says is in the labs' rows.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kubelab.classroom.items import Item, item_of
from kubelab.classroom.models import Assignment, Attempt, Classroom, Kind, Membership, Standing
from kubelab.courses.models import Exercising, Progress
from kubelab.labs import live

STUCK_SECONDS = 300
MOST_STUCK = 8  # named in the summary


@dataclass(frozen=True)
class Row:
    """One learner on the board."""

    membership: int
    name: str
    state: str = "not-begun"  # or at-work, handed-in, done
    place: str = ""  # where they are, in words
    part: str = ""  # the step or check where they are
    passed: frozenset[str] = frozenset()
    since: datetime | None = None  # when they last got on
    attempts: int = 0
    grade: float | None = None
    is_here: bool = False
    lab: int | None = None

    def seconds_stuck(self, now: datetime) -> float:
        """Return for how long somebody who is here has not got on; 0 for the others."""
        if self.state != "at-work" or not self.is_here or self.since is None:
            return 0.0
        seconds = (now - self.since).total_seconds()
        return seconds if seconds >= STUCK_SECONDS else 0.0


@dataclass
class Board:
    """An assignment and everybody's rows."""

    assignment: Assignment
    classroom: Classroom
    rows: dict[int, Row] = field(default_factory=dict)
    item: Item | None = None

    def __post_init__(self) -> None:
        self.item = item_of(self.assignment)
        self.parts = self.item.parts if self.item is not None else []
        self.titles = dict(self.parts)

    def look(self, memberships: Iterable[int] | None = None) -> list[Row]:
        """Look up everybody, or some; returns the rows that look different now, and takes those away that are gone."""
        found = {row.membership: row for row in self._rows(memberships)}
        wanted = set(self.rows) if memberships is None else set(memberships)
        for gone in wanted - set(found):
            self.rows.pop(gone, None)
        changed = [row for row in found.values() if self.rows.get(row.membership) != row]
        self.rows.update(found)
        return changed

    def _rows(self, memberships: Iterable[int] | None) -> Iterable[Row]:
        places = Membership.objects.filter(classroom=self.classroom, removed=None, joined__isnull=False)
        standings = Standing.objects.filter(assignment=self.assignment)
        if memberships is not None:
            places, standings = places.filter(pk__in=memberships), standings.filter(membership__in=memberships)
        people = list(places.order_by("name", "pk").values_list("pk", "name", "learner"))
        labs = self._labs([learner for _, _, learner in people])
        open_attempts = Attempt.objects.filter(assignment=self.assignment, submitted=None)
        at_work = set(open_attempts.values_list("membership", flat=True))
        known = {standing.membership_id: standing for standing in standings}
        now = time.time()
        for membership, name, learner in people:
            lab, until = labs.get(learner, (None, 0.0))
            here = lab is not None and (live.is_present(lab) or until > now)
            yield self._row(Row(membership, name, is_here=here, lab=lab), known.get(membership), membership in at_work)

    def _labs(self, learners: list[int]) -> dict[int, tuple[int, float]]:
        """Return the learners' labs for this assignment, and until when each counts as looked at by its owner."""
        if self.item is not None and not self.item.has_cluster:
            return {}
        if self.assignment.kind == Kind.EXERCISE:
            works: Any = Exercising.objects.filter(task=self.assignment.pk, exercise=self.assignment.exercise)
        else:
            works = Progress.objects.filter(lesson=self.assignment.lesson)
        rows = works.filter(learner__in=learners, lab__isnull=False)
        return {who: (lab, until) for who, lab, until in rows.values_list("learner", "lab", "lab__watched_until")}

    def _row(self, row: Row, standing: Standing | None, is_at_work: bool) -> Row:
        if standing is None or standing.began is None:
            return row
        passed = frozenset(standing.passed)
        part = self._part(standing, passed)
        is_done = self._is_full(standing) or (self.assignment.kind == Kind.LESSON and standing.finished is not None)
        return replace(
            row,
            state="done" if is_done else "handed-in" if standing.attempts and not is_at_work else "at-work",
            place=self.titles.get(part, ""),
            part=part,
            passed=passed,
            since=standing.since,
            attempts=standing.attempts,
            grade=standing.grade,
        )

    def _is_full(self, standing: Standing) -> bool:
        return standing.grade is not None and standing.grade >= self.assignment.points > 0

    def _part(self, standing: Standing, passed: frozenset[str]) -> str:
        """Return the step where a learner is, or the first check that is not green."""
        if self.assignment.kind == Kind.LESSON:
            return standing.place
        if self.assignment.kind == Kind.QUIZ:
            return ""
        return next((ident for ident, _ in self.parts if ident not in passed), "")

    # as HTML

    def row_html(self, row: Row, *, fresh: bool = False) -> SafeString:
        """Return a learner's row of the table.

        Args:
            fresh: to take the place of the one on the page.
        """
        strip = mark_safe("".join(self._cell(row, ident) for ident, _ in self.parts))
        since = row.since.isoformat() if row.since is not None and row.state == "at-work" else ""
        look = f"/classes/{self.classroom.public_id}/assignments/{self.assignment.pk}/learners/{row.membership}/"
        grade = "" if row.grade is None else f"{row.grade:.2f}".rstrip("0").rstrip(".")
        return format_html(
            '<tr id="learner-{}" class="is-{}{}" data-name="{}" data-part="{}" data-since="{}"{}>'
            '<th scope="row"><span class="here" title="{}"></span><a href="{}">{}</a>'
            '<span class="visually-hidden">, {}</span></th>'
            '<td class="board-state">{}</td><td class="board-place">{}</td>'
            '<td class="board-strip" aria-label="{} of {} done">{}</td><td class="board-since"></td>'
            '<td class="board-grade">{}</td><td class="class-act">{}</td></tr>',
            row.membership, row.state, " is-here" if row.is_here else "", row.name.casefold(), row.part, since,
            mark_safe(' hx-swap-oob="true"') if fresh else "", "here" if row.is_here else "not here", look, row.name,
            "here" if row.is_here else "not here", WORDS[row.state], row.place, len(row.passed), len(self.parts), strip,
            grade, mark_safe(LOOK.format(look, escape(row.name))) if row.lab is not None else "",
        )  # fmt: skip

    def _cell(self, row: Row, ident: str) -> str:
        look = "on" if ident in row.passed else "at" if ident == row.part else ""
        return f'<i class="{look}"></i>'

    def body(self) -> SafeString:
        """Return all rows."""
        return mark_safe("".join(self.row_html(row) for row in self.rows.values()))

    def summary(self, *, fresh: bool = False) -> str:
        """Return what there is to say about all of them."""
        return render_to_string("classroom/_board_summary.html", {**self.figures(), "oob": fresh})

    def figures(self) -> dict[str, Any]:
        now, rows = timezone.now(), list(self.rows.values())
        begun = [row for row in rows if row.state != "not-begun"]
        stuck = sorted(((row.seconds_stuck(now), row.name, row) for row in begun), reverse=True)
        parts = []
        for ident, title in self.parts if self.assignment.kind != Kind.QUIZ else ():
            at = [row for row in begun if row.part == ident and row.state != "done"]
            stuck_here = sum(row.seconds_stuck(now) > 0 for row in at)
            parts.append(
                {
                    "id": ident,
                    "title": title,
                    "passed": sum(ident in row.passed for row in begun),
                    "at": len(at),
                    "stuck": stuck_here,
                }
            )
        return {
            "assignment": self.assignment,
            "classroom": self.classroom,
            "learners": len(rows),
            "here": sum(row.is_here for row in rows),
            "begun": len(begun),
            "counts": {state.replace("-", "_"): sum(row.state == state for row in rows) for state in WORDS},
            "parts": parts,
            "stuck": [row for seconds, _, row in stuck[:MOST_STUCK] if seconds],
        }


WORDS = {"not-begun": "not begun", "at-work": "at work", "handed-in": "handed in", "done": "done"}
LOOK = '<a class="board-look" href="{}look/">Look<span class="visually-hidden"> at the cluster of {}</span></a>'


def board_of(assignment: Assignment, classroom: Classroom) -> Board:
    """Return the board of an assignment as it is now."""
    board = Board(assignment, classroom)
    board.look()
    return board
