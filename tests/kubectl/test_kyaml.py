"""KYAML, from the rules of sigs.k8s.io/yaml/kyaml; real kubectl of that age is not at hand."""

import yaml

from kubelab.terminal.kubectl.printers.kyaml import to_kyaml
from tests.console import Console


def test_braces_quotes_and_commas():
    value = {"a": "x", "on": [1, "b"], "c-d": [{"e": None}, {"h": True}], "app/": [], "g": {}, "1": 0.5}
    assert to_kyaml(value) == (
        '---\n{\n  "1": 0.5,\n  a: "x",\n  "app/": [],\n  c-d: [{\n    e: null,\n  }, {\n    h: true,\n  }],\n'
        '  g: {},\n  "on": [\n    1,\n    "b",\n  ],\n}\n'
    )


def test_texts_of_several_lines_are_folded():
    assert to_kyaml({"text": "a\n  b\n\nc"}) == (
        '---\n{\n  text: "\\\n     a\\n\\\n    \\  b\\n\\\n     \\n\\\n     c\\\n    ",\n}\n'
    )


def test_yaml_reads_the_same():
    value = {"text": 'a\n\tb\n\n "q" \\ c\n', "é": ["\x1b\u2028\x00ü", "no"], "2026-01-02": [[1], []], "0x1f": -0.5}
    assert yaml.safe_load(to_kyaml(value)) == value


def test_objects_are_printed_since_1_35():
    newer = Console("one-node", "1.35")
    found = newer.ok("kubectl get ns default -o kyaml")
    assert found.startswith(
        '---\n{\n  apiVersion: "v1",\n  kind: "Namespace",\n  metadata: {\n    creationTimestamp: "'
    )
    assert yaml.safe_load(found)["metadata"]["name"] == "default"
    assert "jsonpath-file,kyaml,name" in newer.fails("kubectl get ns default -o x")
    older = Console("one-node", "1.34")
    assert "jsonpath-file,name" in older.fails("kubectl get ns default -o kyaml")
    assert older.ok("KUBECTL_KYAML=true kubectl get ns default -o kyaml").startswith("---\n{\n")
