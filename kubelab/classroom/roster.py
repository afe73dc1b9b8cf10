"""A class's roster as CSV: read line by line, and taken over as a whole or not at all.

What spreadsheets and schools' systems write is understood: commas, semicolons or tabs, UTF-8, UTF-16 or Windows'
letters, a head in one of several wordings, or none (then: name, e-mail address, number).
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kubelab.accounts.models import User
from kubelab.classroom.models import LONGEST_NAME, Classroom, Membership

MOST_LINES = 2_000
LONGEST = 1_000_000  # bytes
MOST_REPORTED = 50
HEADS = {
    "name": ("name", "full name", "fullname", "student", "student name", "learner"),
    "first": ("first name", "firstname", "first", "given name"),
    "last": ("last name", "lastname", "last", "surname", "family name"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail address"),
    "username": ("username", "user name", "user", "account", "login"),
    "number": ("number", "id", "student id", "student number", "sis id", "matriculation number", "matriculation"),
}
COLUMNS = {word: column for column, words in HEADS.items() for word in words}
SEPARATOR = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)  # a first line that tells Excel what stands between cells
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")


@dataclass(frozen=True)
class Person:
    """One line of a roster."""

    line: int
    name: str
    email: str = ""
    username: str = ""
    number: str = ""


@dataclass
class Roster:
    """What was read."""

    people: list[Person] = field(default_factory=list)
    mistakes: list[tuple[int, str]] = field(default_factory=list)  # line and what is wrong with it
    unknown: list[str] = field(default_factory=list)  # columns that mean nothing here

    def wrong(self, line: int, message: str) -> None:
        self.mistakes.append((line, message))


def text_of(data: bytes) -> str:
    """Return the text of a file, in whichever of the usual encodings it is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    # Without a mark of its byte order, every other byte of ASCII gives UTF-16 away.
    half = len(data) // 2 or 1
    for zeros, encoding in ((data[1::2], "utf-16-le"), (data[::2], "utf-16-be")):
        if zeros.count(0) > half * 0.4:
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(text: str) -> Roster:
    """Read a roster, and name the lines that cannot be taken."""
    roster, seen = Roster(), dict[str, int]()
    try:
        lines = list(_lines(text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")))
    except csv.Error as error:
        roster.wrong(1, f"This is not CSV: {error}.")
        return roster
    if not lines:
        roster.wrong(1, "There is nothing in it.")
    elif len(lines) > MOST_LINES:
        message = f"At most {MOST_LINES} learners at a time: there are {len(lines)} lines. Import them in parts."
        roster.wrong(lines[MOST_LINES][0], message)
    else:
        columns = _columns(lines[0][1])
        if columns is not None and "name" not in columns and "last" not in columns:
            roster.wrong(lines[0][0], "The first line names no column with names: name, or first name and last name.")
            return roster
        roster.unknown = [cell for cell, column in zip(lines[0][1], columns or [], strict=False) if cell and not column]
        for number, cells in lines[1:] if columns is not None else lines:
            _take(roster, seen, number, cells, columns or ["name", "email", "number"])
    return roster


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that are not empty, with their numbers."""
    first, _, rest = text.partition("\n")
    said = SEPARATOR.fullmatch(first.strip("\r "))
    delimiter = said[1] if said else max(",;\t", key=lambda one: (first.count(one), -",;\t".index(one)))
    reader = csv.reader(io.StringIO(f"\n{rest}" if said else text), delimiter=delimiter)
    before = 0
    for cells in reader:
        clean = [" ".join(INVISIBLE.sub(" ", cell).split()) for cell in cells]
        if any(clean):
            yield before + 1, clean  # a quoted cell may go over several lines: the first counts
        before = reader.line_num


def _columns(cells: list[str]) -> list[str] | None:
    """Return the columns that a head names; None when it is no head."""
    known = [COLUMNS.get(cell.casefold().replace("_", " "), "") for cell in cells]
    return known if any(known) and not any("@" in cell for cell in cells) else None


def _take(roster: Roster, seen: dict[str, int], line: int, cells: list[str], columns: list[str]) -> None:
    values = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    name = values.get("name") or " ".join(filter(None, (values.get("first"), values.get("last"))))
    person = Person(line, name, values.get("email", "").lower(), values.get("username", ""), values.get("number", ""))
    problem = _problem(person)
    for mark in filter(None, (person.email, person.username and f"@{person.username.lower()}")):
        if mark in seen and not problem:
            problem = f"{person.email or person.username} stands in line {seen[mark]} already."
        seen.setdefault(mark, line)
    if problem:
        roster.wrong(line, problem)
    else:
        roster.people.append(person)


def _problem(person: Person) -> str:
    if not person.name:
        return "The name is missing."
    if len(person.name) > LONGEST_NAME or len(person.number) > 50:
        return f"The name is longer than {LONGEST_NAME} letters, or the number than 50."
    if person.email:
        try:
            validate_email(person.email)
        except ValidationError:
            return f"“{person.email[:80]}” is no e-mail address."
    return ""


@dataclass
class Taken:
    """What an import did."""

    added: int = 0
    known: int = 0


def take_over(classroom: Classroom, roster: Roster) -> Taken:
    """Give everybody of a roster a place in the class, or nobody: mistakes that show only now are noted in it.

    Those who have a place already keep it; their name and number become those of the roster.
    """
    if roster.mistakes:
        return Taken()
    accounts = _accounts(roster)
    if roster.mistakes:
        return Taken()
    taken = Taken()
    with transaction.atomic():
        Classroom.objects.select_for_update().get(pk=classroom.pk)  # of a double click, the second finds the places
        places = list(Membership.objects.filter(classroom=classroom).select_related("learner"))
        for person in roster.people:
            account = accounts.get(person.username.lower()) if person.username else None
            place = next((one for one in places if _is(one, person, account)), None)
            if place is None:
                place = Membership(classroom=classroom)
                taken.added += 1
            else:
                taken.known += 1
            place.name, place.removed, place.barred = person.name, None, False
            place.email, place.number = person.email or place.email, person.number or place.number
            if account is not None and place.learner is None:
                place.learner = account
            place.save()
    return taken


def _accounts(roster: Roster) -> dict[str, User]:
    names = [person.username.lower() for person in roster.people if person.username]
    found = {user.username.lower(): user for user in User.objects.filter(is_guest=False)} if names else {}
    for person in roster.people:
        if person.username and person.username.lower() not in found:
            roster.wrong(person.line, f"There is no account with the name “{person.username[:80]}”.")
    return {name: found[name] for name in names if name in found}


def _is(place: Membership, person: Person, account: User | None) -> bool:
    """Tell whether a place is that of a person."""
    if account is not None:
        return place.learner_id == account.pk
    if person.email:
        return person.email == place.email.lower()  # not the account's address: anybody can give any as theirs
    if person.number:
        return person.number == place.number
    return person.name.casefold() == place.name.casefold()
