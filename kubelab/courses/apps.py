"""Lessons, their checks and quizzes, and how far learners are with them."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "kubelab.courses"

    def ready(self) -> None:
        from kubelab.courses import joining, live, starting  # noqa: F401  they listen from now on
