"""What the operator's commands on clusters have in common: what goes wrong with the database is told in one line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from kubelab.labs.keeping import NotKept, explanation


class OperatorCommand(BaseCommand):
    """A command of `manage.py` that reads or changes clusters."""

    requires_system_checks: list[str] = []  # they cost a good part of the start; `make lint` runs them

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command.

        Raises:
            CommandError: among others, when the database cannot be used or has not taken a change.
        """
        try:
            return super().execute(*args, **options)
        except NotKept as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(explanation(error) or f"The database cannot be used: {error}") from error
