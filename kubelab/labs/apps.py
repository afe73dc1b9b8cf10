"""A learner's cluster kept: rows, log, reconciler, sockets."""

from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "kubelab.labs"

    def ready(self) -> None:
        from kubelab.labs import exporting, joining, preparing  # noqa: F401  they listen from now on
