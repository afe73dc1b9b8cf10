"""Which variant of an exercise a learner gets: drawn from their seed, another than their neighbours' if it can be."""

import json
from collections import Counter
from hashlib import sha256

from kubelab.accounts.models import User
from kubelab.classroom.models import Assignment
from kubelab.courses.format.lesson import ExerciseFile
from kubelab.courses.format.variants import draw
from kubelab.courses.models import Exercising

TRIES = 12  # draws of a learner's, among which the one that the fewest others have is taken


def seed_for(assignment: Assignment, learner: User, file: ExerciseFile) -> int:
    """Return the seed of a learner's variant; it is kept with their work, and so stays theirs."""
    parameters = file.sample.parameters
    if not parameters:
        return _seed(assignment, learner, 0)
    given = Exercising.objects.filter(task=assignment.pk, exercise=file.slug).values_list("seed", flat=True)
    taken = Counter(_look(file, seed) for seed in given)
    tries = [_seed(assignment, learner, number) for number in range(TRIES)]
    return min(tries, key=lambda seed: taken[_look(file, seed)])


def _look(file: ExerciseFile, seed: int) -> str:
    return json.dumps(draw(file.sample.parameters, seed), sort_keys=True, default=str)


def _seed(assignment: Assignment, learner: User, number: int) -> int:
    digest = sha256(f"{assignment.seed}/{learner.pk}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
