"""The completion indexes of Indexed Jobs, and how a status writes many of them: "0,2-4,7".

Source: pkg/controller/job/indexed_job_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.objects import Object, annotations_of

INDEX = "batch.kubernetes.io/job-completion-index"  # an annotation and a label
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count"


def is_indexed(job: Object) -> bool:
    """Tells whether each of the Job's Pods has an index of its own."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def index_of(pod: Object) -> int:
    """Returns a Pod's completion index; -1 where it has none."""
    text = annotations_of(pod).get(INDEX, "")
    return int(text) if text.isdecimal() else -1


def parse(text: str, below: int) -> set[int]:
    """Reads a list of indexes; those that are not `below` a number of completions are left out."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first) + 1, below)))
    return found


def written(indexes: Iterable[int]) -> str:
    """Writes a list of indexes, neighbours as a range."""
    ranges: list[list[int]] = []
    for index in sorted(indexes):
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    return ",".join(str(a) if a == b else f"{a},{b}" if b == a + 1 else f"{a}-{b}" for a, b in ranges)


def pending(taken: set[int], completions: int, count: int) -> list[int]:
    """Returns the first `count` indexes that nobody has."""
    found: list[int] = []
    for index in range(completions):
        if len(found) >= count:
            break
        if index not in taken:
            found.append(index)
    return found


def surplus(pods: Iterable[Object], completions: int, rank: dict[str, int]) -> list[Object]:
    """Returns the active Pods that no index needs: a second one of an index, one of an index that is too high.

    Args:
        rank: each Pod's place by its uid; of two, the one that comes first goes.
    """
    removed: list[Object] = []
    kept: dict[int, Object] = {}
    for pod in sorted(pods, key=lambda pod: (index_of(pod), rank[pod["metadata"]["uid"]])):
        index = index_of(pod)
        if not 0 <= index < completions:
            removed.append(pod)
            continue
        if index in kept:
            removed.append(kept[index])
        kept[index] = pod
    return removed


def failure_count(pod: Object) -> int:
    """Returns how many Pods of its index had failed when this one was made."""
    return int(annotations_of(pod).get(FAILURES, "0"))


def ignored_count(pod: Object) -> int:
    """Returns how many failures of its index were ignored when this one was made."""
    return int(annotations_of(pod).get(IGNORED_FAILURES, "0"))
