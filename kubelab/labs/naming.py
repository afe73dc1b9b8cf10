"""Which lab a name on the command line means."""

from django.core.management.base import CommandError

from kubelab.accounts.models import User
from kubelab.labs.models import Lab


def owner_named(username: str | None) -> User | None:
    """Return the user of that name; None stands for the operator.

    Raises:
        CommandError: if there is no such user.
    """
    if username is None:
        return None
    try:
        return User.objects.get(username__iexact=username)
    except User.DoesNotExist:
        raise CommandError(f'user "{username}" not found') from None


def lab_named(name: str) -> Lab:
    """Return the lab that is meant by NAME (the operator's own), USER/NAME or a lab's public id.

    Raises:
        CommandError: if there is no such lab, or the name alone fits several learners' labs.
    """
    username, _, plain = name.rpartition("/")
    if username:
        found = list(Lab.objects.filter(owner__username__iexact=username, name=plain))
    else:
        found = list(Lab.objects.filter(owner=None, name=name)) or list(Lab.objects.filter(public_id=name))
        found = found or list(Lab.objects.filter(name=name).select_related("owner")[:2])
    if len(found) > 1:
        raise CommandError(f'several learners have a cluster "{name}": say USER/{name}, e.g. {path_of(found[0])}')
    if not found:
        raise CommandError(f'cluster "{name}" not found')
    return found[0]


def path_of(lab: Lab) -> str:
    """Return the name by which `lab_named` finds a lab."""
    return f"{lab.owner.username}/{lab.name}" if lab.owner else lab.name
