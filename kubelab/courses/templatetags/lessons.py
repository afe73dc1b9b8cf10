"""Template tags of lessons' pages."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from kubelab.courses.presenting import Piece

register = template.Library()


@register.simple_tag(takes_context=True)
def show(context: Context, piece: Piece) -> SafeString | Any:
    """Show a piece of a page by its own template."""
    with context.push(**piece.context):
        return context.template.engine.get_template(piece.template).render(context)


@register.filter
def points(number: float) -> str:
    """Return points without needless decimals: 3, 2.5."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
