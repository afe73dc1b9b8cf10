"""What a lesson is: plain values, as they were read, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kubelab.courses.format.mistakes import Mistake
from kubelab.courses.format.questions import Question


@dataclass(frozen=True)
class Text:
    """Markdown."""

    markdown: str
    line: int


@dataclass(frozen=True)
class Aside:
    """A note, a tip or a warning."""

    kind: str
    title: str
    text: Text


@dataclass(frozen=True)
class Check:
    """Something that turns green: a sentence and an expression."""

    id: str
    sentence: str
    expression: str
    line: int
    points: float = 1


@dataclass(frozen=True)
class Remember:
    """A value to be kept for later checks."""

    name: str
    expression: str
    line: int


@dataclass(frozen=True)
class Hint:
    title: str
    text: Text


@dataclass(frozen=True)
class WriteFile:
    """A file of the learner's home."""

    path: str
    content: str
    line: int


@dataclass(frozen=True)
class RunLine:
    """A line for the terminal."""

    text: str
    line: int
    may_fail: bool = False


@dataclass(frozen=True)
class Advance:
    """Virtual time that passes."""

    seconds: float
    line: int


@dataclass(frozen=True)
class Apply:
    """Objects that are applied to the cluster before the learner comes."""

    manifest: str
    line: int


@dataclass(frozen=True)
class Break:
    """A fault, before the learner comes (kubelab/cluster/faults.py)."""

    fault: str
    line: int


Action = WriteFile | RunLine | Advance | Apply | Break


@dataclass(frozen=True)
class Script:
    """What is done one after another, and as the learner reads it."""

    actions: tuple[Action, ...]
    text: Text
    line: int


@dataclass(frozen=True)
class Solution(Script):
    """How a step or an exercise can be done."""


@dataclass(frozen=True)
class Start(Script):
    """What is done before the learner comes."""


Part = Text | Aside | Check | Remember | Hint | Solution | Start | Question
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Page:
    """Text with what is in it, in its order."""

    parts: tuple[Part, ...] = ()

    def _all(self, kind: type[Kind]) -> list[Kind]:
        return [part for part in self.parts if isinstance(part, kind)]

    @property
    def texts(self) -> list[Text]:
        return self._all(Text)

    @property
    def checks(self) -> list[Check]:
        return self._all(Check)

    @property
    def remembers(self) -> list[Remember]:
        return self._all(Remember)

    @property
    def hints(self) -> list[Hint]:
        return self._all(Hint)

    @property
    def solutions(self) -> list[Solution]:
        return self._all(Solution)

    @property
    def starts(self) -> list[Start]:
        return self._all(Start)

    @property
    def questions(self) -> list[Question]:
        return self._all(Question)


@dataclass(frozen=True)
class Step(Page):
    """One page of a lesson."""

    slug: str = ""
    title: str = ""
    line: int = 1


@dataclass(frozen=True)
class Quiz(Page):
    """The questions at the end."""

    title: str = "Quiz"


@dataclass(frozen=True)
class Exercise(Page):
    """A task with a cluster of its own, as it is for one draw of its parameters."""

    slug: str = ""
    title: str = ""
    summary: str = ""
    minutes: int = 10
    time_limit: int | None = None
    order: int = 100
    preset: str = ""
    version: str = ""
    open: tuple[str, ...] = ()
    file: str = ""
    parameters: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """What can be reached."""
        return sum(check.points for check in self.checks)


@dataclass(frozen=True)
class Lesson:
    """A lesson, without mistakes."""

    slug: str
    title: str
    summary: str
    topics: tuple[str, ...]
    level: str
    minutes: int
    order: int
    after: tuple[str, ...]
    preset: str
    version: str
    open: tuple[str, ...]
    introduction: Page
    steps: tuple[Step, ...]
    quiz: Quiz | None = None
    exercises: Mapping[str, "ExerciseFile"] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    images: frozenset[str] = frozenset()

    def step(self, slug: str) -> Step | None:
        """Return the step of an id."""
        return next((step for step in self.steps if step.slug == slug), None)

    def neighbours(self, slug: str) -> tuple[Step | None, Step | None]:
        """Return the steps before and after one."""
        index = next(index for index, step in enumerate(self.steps) if step.slug == slug)
        before = self.steps[index - 1] if index else None
        return before, self.steps[index + 1] if index + 1 < len(self.steps) else None

    def pages(self) -> Iterable[tuple[str, Page]]:
        """Yield every place where questions may be, with its name in addresses."""
        yield from ((step.slug, step) for step in self.steps)
        if self.quiz is not None:
            yield "quiz", self.quiz

    @property
    def remembered_names(self) -> list[str]:
        """All names under which something is remembered."""
        return [one.name for page in (self.introduction, *self.steps) for one in page.remembers]

    def remembers_until(self, step: Step) -> list[Remember]:
        """Return what is to be remembered while a step is open: its own, and what those before it began with."""
        until = self.steps[: self.steps.index(step) + 1]
        return [one for page in (self.introduction, *until) for one in page.remembers]


@dataclass(frozen=True)
class ExerciseFile:
    """An exercise before its parameters are drawn: the file, from which each variant is read.

    Args:
        title: as it is written; "" when it differs from learner to learner.
        summary: likewise.
        sample: the variant of seed 0, for what is the same in all.
    """

    source: str
    name: str
    slug: str
    title: str
    summary: str
    defaults: Mapping[str, Any]
    sample: Exercise


@dataclass(frozen=True)
class Reading:
    """What was read of a lesson's folder: the lesson, or what is wrong with it."""

    slug: str
    lesson: Lesson | None
    mistakes: tuple[Mistake, ...] = ()
