"""The lessons that there are: found in the folder, read again when something in it has changed.

Looking is cheap (the dates of the folders' files, at most once a second); reading happens for what has changed.
A lesson with mistakes is left out and told about in the log; the others go on.
"""

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from django.conf import settings

from kubelab.courses.format.heads import LEVELS
from kubelab.courses.format.lesson import Lesson, Reading
from kubelab.courses.format.mistakes import Mistake
from kubelab.courses.format.reading import read_lesson
from kubelab.courses.format.topics import Topics, read_topics
from kubelab.courses.linting import mistakes_of

EVERY = 1.0  # seconds between two looks at the folder

logger = logging.getLogger(__name__)
Stamp = tuple[tuple[str, int, int], ...]


class Library:
    """The lessons of a folder.

    Args:
        folder: with one folder for each lesson, and topics.yaml.
        every: seconds between two looks at it.
    """

    def __init__(self, folder: Path, every: float = EVERY) -> None:
        self.folder = folder
        self.every = every
        self.topics = Topics()
        self.mistakes: list[Mistake] = []  # of topics.yaml
        self._readings: dict[str, tuple[Stamp, Reading]] = {}
        self._stamp: Stamp | None = None
        self._looked = -every
        self._lock = Lock()

    def lessons(self) -> list[Lesson]:
        """Return all lessons without mistakes, in the order in which they are listed."""
        found = [reading.lesson for reading in self.readings() if reading.lesson is not None]
        return sorted(found, key=self._place)

    def lesson(self, slug: str) -> Lesson | None:
        """Return one lesson; None when there is none, or it has mistakes."""
        self._look()
        kept = self._readings.get(slug)
        return kept[1].lesson if kept else None

    def readings(self) -> list[Reading]:
        """Return what was read of every folder."""
        self._look()
        return [reading for _, reading in list(self._readings.values())]

    def parts(self) -> dict[str, list[Lesson]]:
        """Return the lessons by the part that their first topic is in."""
        parts: dict[str, list[Lesson]] = {}
        for lesson in self.lessons():
            parts.setdefault(self.topics.part_of(lesson.topics[0]), []).append(lesson)
        return parts

    def all_mistakes(self) -> list[Mistake]:
        """Return what is wrong in all folders."""
        readings = self.readings()
        return [*self.mistakes, *(mistake for reading in readings for mistake in reading.mistakes)]

    def _place(self, lesson: Lesson) -> tuple[int, int, int, str]:
        ids = list(self.topics.titles)
        parts = list(self.topics.parts)
        topic = lesson.topics[0]
        part = self.topics.part_of(topic)
        return (
            parts.index(part) if part else len(parts),
            lesson.order,
            ids.index(topic) if topic in ids else len(ids),
            f"{LEVELS.index(lesson.level)}{lesson.slug}",
        )

    # looking

    def _look(self) -> None:
        """Read what has changed since the last look."""
        if time.monotonic() - self._looked < self.every:
            return
        with self._lock:
            if time.monotonic() - self._looked < self.every:
                return
            self._look_now()
            self._looked = time.monotonic()

    def _look_now(self) -> None:
        topics = _stamp_of(self.folder / "topics.yaml")
        anew = topics != self._stamp
        if anew:
            read, self.mistakes = read_topics(self.folder / "topics.yaml")
            self.topics, self._stamp = read or Topics(), topics
            _tell(self.mistakes)
        found = dict(self._folders())
        for slug in set(self._readings) - set(found):
            del self._readings[slug]
        for slug, path in found.items():
            stamp = _stamp_of(path)
            kept = self._readings.get(slug)
            if kept is None or kept[0] != stamp or anew:
                self._readings[slug] = stamp, self._read(path)

    def _folders(self) -> Iterator[tuple[str, Path]]:
        if self.folder.is_dir():
            for path in sorted(self.folder.iterdir()):
                if path.is_dir() and not path.name.startswith((".", "_")):
                    yield path.name, path

    def _read(self, path: Path) -> Reading:
        try:
            reading = read_lesson(path, self.topics.titles or None)
            if reading.lesson is not None:
                mistakes = tuple(sorted(mistakes_of(reading.lesson)))
                reading = Reading(reading.slug, None, mistakes) if mistakes else reading
        except Exception as error:  # a lesson, however odd, must not take the others along
            logger.exception("lessons/%s could not be read", path.name)
            problem = Mistake(f"lessons/{path.name}", 1, f"it could not be read: {error}")
            reading = Reading(path.name, None, (problem,))
        _tell(reading.mistakes)
        return reading


def _tell(mistakes: list[Mistake] | tuple[Mistake, ...]) -> None:
    for mistake in mistakes:
        logger.error("%s", mistake)


def _stamp_of(path: Path) -> Stamp:
    """Return the names, sizes and dates of all files below a path."""
    if not path.is_dir():
        try:
            status = path.stat()
        except OSError:
            return ()
        return ((path.name, status.st_size, status.st_mtime_ns),)
    stamps = []
    for directory, _, names in os.walk(path):
        for name in names:
            stamps += [(directory + one[0], *one[1:]) for one in _stamp_of(Path(directory) / name)]
    return tuple(sorted(stamps))


_libraries: dict[Path, Library] = {}


def library() -> Library:
    """Return the site's lessons (settings.LESSONS)."""
    folder = Path(settings.LESSONS)
    return _libraries.setdefault(folder, Library(folder))
