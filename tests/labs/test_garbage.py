"""Garbage collection leaves alone what is only growing."""

import gc

import pytest

from kubelab.garbage import much_was_made, no_collection


def test_nothing_is_collected_while_much_is_made_that_stays():
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_goes_on_after_a_failure():
    with pytest.raises(OSError), no_collection():
        raise OSError
    assert gc.isenabled()


def test_a_quiet_server_does_not_look_through_everything_again():
    before = gc.get_threshold()
    gc.set_threshold(1000, 1_000_000, 1_000_000)
    try:
        gc.collect()
        assert not much_was_made()
        kept = [[number] for number in range(5000)]
        assert much_was_made(), len(kept)
        gc.collect()
        assert not much_was_made()
    finally:
        gc.set_threshold(*before)
