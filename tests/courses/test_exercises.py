"""Exercises: a cluster of their own in a start state, a variant for each learner, points for how it is handed in."""

import shutil
from datetime import timedelta

import pytest

from kubelab.cluster.cluster import Cluster
from kubelab.courses.models import Exercising, Submission
from kubelab.courses.playing import Player
from kubelab.courses.starting import exercise_of
from kubelab.labs import simulation
from kubelab.labs.keeping import acting
from kubelab.labs.models import Lab
from tests.courses.conftest import LESSONS

URL = "/lessons/first-light/exercises/scale/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def work(client):
    """Somebody who has started the exercise; `client` is their browser."""
    assert client.post(URL).url == URL
    return Exercising.objects.get()


def run(work, *lines):
    with acting(work.lab.pk) as cluster:
        shell = simulation.line_shell(cluster)
        for line in lines:
            assert shell.run(line).exit == 0


def handed_in(client):
    return client.post(f"{URL}submit/", headers={"HX-Request": "true"}).content.decode()


def test_an_exercise_begins_in_its_start_state_and_knows_its_variant_again(client, work, lesson):
    variant = exercise_of(work, lesson.exercises["scale"])
    page = client.get(URL).content.decode()
    assert variant.title in page and "You have 30 minutes" in page and 'data-step="exercises/scale"' in page
    run(work, f"kubectl get deployment {variant.title.removeprefix('Scale ')}")
    assert client.post(URL).url == URL and Exercising.objects.count() == 1 == Lab.objects.count()
    assert variant.title in client.get(URL).content.decode()


def test_points_are_given_for_the_cluster_as_it_is_handed_in(client, work, lesson):
    variant = exercise_of(work, lesson.exercises["scale"])
    shown = handed_in(client)
    assert "0 of 3 points." in shown
    run(work, *(action.text for action in variant.solutions[0].actions if hasattr(action, "text")))
    assert "1 of 3 points." in handed_in(client)
    run(work, "advance 60")
    shown = handed_in(client)
    assert "3 of 3 points." in shown and "Your best of 3 tries: 3." in shown
    first, _, last = Submission.objects.order_by("pk")
    assert not first.outcomes["ready"]["passed"] and last.outcomes["ready"] == {"passed": True, "why": "", "points": 2}
    assert last.revision > first.revision and not last.late


def test_the_solution_is_shown_to_those_who_have_handed_in(client, work):
    assert 'class="solution"' not in client.get(URL).content.decode()
    hint = client.post(f"{URL}help/", headers={"HX-Request": "true"}).content.decode()
    assert "kubectl scale" in hint and "Show the solution" not in hint
    assert client.post(f"{URL}submit/").url == f"{URL}#result"
    assert 'class="solution"' in client.get(URL).content.decode()
    assert Submission.objects.get().hints == 1


def test_what_is_handed_in_after_the_time_limit_is_kept_and_marked(client, work):
    Exercising.objects.update(attempt=work.attempt - timedelta(minutes=31))
    assert "It came after the time limit." in handed_in(client)
    assert Submission.objects.get().late


def test_beginning_again_gives_the_start_state_and_the_same_variant(client, work, lesson):
    name = exercise_of(work, lesson.exercises["scale"]).title.removeprefix("Scale ")
    run(work, f"kubectl delete deployment {name}")
    assert client.post(f"{URL}again/").url == URL
    run(work, f"kubectl get deployment {name}")
    again = Exercising.objects.get()
    assert again.seed == work.seed and again.attempt > work.attempt


def test_a_cluster_that_was_deleted_in_the_middle_comes_back_with_the_same_variant(client, work):
    work.lab.delete()
    assert "Start the exercise" in client.get(URL).content.decode()
    client.post(URL)
    assert Exercising.objects.get().seed == work.seed and Lab.objects.count() == 1


def test_a_variant_stays_when_the_file_gets_other_values_to_draw(client, work, lesson, tmp_path, settings):
    title = exercise_of(work, lesson.exercises["scale"]).title
    shutil.copytree(LESSONS, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "first-light/exercises/scale.md"
    path.write_text(path.read_text().replace("name: [shop, blog]", "name: [a, b, c, d]"))
    settings.LESSONS = tmp_path
    assert title in client.get(URL).content.decode()
    client.post(f"{URL}again/")
    assert title in client.get(URL).content.decode()


def test_another_learner_cannot_hand_in_for_the_first(client, work):
    client.logout()
    assert client.post(f"{URL}submit/").status_code == 404
    assert client.post(f"{URL}again/").status_code == 404
    assert client.post(f"{URL}help/").status_code == 404


def test_a_start_state_may_have_something_broken(author):
    lesson = author.lesson(":::start\n```fault\npower-off worker-1\n```\n```sh\nadvance 60\n```\n:::\n## A\nMend it.\n")
    cluster = Cluster.create("broken", interpreter=simulation.interpreter())
    player = Player(cluster)
    assert player.play(action for start in lesson.introduction.starts for action in start.actions) is None
    assert "NotReady" in simulation.line_shell(cluster).run("kubectl get nodes worker-1").stdout
