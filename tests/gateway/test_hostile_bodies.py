"""Bodies that are made to cost are refused before they do."""

import time
from contextlib import suppress

import pytest

from kubelab.cluster.api.errors import BadRequest
from kubelab.cluster.api.request import Undecoded
from kubelab.cluster.rest import negotiation

BOMB = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/yaml", BOMB),
        ("application/apply-patch+yaml", "a: &a [*a]"),
        ("application/yaml", "[" * 100_000),
        ("application/json", "[" * 100_000),
        ("application/json", '{"a":' * 5_000),
    ],
    ids=["aliases of aliases", "an alias of itself", "deep YAML", "deep JSON", "deep objects"],
)
def test_it_is_refused_at_once(content_type, body):
    began = time.process_time()
    with suppress(BadRequest):
        assert isinstance(negotiation.body_of(content_type, body.encode()), Undecoded)
    assert time.process_time() - began < 1


def test_ordinary_aliases_are_read():
    assert negotiation.body_of("application/yaml", b"a: &a {x: 1}\nb: *a") == {"a": {"x": 1}, "b": {"x": 1}}
