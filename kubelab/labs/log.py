"""The revision log: what each commit changed, from the template on. It is the cluster, and its time machine.

Loading reads it from the newest batch back and parses only the last state of each key. Compaction merges what is
old into one snapshot, as a job of its own: it never needs the cluster itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from kubelab.cluster.folded import Kept
from kubelab.cluster.kinds import Pod
from kubelab.labs import templates
from kubelab.labs.models import Lab, Segment
from kubelab.labs.packing import Interned, Row, pack, unpack

PIECE = 10_000  # rows of one segment at the most, which bounds the memory that packing takes
WORTH_COMPACTING = 2_000  # superseded rows; fewer cost a load less than a millisecond


class Compacted(Exception):
    """The log no longer reaches back to that revision."""


def append(lab: Lab, header: dict[str, Any], rows: Sequence[Row]) -> None:
    """Write what the commit `lab.commits` changed; call it inside the commit's transaction."""
    Segment.objects.bulk_create(_segments(lab.pk, lab.commits, header, rows))


def _segments(
    lab_id: int, commit: int, header: dict[str, Any], rows: Sequence[Row], *, snapshot: bool = False
) -> Iterator[Segment]:
    for piece, start in enumerate(range(0, max(len(rows), 1), PIECE)):
        yield Segment(
            lab_id=lab_id,
            commit=commit,
            piece=piece,
            snapshot=snapshot,
            revision=header["revision"],
            now=header["now"],
            header=header,
            data=pack(rows[start : start + PIECE]),
        )


def changes_between(lab_id: int, after: int, upto: int) -> Iterator[tuple[dict[str, Any], list[Row]]]:
    """Yield header and rows of the commits after one and up to another, oldest first."""
    segments = Segment.objects.filter(lab=lab_id, snapshot=False, commit__gt=after, commit__lte=upto)
    for segment in segments.order_by("commit", "piece"):
        yield segment.header, list(unpack(segment.data))


def items(lab: Lab) -> Iterable[tuple[str, Kept]]:
    """Return each key of the cluster with its last object, in the order of their last change."""
    return _objects(templates.rows(lab.template_id), _merged(_since(lab.pk, lab.snapshot, lab.commits)))


def state_at(lab: Lab, revision: int) -> tuple[dict[str, Any], Iterable[tuple[str, Kept]]]:
    """Return header and items of the cluster as it was kept at `revision`, or last before it.

    Raises:
        Compacted: if the log no longer reaches back that far.
    """
    kept = Segment.objects.filter(lab=lab, revision__lte=revision)
    last = kept.order_by("commit", "snapshot").last()
    if last is None:
        first = Segment.objects.filter(lab=lab).order_by("commit", "snapshot").first()
        if first is not None and first.snapshot:
            raise Compacted
        template = templates.get(lab.template_id)
        return {**template.header, "name": lab.name, "seed": lab.seed}, _objects(template.rows, [])
    base = kept.filter(snapshot=True).aggregate(last=Max("commit"))["last"] or 0
    return last.header, _objects(templates.rows(lab.template_id), _merged(_since(lab.pk, base, last.commit)))


def _since(lab_id: int, snapshot: int, upto: int) -> Iterator[Segment]:
    """Segments that make up the state after the commit `upto`, newest first."""
    wanted = Q(commit__gt=snapshot, commit__lte=upto, snapshot=False) | Q(commit=snapshot, snapshot=True)
    segments = Segment.objects.filter(wanted, lab=lab_id).order_by("-commit", "-piece")
    return segments.only("data").iterator(chunk_size=1)  # a row may hold megabytes


def _merged(segments: Iterable[Segment]) -> list[Row]:
    """The last state of each key, tombstones included, in the order of their last change."""
    seen, interned, batches = set[str](), Interned(), list[list[Row]]()
    for segment in segments:
        batch = list(unpack(segment.data, seen, interned))
        for key, _, obj in batch:
            if obj is not None and key.startswith(Pod.prefix):
                interned.share(obj["spec"])
        seen.update([row[0] for row in batch])
        batches.append(batch)
    return [row for batch in reversed(batches) for row in batch]


def _objects(template: Sequence[Row], changed: Sequence[Row]) -> Iterator[tuple[str, Kept]]:
    superseded = {row[0] for row in changed}
    for rows, gone in ((template, superseded), (changed, ())):
        for key, _, obj in rows:
            if obj is not None and key not in gone:
                yield key, obj


def wants_compaction(rows: int, live: int) -> bool:
    """Tell whether most of the log is superseded.

    Args:
        rows: how many it has.
        live: how many would be left.
    """
    return rows - live > max(WORTH_COMPACTING, 2 * live)


def compact(lab_id: int) -> int:
    """Merge the log into a snapshot; drop what lies before the last snapshot but one.

    What lies between the two stays, for the time machine.

    Returns:
        How many rows the snapshot has.
    """
    lab = Lab.objects.get(pk=lab_id)
    upto, before = lab.commits, lab.snapshot
    if upto == before:
        return lab.rows
    born_with = {row[0] for row in templates.rows(lab.template_id)}
    merged = _merged(_since(lab_id, before, upto))
    rows = [row for row in merged if row[2] is not None or row[0] in born_with]
    header = Segment.objects.filter(lab=lab_id, commit=upto, snapshot=False).values_list("header", flat=True)[0]
    with transaction.atomic():
        Segment.objects.bulk_create(_segments(lab_id, upto, header, rows, snapshot=True), batch_size=1)
        Segment.objects.filter(lab=lab_id, commit__lt=before).delete()
        Segment.objects.filter(lab=lab_id, commit=before, snapshot=False).delete()
        fresh = Lab.objects.select_for_update().get(pk=lab_id)
        fresh.snapshot, fresh.rows = upto, fresh.rows - lab.rows + len(rows)
        fresh.save(update_fields=["snapshot", "rows"])
    return len(rows)
