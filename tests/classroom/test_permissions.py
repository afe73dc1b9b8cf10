"""Who may see and do what: every address of classes, asked by everybody. Others' things are not there."""

import shutil

import pytest
from channels.db import database_sync_to_async as in_database
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from kubelab.accounts.models import User
from kubelab.classroom import urls
from kubelab.classroom.models import Attempt, Classroom, Membership, Teaching
from kubelab.classroom.routing import websocket_urlpatterns
from kubelab.courses.library import library
from kubelab.courses.starting import start_lesson
from tests.classroom.conftest import Person, ago, assigned, somebody
from tests.courses.conftest import LESSONS
from tests.labs.visitor import Socket

ROLES = (
    "nobody", "guest", "stranger", "other-instructor", "former-learner", "invited", "learner", "other-learner",
    "instructor", "co-instructor", "administrator",
)  # fmt: skip
TEACHING = {"instructor", "co-instructor", "administrator"}
LEARNING = {"learner", "other-learner"}
ACCOUNTS = set(ROLES) - {"nobody", "guest"}

# Each address: who gets in, and how it is asked. Whoever is not named gets 404; nobody is asked to log in.
PAGES = {
    "classes": (set(ROLES) - {"nobody"}, "GET"),
    "class-new": ((TEACHING - {"co-instructor"}) | {"other-instructor"}, "GET"),
    "class-join-code": (set(ROLES) - {"nobody"}, "POST"),
    "class-join": (set(ROLES) - {"former-learner"}, "GET"),
    "class": (TEACHING | LEARNING, "GET"),
    "class-settings": (TEACHING, "GET"),
    "class-link": (TEACHING, "POST"),
    "class-archive": (TEACHING, "POST"),
    "class-prove": (LEARNING, "POST"),
    "class-leave": (LEARNING, "POST"),
    "class-instructors": (TEACHING, "POST"),
    "class-instructor-remove": (TEACHING, "POST"),
    "class-people": (TEACHING, "GET"),
    "class-import": (TEACHING, "GET"),
    "class-give": (TEACHING, "POST"),
    "class-remove": (TEACHING, "POST"),
    "class-invitation": (TEACHING, "POST"),
    "gradebook": (TEACHING, "GET"),
    "gradebook-csv": (TEACHING, "GET"),
    "attempt": (TEACHING | {"learner"}, "GET"),
    "attempt-map": (set(), "GET"),  # this attempt has none
    "board": (TEACHING, "GET"),
    "assignment-new": (TEACHING, "GET"),
    "assignment": (TEACHING | LEARNING, "GET"),
    "assignment-edit": (TEACHING, "GET"),
    "assignment-delete": (TEACHING, "POST"),
    "assignment-regrade": (TEACHING, "POST"),
    "assignment-board": (TEACHING, "GET"),
    "standing": (TEACHING, "GET"),
    "extension-forget": (set(), "POST"),  # there is none
    "look": (TEACHING, "GET"),
    "assignment-begin": (LEARNING, "POST"),
    "assignment-work": (LEARNING, "GET"),
    "assignment-submit": (LEARNING, "POST"),
    "assignment-save": (LEARNING, "POST"),
    "assignment-help": (set(), "POST"),  # a quiz has no hints
}


@pytest.fixture
def people(classroom, teacher, ada, alan):
    """Somebody in each of the roles."""
    elsewhere = Classroom.objects.create(name="Elsewhere")
    other, co, former, invited = (somebody(name) for name in ("otto", "coco", "foe", "ina"))
    User.objects.filter(pk=other.user.pk).update(is_instructor=True)
    Teaching.objects.create(classroom=elsewhere, instructor=other.user)
    Teaching.objects.create(classroom=classroom, instructor=co.user)
    place = {"classroom": classroom, "joined": ago(days=1)}
    Membership.objects.create(learner=former.user, name="Foe", removed=ago(hours=1), barred=True, **place)
    Membership.objects.create(learner=invited.user, name="Ina", classroom=classroom)
    nobody = Person.__new__(Person)
    nobody.browser = Client()
    return {
        "nobody": nobody,
        "guest": Person(User.objects.create_guest()),
        "stranger": somebody("stan"),
        "other-instructor": other,
        "former-learner": former,
        "invited": invited,
        "learner": ada,
        "other-learner": alan,
        "instructor": teacher,
        "co-instructor": co,
        "administrator": somebody("root", is_superuser=True, is_staff=True),
    }


@pytest.fixture
def address(classroom, ada):
    """A function that gives each page's address."""
    quiz = assigned(classroom, "quiz")
    attempt = Attempt.objects.create(assignment=quiz, membership=ada.place, number=1, submitted=ago(hours=1))
    numbers = {
        "class-instructor-remove": [classroom.teachings.earliest("pk").pk],
        "class-remove": [ada.place.pk],
        "class-invitation": [ada.place.pk],
        "attempt": [attempt.pk],
        "attempt-map": [attempt.pk],
        **{name: [quiz.pk, ada.place.pk] for name in ("standing", "extension-forget", "look")},
    }

    def address_of(name):
        if name in ("classes", "class-new", "class-join-code"):
            return reverse(name)
        if name == "class-join":
            return reverse(name, args=[classroom.join_code])
        more = numbers.get(name, [quiz.pk] if name.startswith("assignment") and name != "assignment-new" else [])
        return reverse(name, args=[classroom.public_id, *more])

    return address_of


