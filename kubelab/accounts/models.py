"""Who learns here. A guest is a row like any other, without a password: becoming a member changes the same row,
so nothing that hangs on it is ever copied."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string

GUEST_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


class LearnerManager(UserManager["User"]):
    def create_guest(self) -> "User":
        """Return a new account that only the cookie of the browser at hand opens."""
        guest = self.model(username=f"guest-{get_random_string(10, GUEST_LETTERS)}", is_guest=True)
        guest.set_unusable_password()
        guest.save()
        return guest


class User(AbstractUser):
    """A learner, guest or member."""

    is_guest = models.BooleanField(default=False)

    objects = LearnerManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="one_account_a_name", violation_error_message="That name is taken."
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="one_account_an_email",
                condition=~models.Q(email=""),
                violation_error_message="There is an account with that e-mail address.",
            ),
        ]

    def __str__(self) -> str:
        return "Guest" if self.is_guest else self.username
