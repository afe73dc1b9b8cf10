"""The order in which Go's sort leaves things. That it is Go's own is judged where events are sorted (test_events)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.terminal.kubectl.gosort import SHORT, go_sorted, go_sorted_by

NUMBERS = st.lists(st.integers(0, 20), max_size=300)


@settings(max_examples=200, deadline=None)
@given(NUMBERS)
def test_everything_is_there_and_in_order(numbers):
    assert go_sorted(numbers, lambda a, b: a < b) == sorted(numbers)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=SHORT))
def test_short_lists_keep_the_order_of_equals(numbers):
    pairs = list(enumerate(numbers))
    assert go_sorted_by(pairs, lambda pair: pair[1]) == sorted(pairs, key=lambda pair: pair[1])


def test_long_lists_of_a_pattern_are_sorted():
    for length in (50, 200, 1000):
        pattern = [number % 7 for number in range(length)]
        assert go_sorted(pattern[::-1], lambda a, b: a < b) == sorted(pattern)
        assert go_sorted(list(range(length))[::-1], lambda a, b: a < b) == list(range(length))