def test_the_table_has_every_address():
    assert {pattern.name for pattern in urls.urlpatterns} == set(PAGES)


@pytest.mark.django_db
def test_each_page_lets_in_whom_it_shall_and_nobody_else(people, address):
    wrong = []
    for page, (allowed, method) in sorted(PAGES.items(), key=lambda one: one[1][1]):
        # What changes something is asked last, and by those first who may not.
        for role in sorted(ROLES, key=lambda one: (one in allowed, ROLES.index(one))):
            if method == "POST" and role in allowed:
                continue  # done in the tests of what it does
            answer = people[role].browser.generic(method, address(page))
            logs_in = answer.status_code == 302 and answer.url.startswith("/account/log-in/")
            if role == "nobody" and page not in ("class-join",):
                fits = logs_in
            elif role in allowed:
                fits = answer.status_code in (200, 302) and not logs_in
            else:
                fits = answer.status_code == 404
            if not fits:
                wrong.append(f"{method} {page} by {role}: {answer.status_code} {getattr(answer, 'url', '')}")
    assert wrong == []


@pytest.mark.django_db
def test_what_was_made_with_another_method_is_refused(people, address):
    for page, (allowed, method) in PAGES.items():
        if allowed and method == "POST":
            role = next(role for role in ROLES if role in allowed)
            assert people[role].get(address(page)).status_code == 405, page


@pytest.mark.django_db
def test_things_of_one_class_are_not_found_under_another(teacher, classroom, ada):
    mine = assigned(classroom)
    elsewhere = Classroom.objects.create(name="Also mine")
    Teaching.objects.create(classroom=elsewhere, instructor=teacher.user)
    theirs = Membership.objects.create(classroom=elsewhere, learner=somebody("x").user, name="X", joined=ago(days=1))
    for name, args in {
        "assignment": [elsewhere.public_id, mine.pk],
        "standing": [classroom.public_id, mine.pk, theirs.pk],
        "look": [classroom.public_id, mine.pk, theirs.pk],
        "assignment-board": [elsewhere.public_id, mine.pk],
    }.items():
        assert teacher.get(reverse(name, args=args)).status_code == 404, name
    assert teacher.post(reverse("class-remove", args=[classroom.public_id, theirs.pk])).status_code == 404


@pytest.mark.django_db
def test_only_what_is_assigned_can_be_looked_at(teacher, classroom, ada, tmp_path, settings):
    from kubelab.labs import creation, looking

    lab = start_lesson(ada.user, library().lesson("first-light")).lab
    assert looking.permit(teacher.user, lab) == ""
    quiz = tmp_path / "first-light/quiz.md"
    shutil.copytree(LESSONS, tmp_path, dirs_exist_ok=True)
    quiz.write_text(quiz.read_text().split(":::question cluster")[0])
    settings.LESSONS = tmp_path
    assigned(classroom, "quiz")
    assert looking.permit(teacher.user, lab) == "", "nothing of that quiz is done in a cluster"
    assigned(classroom, "lesson")
    assert looking.permit(teacher.user, lab) == "grace"
    assert looking.permit(somebody("otto", is_instructor=True).user, lab) == ""
    Membership.objects.update(removed=ago(seconds=1))
    assert looking.permit(teacher.user, lab) == ""
    playground = creation.create(ada.user, "playground")
    Membership.objects.update(removed=None)
    assert looking.permit(teacher.user, playground) == ""


@pytest.mark.django_db
def test_a_cluster_that_an_attempt_kept_is_shown_to_its_learner_and_the_instructors(people, classroom, ada):
    task = assigned(classroom)
    ada.begins(task)
    ada.hands_in(task)
    [attempt] = ada.attempts(task)
    url = reverse("attempt-map", args=[classroom.public_id, attempt.pk])
    seen = {role for role in ROLES if people[role].get(url).status_code == 200}
    assert seen == TEACHING | {"learner"}


@pytest.mark.django_db(transaction=True)
async def test_the_socket_of_a_board_is_closed_to_all_who_do_not_teach(people, classroom):
    task = await in_database(assigned)(classroom)
    [pattern] = websocket_urlpatterns  # another one wants a test of its own
    path = f"/{pattern.pattern}".replace("<slug:public_id>", classroom.public_id).replace("<int:number>", f"{task.pk}")
    for role in ROLES:
        user = people[role].user if role != "nobody" else AnonymousUser()
        async with Socket(URLRouter(websocket_urlpatterns), path, user) as board:
            if role in TEACHING:
                assert await board.silence(0.05), role
            else:
                await board.next()
                assert board.closed == (4401 if role == "nobody" else 4404), role
