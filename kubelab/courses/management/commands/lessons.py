"""`manage.py lessons`: what there is, and whether it is sound.

lessons list              the lessons, in the order in which learners see them
lessons check [SLUG ...]  every mistake with file and line; plays each solution on a fresh cluster
"""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kubelab.courses.format.mistakes import Mistake
from kubelab.courses.library import Library
from kubelab.courses.linting import mistakes_of
from kubelab.courses.rehearsal import rehearse


class Command(BaseCommand):
    help = "List lessons, or check them: format, expressions, links, and that their solutions pass."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=settings.LESSONS, help="where the lessons are")
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="list the lessons")
        check = actions.add_parser("check", help="check lessons; exits with 1 when something is wrong")
        check.add_argument("slugs", nargs="*", metavar="SLUG", help="folders' names; without any, all lessons")
        check.add_argument("--no-play", action="store_true", help="read only; do not play the solutions")

    def handle(self, *args: Any, action: str, folder: Path, **options: Any) -> None:
        library = Library(folder, every=0)
        {"list": self.show, "check": self.check}[action](library, **options)

    def show(self, library: Library, **_: Any) -> None:
        for part, lessons in library.parts().items():
            for lesson in lessons:
                self.stdout.write(f"{lesson.slug}\t{part}\t{lesson.title}\t{lesson.level}, {lesson.minutes} minutes")

    def check(self, library: Library, slugs: list[str], no_play: bool, **_: Any) -> None:
        readings = {reading.slug: reading for reading in library.readings()}
        unknown = [slug for slug in slugs if slug not in readings]
        if unknown:
            raise CommandError(f"there is no lesson {', '.join(unknown)}; there are {', '.join(readings)}")
        found = list(library.mistakes)
        for slug in slugs or readings:
            begun, reading = time.monotonic(), readings[slug]
            mistakes = list(reading.mistakes)
            if reading.lesson is not None:
                mistakes = list(mistakes_of(reading.lesson, readings.__contains__))
                if not mistakes and not no_play:
                    mistakes = list(rehearse(reading.lesson))
            if not mistakes:
                self.stdout.write(f"{slug}: sound ({time.monotonic() - begun:.1f} s)")
            found += mistakes
        self.tell(found)

    def tell(self, mistakes: list[Mistake]) -> None:
        for mistake in dict.fromkeys(mistakes):
            self.stdout.write(str(mistake))
        if mistakes:
            sys.exit(1)
