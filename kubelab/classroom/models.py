"""What is kept of classes: who teaches and learns in them, what was assigned, how it was done, what it was worth.

Learners' work itself (progress, clusters) is that of `kubelab.courses` and `kubelab.labs`; rows here say which of it
belongs to an assignment. What follows from other rows (a standing's points) is kept too, because boards and
gradebooks are read far more often than anything changes; `standings` is the one place that writes it.
"""

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from kubelab.courses.models import SLUG, new_seed
from kubelab.labs.models import Moment

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
LONGEST_NAME = 100


def new_public_id() -> str:
    """Return a class's address."""
    return get_random_string(10, LETTERS)


def new_join_code() -> str:
    """Return a code that can be read out aloud, and not guessed: 47 bits."""
    return get_random_string(10, LETTERS)


def new_place_code() -> str:
    """Return the code of one learner's own invitation."""
    return secrets.token_urlsafe(12)


class Classroom(models.Model):
    """A class."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = models.CharField(max_length=LONGEST_NAME)
    time_zone = models.CharField(max_length=50, default="UTC")
    created = models.DateTimeField(default=timezone.now)
    archived = models.DateTimeField(null=True)
    join_code = models.CharField(max_length=16, unique=True, default=new_join_code)
    join_open = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Teaching(models.Model):
    """Somebody is an instructor of a class."""

    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="teachings")
    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="teachings")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("classroom", "instructor", name="an_instructor_teaches_once")]

    def __str__(self) -> str:
        return f"{self.instructor} teaches {self.classroom}"


class Membership(models.Model):
    """A learner's place in a class: theirs, or waiting for whom it was made for."""

    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="memberships")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="memberships")
    name = models.CharField(max_length=LONGEST_NAME)  # as the class knows them
    email = models.EmailField(blank=True)
    number = models.CharField(max_length=50, blank=True)  # of the student, at their school
    code = models.CharField(max_length=24, unique=True, default=new_place_code)
    created = models.DateTimeField(default=timezone.now)
    joined = models.DateTimeField(null=True)  # when the learner came; until then nobody sees anything of theirs
    removed = models.DateTimeField(null=True)  # left, or was taken off; what was done is kept
    barred = models.BooleanField(default=False)  # an instructor took them off: links do not let them in again

    not_exported = ("code",)

    class Meta:
        constraints = [models.UniqueConstraint("classroom", "learner", name="one_place_a_learner")]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    LESSON = "lesson", "Lesson"
    EXERCISE = "exercise", "Exercise"
    QUIZ = "quiz", "Quiz"


class Late(models.TextChoices):
    REFUSED = "refused", "is kept and marked, but does not count"
    PENALTY = "penalty", "counts less"
    ACCEPTED = "accepted", "counts in full"


class Explained(models.TextChoices):
    AT_ONCE = "at-once", "with the result of each attempt"
    AFTER_DUE = "after-due", "after the due time"
    NEVER = "never", "never"


class Assignment(models.Model):
    """Something that a class is to do."""

    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="assignments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    lesson = models.CharField(max_length=SLUG)
    exercise = models.CharField(max_length=SLUG, blank=True)
    title = models.CharField(max_length=LONGEST_NAME)
    instructions = models.TextField(blank=True, max_length=5000)
    opens = models.DateTimeField(null=True)
    due = models.DateTimeField(null=True)
    late = models.CharField(max_length=10, choices=Late.choices, default=Late.PENALTY)
    penalty = models.PositiveSmallIntegerField(default=20, validators=[MaxValueValidator(100)])  # of a hundred
    attempts = models.PositiveSmallIntegerField(null=True, validators=[MinValueValidator(1)])  # None: any number
    time_limit = models.PositiveIntegerField(null=True, validators=[MinValueValidator(1)])  # minutes
    hints = models.BooleanField(default=True)
    explained = models.CharField(max_length=10, choices=Explained.choices, default=Explained.AT_ONCE)
    points = models.FloatField(default=10, validators=[MinValueValidator(0)])
    seed = models.BigIntegerField(default=new_seed)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["kind", "lesson"])]

    def __str__(self) -> str:
        return self.title


