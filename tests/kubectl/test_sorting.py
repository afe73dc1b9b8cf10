"""The order in which Go's sort leaves things. That it is Go's own is judged where events are sorted (test_events)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.terminal.kubectl.gosort import SHORT, go_sorted, go_sorted_by

MINOR = 36
NUMBERS = st.lists(st.integers(0, 20), max_size=300)


@settings(max_examples=200, deadline=None)
@given(NUMBERS)
def test_everything_is_there_and_in_order(numbers):
    assert go_sorted(numbers, lambda a, b: a < b, MINOR) == sorted(numbers)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=SHORT))
def test_short_lists_keep_the_order_of_equals(numbers):
    pairs = list(enumerate(numbers))
    assert go_sorted_by(pairs, lambda pair: pair[1], MINOR) == sorted(pairs, key=lambda pair: pair[1])


def test_long_lists_of_a_pattern_are_sorted():
    for length in (50, 200, 1000):
        pattern = [number % 7 for number in range(length)]
        assert go_sorted(pattern[::-1], lambda a, b: a < b, MINOR) == sorted(pattern)
        assert go_sorted(list(range(length))[::-1], lambda a, b: a < b, MINOR) == list(range(length))


def test_equals_are_scattered_in_another_way_since_kubectl_1_33():
    """The first order is that of the events of a Pod as real kubectl 1.31, built with Go 1.22, described them."""
    seconds = [54, 56, 60, 61, 55, 60, 55, 62, 60, 60, 62, 60, 55, 60, 55, 60, 62]

    def order(minor: int) -> list[int]:
        return go_sorted_by(range(len(seconds)), lambda index: seconds[index], minor)

    assert order(31) == order(32) == [0, 12, 6, 14, 4, 1, 11, 2, 5, 8, 9, 13, 15, 3, 7, 10, 16]
    assert order(33) == order(36) == [0, 12, 6, 14, 4, 1, 11, 2, 9, 8, 5, 13, 15, 3, 10, 7, 16]
