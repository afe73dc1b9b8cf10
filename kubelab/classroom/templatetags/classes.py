"""Template filters of classes' pages."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

from kubelab.classroom.models import as_number

register = template.Library()


@register.filter
def moment(when: datetime | None) -> str:
    """Return a time as people say it, in the class's time zone: Fri 27 Nov, 18:00."""
    if not when:  # None, or a name that a template does not know
        return ""
    local = timezone.localtime(when)
    year = f" {local.year}" if local.year != timezone.localtime().year else ""
    return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"


@register.filter
def away(when: datetime | None) -> str:
    """Return how far off a time is: in 2 days, just now, 3 hours ago."""
    if not when:  # None, or a name that a template does not know
        return ""
    now = timezone.now()
    if abs(when - now) < timedelta(minutes=1):
        return "just now" if when < now else "in less than a minute"
    if when >= now:
        return f"in {timeuntil(when, now, depth=1)}".replace("\xa0", " ")
    return f"{timesince(when, now, depth=1)} ago".replace("\xa0", " ")


@register.filter
def grade(points: float | None) -> str:
    """Return points without needless decimals; a dash where there are none."""
    return "–" if points is None or points == "" else as_number(points)


@register.filter
def percent(share: float) -> int:
    """Return a share from 0 to 1 as a whole number of a hundred."""
    return round(100 * share)
