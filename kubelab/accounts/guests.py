"""Guests: learners who never signed up. The public face of this app for the others.

A guest's row is made when somebody does something worth keeping (a POST), never for a mere visit.
"""

from typing import cast

from django.contrib.auth import login
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest

from kubelab.accounts.models import User

# Sent inside a transaction when a guest logs in to an account they already have: whoever keeps rows of the
# guest gives them to the account. Arguments: guest (User), account (User).
guest_joined = Signal()

BACKEND = "kubelab.accounts.backends.NameOrEmail"


def learner_of(request: HttpRequest) -> User:
    """Return who is asking; one who is nobody yet becomes a guest and gets the cookie. Call it on POST only."""
    if request.user.is_authenticated:
        return cast(User, request.user)
    guest = User.objects.create_guest()
    login(request, guest, backend=BACKEND)
    return guest


@transaction.atomic
def join(guest: User, account: User) -> None:
    """Give all that the guest has to the account, and let the guest go."""
    guest_joined.send(sender=User, guest=guest, account=account)
    guest.delete()
