"""A class of 200 learners with 40 assignments: its board, its gradebook, and grading one submission."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle, islice
from statistics import median

from django.db import connection, reset_queries
from django.test import Client, override_settings
from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.classroom import attempts
from kubelab.classroom.items import Item, items
from kubelab.classroom.models import Assignment, Attempt, Classroom, Kind, Membership, Standing, Teaching
from kubelab.courses.models import Exercising
from kubelab.courses.starting import exercise_of
from kubelab.labs import simulation
from kubelab.labs.bench import Figure
from kubelab.labs.keeping import acting
from kubelab.labs.models import Lab

LEARNERS, ASSIGNMENTS = 200, 40
TIMES = 7
SUBMISSIONS = 12
# Files by their plain names: what is measured needs none that `collectstatic` makes.
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

TARGETS = {"class.board_ms": 300, "class.gradebook_ms": 500, "class.grade_ms": 50}


def run(size: float) -> Iterator[Figure]:
    with override_settings(STORAGES=PLAIN):
        yield from measured(size)


def measured(size: float) -> Iterator[Figure]:
    learners, assignments = max(10, int(LEARNERS * size)), max(4, int(ASSIGNMENTS * size))
    teacher = User.objects.create(username="teacher", is_instructor=True)
    classroom = Classroom.objects.create(name="bench")
    Teaching.objects.create(classroom=classroom, instructor=teacher)
    places = everybody(classroom, learners)
    kinds = [item for _, group in items() for item in group]
    assigned = [assign(classroom, item, n) for n, item in enumerate(islice(cycle(kinds), assignments))]
    fill(assigned, places)
    visitor = Client(headers={"host": "localhost"})
    visitor.force_login(teacher)
    home = f"/classes/{classroom.public_id}/"
    exercise, item = next((one, item) for one, item in assigned if item.kind == Kind.EXERCISE)
    times = TIMES if size >= 1 else 1
    yield Figure("class.board_ms", page(visitor, f"{home}assignments/{exercise.pk}/board/", times), "ms")
    yield Figure("class.board_queries", queries(visitor, f"{home}assignments/{exercise.pk}/board/"), "queries")
    yield Figure("class.gradebook_ms", page(visitor, f"{home}gradebook/", times), "ms")
    yield Figure("class.gradebook_queries", queries(visitor, f"{home}gradebook/"), "queries")
    yield Figure("class.csv_ms", page(visitor, f"{home}gradebook.csv", times), "ms")
    yield Figure(
        "class.grade_ms", grading(classroom, item, places[: max(3, int(SUBMISSIONS * min(1, size * 2)))]), "ms"
    )


def everybody(classroom: Classroom, count: int) -> list[Membership]:
    """Make learners, each with a place."""
    users = User.objects.bulk_create([User(username=f"learner-{n}", email=f"{n}@example.org") for n in range(count)])
    now = timezone.now()
    rows = [Membership(classroom=classroom, learner=user, name=f"Learner {user.pk}", joined=now) for user in users]
    return Membership.objects.bulk_create(rows)


def assign(classroom: Classroom, item: Item, number: int) -> tuple[Assignment, Item]:
    assignment = Assignment.objects.create(
        classroom=classroom,
        kind=item.kind,
        lesson=item.lesson.slug,
        exercise=item.file.slug if item.file is not None else "",
        title=f"{number} {item.title}"[:100],
        points=item.points,
        due=timezone.now() + timedelta(days=number - 20),
    )
    return assignment, item


def fill(assigned: list[tuple[Assignment, Item]], places: list[Membership]) -> None:
    """Let everybody have done a part of everything."""
    now = timezone.now()
    for number, (assignment, item) in enumerate(assigned):
        parts = [ident for ident, _ in item.parts]
        done = {"assignment": assignment, "number": 1, "submitted": now, "graded": now, "reached": 1, "possible": 2}
        made = Attempt.objects.bulk_create([Attempt(membership=place, **done) for place in places])
        rows = [
            Standing(
                assignment=assignment,
                membership=place,
                began=now,
                since=now - timedelta(minutes=place.pk % 20),
                place=parts[place.pk % len(parts)],
                passed=parts[: place.pk % (len(parts) + 1)],
                attempts=1,
                best=attempt,
                points=(place.pk + number) % 7 / 2,
                late=place.pk % 9 == 0,
            )
            for place, attempt in zip(places, made, strict=True)
        ]
        Standing.objects.bulk_create(rows)


def page(visitor: Client, address: str, times: int) -> float:
    """Return the milliseconds that a page takes, of several times the one in the middle."""
    return median(timed(lambda: load(visitor, address)) for _ in range(times))


def load(visitor: Client, address: str) -> None:
    answer = visitor.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")


def timed(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def queries(visitor: Client, address: str) -> float:
    """Return how many queries a page makes."""
    connection.force_debug_cursor = True
    reset_queries()
    load(visitor, address)
    connection.force_debug_cursor = False
    return float(len(connection.queries))


def grading(classroom: Classroom, item: Item, places: list[Membership]) -> float:
    """Return the milliseconds that it takes to grade a submission: judged, set aside, kept, reckoned."""
    assignment, _ = assign(classroom, item, 99)
    assignment.classroom = classroom
    taken = []
    for place in places:
        attempt = attempts.begin(assignment, place, item)
        work(Exercising.objects.select_related("lab").get(task=assignment.pk, learner=place.learner), item)
        taken.append(timed(lambda attempt=attempt: attempts.hand_in(attempt)))
    return median(taken)


def work(mine: Exercising, item: Item) -> None:
    """Do what the exercise asks for."""
    if item.file is None or mine.lab is None:
        return
    Lab.objects.filter(pk=mine.lab.pk).update(watched_until=time.time() + 60)
    with acting(mine.lab.pk) as cluster:
        shell = simulation.line_shell(cluster)
        for solution in exercise_of(mine, item.file).solutions:
            for action in solution.actions:
                if text := getattr(action, "text", ""):
                    shell.run(text)
        shell.run("advance 60")
