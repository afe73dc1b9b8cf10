"""What is done for a kept cluster when nobody waits."""

from kubelab.labs import log
from kubelab.labs.awake import clusters


def compact_if_worth_while(lab_id: int) -> bool:
    """Compact the log of a cluster that is in memory when most of it is superseded; tells whether it was done."""
    entry = clusters.get(lab_id)
    if entry is None or entry.rows < log.WORTH_COMPACTING:
        return False
    live = entry.cluster.store.count() + len(entry.cluster.agenda)
    if not log.wants_compaction(entry.rows, live):
        return False
    entry.rows = log.compact(lab_id)
    return True
