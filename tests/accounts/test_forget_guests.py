"""An operator lets go of what nobody can reach any more."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from kubelab.accounts.models import User

pytestmark = pytest.mark.django_db


def guest_seen(days_ago: int) -> User:
    guest = User.objects.create_guest()
    User.objects.filter(pk=guest.pk).update(last_login=timezone.now() - timedelta(days=days_ago))
    return guest


def test_guests_whose_cookie_has_expired_are_deleted(capsys):
    guest_seen(401)
    lately = guest_seen(399)
    call_command("forget_guests")
    assert list(User.objects.all()) == [lately]
    assert capsys.readouterr().out == "1 forgotten\n"


def test_the_days_can_be_chosen():
    guest_seen(31)
    call_command("forget_guests", days=30)
    assert not User.objects.exists()


def test_members_stay(ada):
    User.objects.update(last_login=timezone.now() - timedelta(days=4000))
    call_command("forget_guests")
    assert list(User.objects.all()) == [ada]


def test_one_who_comes_back_counts_as_seen(client):
    guest = guest_seen(399)
    client.force_login(guest)
    User.objects.update(last_login=timezone.now() - timedelta(days=399))
    client.get("/account/")
    guest.refresh_from_db()
    assert timezone.now() - guest.last_login < timedelta(minutes=1)