class Extension(models.Model):
    """What one learner has been granted beyond what holds for the class."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="extensions")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="extensions")
    due = models.DateTimeField(null=True)  # instead of the class's
    minutes = models.PositiveIntegerField(default=0)  # more than the time limit
    attempts = models.PositiveSmallIntegerField(default=0)  # more than the others have
    reason = models.CharField(max_length=300, blank=True)
    granted = models.DateTimeField(default=timezone.now)

    not_exported = ("reason",)

    class Meta:
        constraints = [models.UniqueConstraint("assignment", "membership", name="one_extension_a_learner")]

    def __str__(self) -> str:
        return f"{self.membership}: more time for {self.assignment}"


class By(models.TextChoices):
    LEARNER = "learner", "handed in"
    DUE = "due", "as it was when due"
    TIME = "time", "when the time was over"
    DONE = "done", "when all was done"


class Attempt(models.Model):
    """One go at an assignment: open until it is handed in, then graded, and kept for good."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="made")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="made")
    number = models.PositiveIntegerField()
    began = models.DateTimeField(default=timezone.now)
    submitted = models.DateTimeField(null=True)
    by = models.CharField(max_length=10, choices=By.choices, blank=True)
    look_at = models.DateTimeField(null=True, db_index=True)  # when the reconciler has something to do about it
    graded = models.DateTimeField(null=True)
    regrade = models.BooleanField(default=False)
    answers = models.JSONField(default=dict)  # of a quiz: by question
    outcomes = models.JSONField(default=dict)  # by check, step or question: {"score", "points", "why"}
    reached = models.FloatField(default=0)  # of what the item itself gives
    possible = models.FloatField(default=0)
    hints = models.PositiveSmallIntegerField(default=0)
    seed = models.BigIntegerField(null=True)  # of the exercise's variant ...
    drawn = models.JSONField(default=dict)  # ... and what was drawn from it
    remembered = models.JSONField(default=dict)
    moment = models.OneToOneField(Moment, models.SET_NULL, null=True)  # the cluster, as it was graded
    revision = models.PositiveBigIntegerField(null=True)  # the position in the revision log of its lab
    problem = models.CharField(max_length=300, blank=True)  # why it could not be graded

    class Meta:
        constraints = [
            models.UniqueConstraint("assignment", "membership", "number", name="one_attempt_a_number"),
            models.UniqueConstraint(
                "assignment", "membership", condition=models.Q(submitted=None), name="one_open_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership}, {self.assignment}, attempt {self.number}"

    @property
    def score(self) -> float:
        """From 0 to 1, before anything is taken off."""
        return self.reached / self.possible if self.possible else 0.0


class Standing(models.Model):
    """How a learner stands with an assignment: a cell of the gradebook, a row of the board."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="standings")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="standings")
    began = models.DateTimeField(null=True)
    place = models.CharField(max_length=SLUG, blank=True)  # the step of the lesson where they are
    since = models.DateTimeField(null=True)  # when they last got on: opened a step, turned something green
    passed = models.JSONField(default=list)  # ids of the steps or checks that are done
    hints = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)  # handed in
    best = models.ForeignKey(Attempt, models.SET_NULL, null=True, related_name="+")  # the one that counts
    points = models.FloatField(null=True)  # what it is worth, after what was taken off; None: nothing to grade yet
    late = models.BooleanField(default=False)  # what counts, or would, came late
    override = models.FloatField(null=True)  # what an instructor has given instead
    finished = models.DateTimeField(null=True)
    changed = models.FloatField(default=0, db_index=True)  # real seconds since the epoch

    class Meta:
        constraints = [models.UniqueConstraint("assignment", "membership", name="one_standing_a_learner")]

    def __str__(self) -> str:
        return f"{self.membership}, {self.assignment}: {self.grade}"

    @property
    def grade(self) -> float | None:
        """The points that stand in the gradebook."""
        return self.points if self.override is None else self.override


class GradeChange(models.Model):
    """A grade was changed by somebody, or came out otherwise when it was computed again."""

    standing = models.ForeignKey(Standing, models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    was = models.FloatField(null=True)
    became = models.FloatField(null=True)
    reason = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.was} → {self.became}: {self.reason}"


def as_number(value: Any) -> str:
    """Return points without needless decimals."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
