"""The agenda: every component's work queue in one, ordered by time, as client-go's queues behave."""

from hypothesis import given
from hypothesis import strategies as st

from kubelab.cluster.agenda import Agenda
from kubelab.cluster.clock import Clock, micro, parse_time, rfc3339

NOON = 1_767_225_600.0


def agenda():
    return Agenda(Clock(NOON))


def popped(queue, until=NOON + 1000):
    found = []
    while (entry := queue.pop(until)) is not None:
        found.append((entry.component, entry.key))
    return found


def test_what_is_due_first_comes_first_and_what_is_due_together_in_the_order_of_asking():
    queue = agenda()
    queue.add("b", "late", NOON + 9)
    queue.add("b", "one")
    queue.add("a", "two")
    assert queue.next_due() == NOON
    assert popped(queue) == [("b", "one"), ("a", "two"), ("b", "late")]
    assert queue.next_due() is None


def test_a_key_is_on_the_queue_once_and_the_earlier_time_counts():
    queue = agenda()
    queue.add("a", "key", NOON + 5)
    queue.add("a", "key", NOON + 2)
    queue.add("a", "key", NOON + 7)
    assert len(queue) == 1
    assert queue.due("a", "key") == NOON + 2
    assert popped(queue) == [("a", "key")]


def test_nothing_is_popped_before_its_time():
    queue = agenda()
    queue.add("a", "key", NOON + 5)
    assert queue.pop(NOON + 4.99) is None
    assert queue.pop(NOON + 5).key == "key"


def test_failures_wait_twice_as_long_each_time_until_a_success():
    queue = agenda()
    waits = []
    for _ in range(4):
        queue.retry("a", "key", first=0.005, most=0.03)
        waits.append(round(queue.due("a", "key") - NOON, 4))
        queue.pop(NOON + 1)
    assert waits == [0.005, 0.01, 0.02, 0.03]
    queue.forget("a", "key")
    queue.retry("a", "key", first=0.005, most=0.03)
    assert round(queue.due("a", "key") - NOON, 4) == 0.005


def test_a_cancelled_key_is_not_due():
    queue = agenda()
    queue.add("a", "key")
    queue.cancel("a", "key")
    assert queue.next_due() is None
    assert popped(queue) == []


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 50)), max_size=40), st.integers(0, 60)
)
def test_an_agenda_that_is_kept_and_loaded_goes_on_in_the_same_order(asked, until):
    one, other = agenda(), agenda()
    for component, key, due in asked:
        one.add(component, str(key), NOON + due)
    before = popped(one, NOON + until)
    one.retry("a", "failed", first=1, most=8)
    for path, kept in one.take_changes():
        if kept is not None:
            other.restore(path, kept)
    other.restored(one.sequence)
    one.retry("a", "failed", first=1, most=8)
    other.retry("a", "failed", first=1, most=8)
    assert popped(one) == popped(other)
    assert len(before) <= len({(component, key) for component, key, _ in asked})


def test_times_are_written_as_the_api_writes_them():
    assert rfc3339(NOON + 0.9) == "2026-01-01T00:00:00Z"
    assert micro(NOON + 0.25) == "2026-01-01T00:00:00.250000Z"
    assert parse_time("2026-01-01T00:00:00Z") == NOON
