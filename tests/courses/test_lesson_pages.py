"""The pages of lessons: a visit makes nothing, a click makes a cluster, and another learner sees nothing of it."""

from html.parser import HTMLParser

import pytest
from django.db import OperationalError
from django.urls import reverse

from kubelab.accounts.guests import join
from kubelab.accounts.models import User
from kubelab.courses.library import library
from kubelab.courses.models import PassedCheck, Progress, StepProgress
from kubelab.courses.progress import finish_lesson
from kubelab.courses.starting import furnish_if_need_be, start_lesson
from kubelab.courses.text import html
from kubelab.labs import creation, simulation
from kubelab.labs.keeping import acting
from kubelab.labs.models import Lab
from tests.courses.conftest import Author

START = "/lessons/first-light/"
MAKE = "/lessons/first-light/make/"
pytestmark = pytest.mark.django_db


def test_a_mere_visit_makes_no_rows(client):
    for address in ("/lessons/", START, "/lessons/first-light/quiz/"):
        assert client.get(address).status_code == 200
    for address in (MAKE, "/lessons/first-light/end/"):
        assert client.get(address).url == START
    assert client.get("/lessons/first-light/exercises/scale/").status_code == 200
    assert not User.objects.exists() and not Lab.objects.exists() and not Progress.objects.exists()


def test_one_click_makes_a_guest_with_a_furnished_cluster_and_opens_the_first_step(client):
    assert "Start the lesson" in client.get(START).content.decode()
    assert client.post(START).url == MAKE
    progress = Progress.objects.get()
    assert progress.learner.is_guest and progress.lab.owner == progress.learner
    files, start = files_and_objects(progress.lab)
    assert files == ["web.yaml"] and start is not None
    page = client.get(MAKE).content.decode()
    assert f'data-cluster="{progress.lab.public_id}"' in page and 'data-step="make"' in page
    assert 'data-lesson="first-light"' in page and 'data-files="web.yaml"' in page
    assert '<pre class="runnable"><code>kubectl apply -f web.yaml' in page
    assert 'id="check-exists" data-state="waiting"' in page


def test_a_second_click_does_not_make_a_second_cluster(visitor, progress):
    assert visitor.post(START).url == MAKE
    assert Lab.objects.count() == 1


def files_and_objects(lab):
    with acting(lab.pk) as cluster:
        home = simulation.workstation(cluster).files.listdir("/home/learner")
        start = cluster.store.get("/registry/configmaps/default/from-start")
        return sorted(name for name in home if not name.startswith(".")), start


def test_a_reset_gives_files_and_start_state_again(progress):
    with acting(progress.lab.pk) as cluster:
        simulation.line_shell(cluster).run("echo x > mine; kubectl delete configmap from-start")
    assert files_and_objects(progress.lab) == (["mine", "web.yaml"], None)
    creation.reset(progress.lab.pk)
    files, start = files_and_objects(progress.lab)
    assert files == ["web.yaml"] and start is not None


def test_a_cluster_that_was_not_furnished_before_the_server_died_is_furnished_when_its_page_opens(learner, lesson):
    progress = Progress.objects.create(
        learner=learner, lesson=lesson.slug, lab=creation.create(learner, "lesson-first-light")
    )
    furnish_if_need_be(progress)
    assert files_and_objects(progress.lab)[0] == ["web.yaml"]


def test_hostile_markdown_is_shown_not_obeyed(visitor):
    page = visitor.get("/lessons/first-light/read/").content.decode()
    assert "&lt;script&gt;alert" in page and "<script>alert" not in page
    assert 'src="/lessons/first-light/images/dot.svg" alt="A dot"' in page


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](<run:a\" onclick=\"alert(1)>)",
        "![x\" onerror=\"alert(1)](images/a.png)",
        "```sh\n</code><script>alert(1)</script>\n```",
        "```yaml a.yaml\"onclick=alert(1)\nx\n```",
        "[x](https://e.org/\"onclick=\"alert(1))",
        "<!-- x --> &lt;b&gt; <b onclick=alert(1)>",
        "[x](data:text/html,<script>)",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)  # fmt: skip
def test_no_way_of_writing_makes_markup_of_the_authors_own(text):
    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag in {"p", "a", "pre", "code", "button", "img"}, tag
            for name, value in attributes:
                assert not name.startswith("on"), name
                assert name not in {"href", "src"} or value.startswith(("https://", "/lessons/", "#")), value

    Tags().feed(html(text, "mine"))


def test_pictures_come_with_a_policy_that_lets_them_do_nothing(client):
    response = client.get("/lessons/first-light/images/dot.svg")
    assert response["Content-Type"] == "image/svg+xml" and "sandbox" in response["Content-Security-Policy"]
    for name in ("../lesson.md", "nope.svg", "..%2flesson.md"):
        assert client.get(f"/lessons/first-light/images/{name}").status_code == 404


