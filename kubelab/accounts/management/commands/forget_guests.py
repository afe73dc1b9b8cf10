"""`manage.py forget_guests`: deletes guests whose cookie has expired, with all they built: nobody can reach it."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Q
from django.utils import timezone

from kubelab.accounts.models import User

DAY = 24 * 3600


class Command(BaseCommand):
    help = "Delete guests who were not seen for so long that their cookie has expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=settings.SESSION_COOKIE_AGE // DAY, help="not seen for so long")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        since = timezone.now() - timedelta(days=days)
        seen = Q(last_login__gte=since) | Q(last_login=None, date_joined__gte=since)
        gone = User.objects.filter(is_guest=True).exclude(seen)
        count = gone.count()
        for guest in gone.iterator():
            guest.delete()
        self.stdout.write(f"{count} forgotten")
