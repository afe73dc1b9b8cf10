"""Guests: learners who never signed up. The public face of this app for the others.

A guest's row is made when somebody does something worth keeping (a POST), never for a mere visit.
"""

from typing import cast

from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.http import HttpRequest

from kubelab.accounts.models import User

# Sent, in a transaction, before a guest's rows move to the account that they logged in to: the chance to settle
# what both have (two clusters for one lesson). Arguments: guest (User), account (User).
guest_joins = Signal()

BACKEND = "kubelab.accounts.backends.NameOrEmail"


def learner_of(request: HttpRequest) -> User:
    """Return who is asking; one who is nobody yet becomes a guest and gets the cookie. Call it on POST only."""
    if request.user.is_authenticated:
        return cast(User, request.user)
    guest = User.objects.create_guest()
    login(request, guest, backend=BACKEND)
    return guest


def guest_of(request: HttpRequest) -> User | None:
    """Return who is asking when that is a guest."""
    user = request.user
    return cast(User, user) if user.is_authenticated and cast(User, user).is_guest else None


@transaction.atomic
def join(guest: User, account: User) -> None:
    """Give all that the guest has to the account, and let the guest go.

    Where an account may have only one of something and has it, the account's own stays and the guest's goes,
    unless a receiver of `guest_joins` settled it otherwise.
    """
    guest_joins.send(sender=User, guest=guest, account=account)
    for relation in User._meta.related_objects:
        owner = relation.field.name
        for row in relation.related_model._base_manager.filter(**{owner: guest}):
            setattr(row, owner, account)
            try:
                with transaction.atomic():
                    row.save(update_fields=[owner])
            except IntegrityError:
                continue
    guest.delete()