def test_hints_come_one_after_another_and_the_solution_after_them(visitor, progress):
    url = reverse("step-help", args=["first-light", "make"])
    assert "Type it." not in visitor.get(MAKE).content.decode()
    first = visitor.post(url, headers={"HX-Request": "true"}).content.decode()
    assert "Type it." in first and "Last hint" not in first and "Show another hint" in first
    second = visitor.post(url, headers={"HX-Request": "true"}).content.decode()
    assert "Last hint" in second and "Show the solution" in second and "<strong>Really</strong>" in second
    third = visitor.post(url, headers={"HX-Request": "true"}).content.decode()
    assert '<details class="solution" open>' in third and "advance" not in third and "<form" not in third
    assert visitor.post(url).url == f"{MAKE}#help"
    page = visitor.get(MAKE).content.decode()
    assert "Last hint" in page and 'class="solution"' in page
    opened = StepProgress.objects.get(progress=progress, step="make")
    assert opened.hints == 2 and opened.solution


def test_another_learner_sees_nothing_of_the_first(visitor, progress, client):
    PassedCheck.objects.create(progress=progress, step="make", check_id="exists", revision=1, now=0)
    assert 'id="check-exists" data-state="passed"' in visitor.get(MAKE).content.decode()
    other = start_lesson(User.objects.create_guest(), library().lesson("first-light"))
    client.force_login(other.learner)
    page = client.get(MAKE).content.decode()
    assert 'data-state="passed"' not in page and progress.lab.public_id not in page
    assert other.lab != progress.lab


def test_what_there_is_not_is_not_found(visitor):
    for address in ("/lessons/nope/", "/lessons/first-light/nope/", "/lessons/first-light/exercises/nope/"):
        assert visitor.get(address).status_code == 404
    assert visitor.post("/lessons/first-light/answer/make/nope/").status_code == 404
    assert visitor.post("/lessons/first-light/answer/nope/who/").status_code == 404
    assert visitor.get(reverse("step-help", args=["first-light", "make"])).status_code == 405


def test_the_list_shows_how_far_one_is_and_where_to_go_on(visitor, progress, lesson):
    StepProgress.objects.create(progress=progress, step="make", done=progress.started)
    page = visitor.get("/lessons/").content.decode()
    assert "1 of 3 steps" in page and "Go on with First light" in page
    for step in ("delete", "read"):
        StepProgress.objects.create(progress=progress, step=step, done=progress.started)
    assert finish_lesson(progress, lesson)
    page = visitor.get("/lessons/").content.decode()
    assert '<span class="badge badge-ok">done</span>' in page and "Go on with" not in page
    assert "Well done" in visitor.get("/lessons/first-light/end/").content.decode()


def test_site_administrators_see_what_is_wrong_and_learners_do_not(client, settings, author: Author):
    settings.LESSONS = author.folder
    author.write("---\ntitle: T\n---\n", slug="broken")
    client.force_login(User.objects.create_user("learner"))
    assert "broken" not in client.get("/lessons/").content.decode()
    client.force_login(User.objects.create_user("admin", is_staff=True))
    assert "lessons/broken/lesson.md:1" in client.get("/lessons/").content.decode()
    assert client.get("/lessons/broken/").status_code == 404


def test_a_guest_who_signs_up_keeps_everything(client, progress):
    client.force_login(progress.learner)
    PassedCheck.objects.create(progress=progress, step="make", check_id="exists", revision=1, now=0)
    password = "a long pass phrase"
    client.post("/account/sign-up/", {"username": "ada", "password1": password, "password2": password, "email": ""})
    assert User.objects.get(username="ada") == progress.learner
    page = client.get(MAKE).content.decode()
    assert 'id="check-exists" data-state="passed"' in page and progress.lab.public_id in page


def test_a_guest_who_logs_in_brings_along_what_the_account_has_not_done(progress, lesson):
    account = User.objects.create_user("ada")
    theirs = start_lesson(account, lesson)
    for step, mine in (("make", progress), ("delete", theirs)):
        StepProgress.objects.create(progress=mine, step=step, done=progress.started)
        PassedCheck.objects.create(progress=mine, step=step, check_id="x", revision=1, now=0)
    join(progress.learner, account)
    [kept] = Progress.objects.all()
    assert kept == theirs and kept.lab == theirs.lab
    assert set(kept.steps.values_list("step", flat=True)) == {"make", "delete"} and kept.passed.count() == 2


def test_a_database_that_takes_nothing_is_told_and_nothing_is_acknowledged(client, monkeypatch):
    def full(*_):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("kubelab.labs.log.append", full)
        assert client.post(START).url == START
    assert Progress.objects.get().furnished is None
    assert client.get(START).url == MAKE
    assert "The server&#x27;s disk is full: nothing was changed." in client.get(MAKE).content.decode()
    assert files_and_objects(Progress.objects.get().lab)[0] == ["web.yaml"]
