"""Classes, assignments and grades."""

from django.apps import AppConfig


class ClassroomConfig(AppConfig):
    name = "kubelab.classroom"

    def ready(self) -> None:
        from kubelab.classroom import duties, following  # noqa: F401  they listen from now on
