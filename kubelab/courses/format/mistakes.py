"""Mistakes of a lesson's author, with the place where they are."""

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing to mend.

    Args:
        file: as the author knows it: "lessons/pod-single/lesson.md".
        line: from 1.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass
class Source:
    """A file of a lesson, and where the mistakes in it are noted.

    Args:
        first_line: of `text` in the file.
    """

    name: str
    text: str
    mistakes: list[Mistake] = field(default_factory=list)
    first_line: int = 1

    def wrong(self, line: int, message: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(self.name, line, message))
