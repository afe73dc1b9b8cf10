"""The gradebook: a class's learners by its assignments. Four queries, however large the class is."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from kubelab.classroom.agenda import in_order
from kubelab.classroom.models import Assignment, Classroom, Extension, Membership, Standing, as_number

SORTS = ("name", "number", "total")
# What a spreadsheet would take for a formula. Source: OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Cell(NamedTuple):
    """How a learner stands with an assignment, as the gradebook shows it."""

    points: float | None
    override: float | None
    late: bool
    began: bool
    missed: bool = False

    @property
    def grade(self) -> float | None:
        return self.points if self.override is None else self.override

    @property
    def state(self) -> str:
        """The cell's class, and what is read aloud about it."""
        if self.override is not None:
            return "changed"
        if self.missed:
            return "missed"
        if self.points is None:
            return "under-way" if self.began else ""
        return "late" if self.late else ""


@dataclass
class Line:
    """One learner's line."""

    membership: Membership
    cells: list[Cell]
    total: float

    @property
    def username(self) -> str:
        return self.membership.learner.username if self.membership.learner is not None else ""

    @property
    def email(self) -> str:
        theirs = self.membership.learner.email if self.membership.learner is not None else ""
        return theirs or self.membership.email


@dataclass
class Gradebook:
    """All of it."""

    classroom: Classroom
    assignments: list[Assignment]
    lines: list[Line]

    @property
    def possible(self) -> float:
        """What all assignments together give."""
        return sum(assignment.points for assignment in self.assignments)

    @property
    def averages(self) -> list[float | None]:
        """The mean grade of each assignment, of those who have one."""
        columns = zip(*(line.cells for line in self.lines), strict=True) if self.lines else [()] * len(self.assignments)
        return [mean([cell.grade for cell in column if cell.grade is not None]) for column in columns]

    @property
    def average(self) -> float | None:
        return mean([line.total for line in self.lines])


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def gradebook_of(classroom: Classroom, sort: str = "name", *, downwards: bool = False) -> Gradebook:
    """Return the gradebook of a class.

    Args:
        sort: by one of SORTS, or by the id of an assignment.
        downwards: the last first.
    """
    assignments = list(classroom.assignments.order_by(*in_order()))
    places = list(classroom.memberships.filter(removed=None).select_related("learner").order_by("name", "pk"))
    rows = Standing.objects.filter(assignment__classroom=classroom, membership__removed=None)
    found = {
        (assignment, membership): (points, override, late, began is not None)
        for assignment, membership, points, override, late, began in rows.values_list(
            "assignment", "membership", "points", "override", "late", "began"
        )
    }
    extended = dict(
        Extension.objects.filter(assignment__classroom=classroom, due__isnull=False).values_list("pk", "due")
    )
    granted = {
        (one.assignment_id, one.membership_id): extended[one.pk]
        for one in Extension.objects.filter(pk__in=extended).only("assignment", "membership")
    } if extended else {}  # fmt: skip
    now = timezone.now()
    lines = [_line(place, assignments, found, granted, now) for place in places]
    book = Gradebook(classroom, assignments, lines)
    _sort(book, sort, downwards)
    return book


def _line(
    place: Membership, assignments: list[Assignment], found: dict[Any, Any], granted: dict[Any, datetime], now: datetime
) -> Line:
    cells, total = [], 0.0
    for assignment in assignments:
        known = found.get((assignment.pk, place.pk), (None, None, False, False))
        due = granted.get((assignment.pk, place.pk)) or assignment.due
        cell = Cell(*known, missed=known[0] is None and known[1] is None and due is not None and due < now)
        total += cell.grade or 0.0
        cells.append(cell)
    return Line(place, cells, total)


def _sort(book: Gradebook, sort: str, downwards: bool) -> None:
    numbers = {str(assignment.pk): index for index, assignment in enumerate(book.assignments)}
    if sort in numbers:
        index = numbers[sort]
        book.lines.sort(key=lambda line: -1.0 if line.cells[index].grade is None else line.cells[index].grade)
    elif sort == "total":
        book.lines.sort(key=lambda line: line.total)
    elif sort == "number":
        book.lines.sort(key=lambda line: line.membership.number)
    else:
        book.lines.sort(key=lambda line: line.membership.name.casefold())
    if downwards:
        book.lines.reverse()


# as a page


def body(book: Gradebook) -> SafeString:
    """Return the table's lines as HTML: 8,000 cells, for which templates would take a second."""
    base = reverse("class", args=[book.classroom.public_id])
    ids = [assignment.pk for assignment in book.assignments]
    return mark_safe("".join(_line_html(line, ids, base) for line in book.lines))  # all that is typed is escaped below


def _line_html(line: Line, ids: list[int], base: str) -> str:
    place = line.membership.pk
    cells = "".join(
        f'<td class="grade {cell.state}"><a href="{base}assignments/{number}/learners/{place}/">'
        f"{_cell_html(cell)}</a></td>"
        for number, cell in zip(ids, line.cells, strict=True)
    )
    name, more = escape(line.membership.name), escape(line.membership.number)
    head = f'<th scope="row">{name}<small>{more}</small></th><td class="total">{as_number(line.total)}</td>'
    return f"<tr>{head}{cells}</tr>"


NOTHING_YET = '<span class="visually-hidden">nothing yet</span>'
WORDS = {"changed": "given by hand", "missed": "missed", "late": "late", "under-way": "under way"}


def _cell_html(cell: Cell) -> str:
    if cell.grade is None:
        return {"missed": "missed", "under-way": "…"}.get(cell.state, NOTHING_YET)
    words = WORDS.get(cell.state)
    return as_number(cell.grade) + (f'<span class="visually-hidden">, {words}</span>' if words else "")


# as CSV


def csv_of(book: Gradebook, *, semicolons: bool = False) -> str:
    """Return the gradebook for a spreadsheet.

    Args:
        semicolons: between cells, and commas in numbers: what spreadsheets want where one writes 2,5.
    """
    out = io.StringIO()
    write = csv.writer(out, delimiter=";" if semicolons else ",").writerow

    def number(value: float | None) -> str:
        return as_number(value).replace(".", ",") if semicolons else as_number(value)

    titles = [f"{assignment.title} ({as_number(assignment.points)})" for assignment in book.assignments]
    head = ["Name", "Number", "E-mail", "Account", *titles, f"Total ({as_number(book.possible)})"]
    write(map(plain, head))
    for line in book.lines:
        who = [line.membership.name, line.membership.number, line.email, line.username]
        write([*map(plain, who), *(number(cell.grade) for cell in line.cells), number(line.total)])
    return out.getvalue()


def plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
