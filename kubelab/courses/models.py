"""What is kept of learners' way through lessons. Lessons themselves are files; rows name them by their slugs.

A lesson that is renamed or gone leaves its rows alone: nothing that a learner has done is lost.
"""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone

from kubelab.labs.models import Lab

SLUG = 100  # letters


def new_seed() -> int:
    """Return what a learner's variant of an exercise is drawn from."""
    return secrets.randbits(31)


class Work(models.Model):
    """Something that a learner does in a cluster of its own: a lesson, or an exercise."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    lesson = models.CharField(max_length=SLUG)
    lab = models.OneToOneField(Lab, models.SET_NULL, null=True)
    furnished = models.BigIntegerField(null=True)  # the seed of the cluster that has got its files and start state
    remembered = models.JSONField(default=dict)  # what :::remember blocks have kept, by name
    started = models.DateTimeField(default=timezone.now)
    seen = models.DateTimeField(default=timezone.now)  # when the learner was last here
    moved = models.DateTimeField(null=True)  # when something last turned green

    class Meta:
        abstract = True


class Progress(Work):
    """How far a learner is in a lesson."""

    step = models.CharField(max_length=SLUG, blank=True)  # where they were last
    finished = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("learner", "lesson", name="one_progress_a_lesson")]

    def __str__(self) -> str:
        return f"{self.learner} in {self.lesson}"


class StepProgress(models.Model):
    """How far a learner is in a step."""

    progress = models.ForeignKey(Progress, models.CASCADE, related_name="steps")
    step = models.CharField(max_length=SLUG)
    opened = models.DateTimeField(default=timezone.now)
    commands = models.PositiveIntegerField(default=0)  # how many had been typed in the terminal by then
    hints = models.PositiveSmallIntegerField(default=0)  # that were shown
    solution = models.DateTimeField(null=True)  # when it was shown
    done = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("progress", "step", name="one_progress_a_step")]

    def __str__(self) -> str:
        return f"{self.progress}, {self.step}"


class PassedCheck(models.Model):
    """A check of a step that has turned green. It stays so."""

    progress = models.ForeignKey(Progress, models.CASCADE, related_name="passed")
    step = models.CharField(max_length=SLUG)
    check_id = models.CharField(max_length=SLUG)
    revision = models.PositiveBigIntegerField()  # the cluster's
    now = models.FloatField()  # the cluster's time
    passed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("progress", "step", "check_id", name="a_check_passes_once")]

    def __str__(self) -> str:
        return f"{self.progress}, {self.step}: {self.check_id}"


class Answer(models.Model):
    """One try at a question. All tries are kept; the last one counts."""

    progress = models.ForeignKey(Progress, models.CASCADE, related_name="answers")
    page = models.CharField(max_length=SLUG)  # a step's slug, or "quiz"
    question = models.CharField(max_length=SLUG)
    given = models.JSONField()
    score = models.FloatField()  # from 0 to 1
    withdrawn = models.BooleanField(default=False)  # the learner takes the question again
    answered = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["progress", "page", "question"])]

    def __str__(self) -> str:
        return f"{self.progress}, {self.page}: {self.question}"


class Exercising(Work):
    """A learner at an exercise, with the variant that is theirs for ever."""

    exercise = models.CharField(max_length=SLUG)
    task = models.PositiveBigIntegerField(default=0, db_index=True)  # the number of whoever has set it; 0: nobody
    passed = models.JSONField(default=list)  # ids of the checks that are green just now
    seed = models.BigIntegerField(default=new_seed)
    drawn = models.JSONField(default=dict)  # from the seed, when they began: it stays, also when the file is mended
    commands = models.PositiveIntegerField(default=0)  # how many had been typed when the attempt began
    attempt = models.DateTimeField(default=timezone.now)  # when it began
    hints = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("learner", "lesson", "exercise", "task", name="one_at_an_exercise")]

    def __str__(self) -> str:
        return f"{self.learner} at {self.lesson}/{self.exercise}"


class Submission(models.Model):
    """An exercise handed in: what counted, and where the cluster was, so that it can be looked into."""

    exercising = models.ForeignKey(Exercising, models.CASCADE, related_name="submissions")
    submitted = models.DateTimeField(default=timezone.now)
    points = models.FloatField()
    possible = models.FloatField()
    outcomes = models.JSONField()  # by check: {"passed": bool, "why": str, "points": number}
    hints = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField()  # real ones since the attempt began
    late = models.BooleanField(default=False)  # after the exercise's time limit
    revision = models.PositiveBigIntegerField()  # the cluster's
    now = models.FloatField()  # the cluster's time

    def __str__(self) -> str:
        return f"{self.exercising}: {self.points:g} of {self.possible:g}"
