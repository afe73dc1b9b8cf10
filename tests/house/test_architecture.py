"""What ARCHITECTURE.md says of what is simulated is made from the code, and its "how to add" names real files.

`python -m tests.house.test_architecture` writes the made part anew.
"""

import ast
import re
from pathlib import Path

import pytest

from kubelab.cluster.api.notices import INERT
from kubelab.cluster.cluster import DEFAULT_VERSION
from kubelab.cluster.discovery import components
from kubelab.cluster.kinds import for_version

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- made from the code: python -m tests.house.test_architecture -->", "<!-- end -->"


def made():
    """Return the part of the page that is made: components, kinds that nothing acts on, and the others."""
    kinds = list(for_version(DEFAULT_VERSION))
    names, acted_on = {kind.name for kind in kinds} - INERT, used_kinds(kinds)
    acting = [f"| {part.name} | {part.__doc__.splitlines()[0]} |" for part in sorted(components(), key=in_order)]
    inert = sorted(INERT.intersection(kind.name for kind in kinds))
    return "\n".join(
        [
            "| component | what it does |",
            "| --- | --- |",
            *acting,
            "",
            f"**Kept, but nothing acts on them yet**, and the server warns of it: {', '.join(inert)}.",
            "",
            f"**Read or written** by the parts above, or by the API itself: {', '.join(sorted(names & acted_on))}.",
            "",
            f"**The rest** is stored, checked and shown as any object: {', '.join(sorted(names - acted_on))}.",
        ]
    )


def used_kinds(kinds):
    """Return the names of the kinds that the simulation's code imports, or whose place in the store it names."""
    found = set()
    for path in (ROOT / "kubelab/cluster").rglob("*.py"):
        text = path.read_text()
        found.update(kind.name for kind in kinds if f'"{kind.prefix}"' in text)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module == "kubelab.cluster.kinds":
                found.update(alias.name for alias in node.names)
    return found


def in_order(part):
    return part.__module__, part.name


def parts():
    before, _, rest = PAGE.read_text().partition(BEGIN)
    there, _, after = rest.partition(END)
    return before, there.strip(), after


def write():
    before, _, after = parts()
    PAGE.write_text(f"{before}{BEGIN}\n{made()}\n{END}{after}")


def test_what_is_simulated_is_up_to_date():
    assert parts()[1] == made(), "run: .venv/bin/python -m tests.house.test_architecture"


def named_files():
    table = PAGE.read_text().partition("## How to add")[2].partition("\n## ")[0]
    return sorted(set(re.findall(r"`((?:kubelab|lessons|static|docs)/[\w./-]+)`", table)))


@pytest.mark.parametrize("name", named_files())
def test_what_it_says_to_touch_exists(name):
    assert (ROOT / name).exists()


if __name__ == "__main__":
    write()
