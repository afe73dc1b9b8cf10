"""A learner's cluster kept: rows, log, reconciler, sockets."""

from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "kubelab.labs"

    def ready(self) -> None:
        from kubelab.labs import joining  # noqa: F401  its receiver listens from now on
