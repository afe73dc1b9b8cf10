from pathlib import Path

import pytest

from kubelab.accounts.models import User
from kubelab.courses.library import Library, library
from kubelab.courses.starting import start_lesson
from kubelab.labs import templates
from kubelab.labs.awake import clusters

LESSONS = Path(__file__).parent / "lessons"
HEAD = "title: T\nsummary: S\ntopics: [pod-single]\nlevel: beginner\nminutes: 5\n"


@pytest.fixture(autouse=True)
def our_lessons(settings):
    """The lessons of these tests; and nothing in memory that is another test's."""
    settings.LESSONS = LESSONS
    yield
    templates.forget()
    clusters.clear()


@pytest.fixture
def lesson():
    return library().lesson("first-light")


@pytest.fixture
def learner(db):
    return User.objects.create_guest()


@pytest.fixture
def progress(learner, lesson):
    """A learner who has started the lesson."""
    return start_lesson(learner, lesson)


@pytest.fixture
def visitor(client, progress):
    """Their browser."""
    client.force_login(progress.learner)
    return client


class Author:
    """Somebody who writes lessons into a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.library = Library(folder, every=0)
        (folder / "topics.yaml").write_text((LESSONS / "topics.yaml").read_text())

    def write(self, text, name="lesson.md", slug="mine"):
        path = self.folder / slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def lesson(self, body, head=HEAD, slug="mine"):
        """Write a lesson of one step, or of those that the text has."""
        self.write(f"---\n{head}---\n{body}", slug=slug)
        return self.library.lesson(slug)

    def mistakes(self):
        return [str(mistake) for mistake in self.library.all_mistakes()]


@pytest.fixture
def author(tmp_path):
    return Author(tmp_path)
