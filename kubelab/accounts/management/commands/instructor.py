"""`manage.py instructor add USER`: lets somebody make classes; `remove` takes that back, `list` names who may."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kubelab.accounts.models import User


class Command(BaseCommand):
    help = "Make somebody an instructor, or no longer one; list those who are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for action, words in (("add", "may make classes from now on"), ("remove", "may not any more")):
            actions.add_parser(action, help=words).add_argument("user", metavar="USER", help="name or e-mail address")
        actions.add_parser("list", help="all instructors")

    def handle(self, *args: Any, action: str, user: str = "", **options: Any) -> None:
        if action == "list":
            for name in User.objects.filter(is_instructor=True).order_by("username").values_list("username", flat=True):
                self.stdout.write(name)
            return
        found = account(user)
        if found.is_instructor == (action == "add"):
            self.stdout.write(f"{found} is {'already' if action == 'add' else 'not'} an instructor")
            return
        found.is_instructor = action == "add"
        found.save(update_fields=["is_instructor"])
        self.stdout.write(f"{found} is {'now' if action == 'add' else 'no longer'} an instructor")


def account(typed: str) -> User:
    """Return the account of a name or an e-mail address.

    Raises:
        CommandError: if there is none that could be an instructor.
    """
    by = "email__iexact" if "@" in typed else "username__iexact"
    found = User.objects.filter(**{by: typed}).first()
    if found is None:
        raise CommandError(f'there is no account "{typed}"; they have to sign up first')
    if found.is_guest:
        raise CommandError(f'"{typed}" is a guest; they have to sign up first')
    return found
