"""A guest who logs in to an account of theirs brings their clusters along, also those that have a namesake there."""

from typing import Any

from django.dispatch import receiver

from kubelab.accounts.guests import guest_joins
from kubelab.accounts.models import User
from kubelab.labs.models import Lab


@receiver(guest_joins)
def rename_namesakes(guest: User, account: User, **_: Any) -> None:
    """Give each lab of the guest a name that the account has no lab of."""
    taken = set(Lab.objects.filter(owner=account).values_list("name", flat=True))
    for lab in Lab.objects.filter(owner=guest, name__in=taken):
        lab.name = free_name(lab.name, taken)
        lab.save(update_fields=["name"])
        taken.add(lab.name)


def free_name(name: str, taken: set[str]) -> str:
    """Return `name`, or the first of name-2, name-3 ... that is not taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
