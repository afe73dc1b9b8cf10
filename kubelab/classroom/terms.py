"""What holds for one learner at an assignment: until when, how often, for how long, and what lateness costs.

Pure reckoning over rows that are given; only `was_taken` asks the database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kubelab.classroom.models import Assignment, Attempt, By, Extension, Late


@dataclass(frozen=True)
class Terms:
    """The terms of an assignment for one learner."""

    assignment: Assignment
    extension: Extension | None = None

    @property
    def due(self) -> datetime | None:
        granted = self.extension.due if self.extension is not None else None
        return granted or self.assignment.due

    @property
    def minutes(self) -> int | None:
        """How long an attempt may take."""
        limit = self.assignment.time_limit
        return None if limit is None else limit + (self.extension.minutes if self.extension is not None else 0)

    @property
    def attempts(self) -> int | None:
        """How many may be handed in."""
        most = self.assignment.attempts
        return None if most is None else most + (self.extension.attempts if self.extension is not None else 0)

    def is_open(self, now: datetime) -> bool:
        """Tell whether it may be begun yet."""
        return self.assignment.opens is None or self.assignment.opens <= now

    def is_over(self, now: datetime) -> bool:
        """Tell whether the due time has passed."""
        return self.due is not None and now > self.due

    def attempts_left(self, used: int) -> int | None:
        """Return how many attempts are left; None: any number."""
        return None if self.attempts is None else max(0, self.attempts - used)

    def ends(self, began: datetime) -> datetime | None:
        """Return when an attempt's time is over."""
        return None if self.minutes is None else began + timedelta(minutes=self.minutes)

    def next_look(self, attempt: Attempt, taken: bool) -> datetime | None:
        """Return when something is to be done about an open attempt: at the due time, and when its time is over.

        Args:
            taken: whether it was taken as it was at the due time already.
        """
        ends, due = self.ends(attempt.began), self.due
        waits_for_due = due is not None and attempt.began <= due and not taken
        return min((moment for moment in (ends, due if waits_for_due else None) if moment is not None), default=None)

    # worth

    def is_late(self, submitted: datetime) -> bool:
        """Tell whether something handed in then came after the due time."""
        return self.due is not None and submitted > self.due

    def weight(self, submitted: datetime) -> float:
        """Return the part, from 0 to 1, that counts of what was handed in then."""
        if not self.is_late(submitted):
            return 1.0
        if self.assignment.late == Late.PENALTY:
            return 1.0 - self.assignment.penalty / 100
        return 1.0 if self.assignment.late == Late.ACCEPTED else 0.0

    def worth(self, attempt: Attempt) -> float:
        """Return the points of a graded attempt."""
        if attempt.submitted is None:
            return 0.0
        return attempt.score * self.weight(attempt.submitted) * self.assignment.points


def was_taken(attempt: Attempt, terms: Terms) -> bool:
    """Tell whether an attempt was taken as it was at the due time that holds now."""
    taken = Attempt.objects.filter(assignment=attempt.assignment_id, membership=attempt.membership_id, by=By.DUE)
    return terms.due is not None and taken.filter(submitted=terms.due).exists()
