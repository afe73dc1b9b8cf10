"""Garbage collection leaves alone what is only growing."""

import gc

import pytest

from kubelab.garbage import no_collection


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
