"""Makes the templates that clusters are born from.

Bootstrapping is always the same for one preset, version and moment, so a new cluster takes the objects of one
that was made a while ago, within the hour or as long as its preset is old, and lives the time since then in a run.
"""

import gc
from functools import cache
from hashlib import sha256
from importlib.metadata import version as version_of
from pathlib import Path

import kubelab
from kubelab import garbage
from kubelab.cluster.cluster import Cluster
from kubelab.cluster.presets import load_preset
from kubelab.labs import simulation, templates
from kubelab.labs.models import Template
from kubelab.labs.packing import FORMAT, pack

HOUR = 3600.0
LARGE = 20_000  # rows of a cluster that is not left lying about until the next collection of garbage
SEED = 1  # all clusters begin alike; their own seed counts from their first moment on
SIMULATION = ("cluster", "terminal")  # the packages that a bootstrapped cluster comes from


def template_for(preset: str, version: str, now: float) -> templates.Born:
    """Return a template that is at most an hour older than the virtual time `now`, or as much as the preset is old.

    Raises:
        ValueError: if there is no such preset or version.
    """
    made_of = _made_of(preset, version, now)
    found = Template.objects.filter(digest=made_of).values_list("pk", flat=True).first()
    return templates.get(_bootstrapped(preset, version, now, made_of) if found is None else found)


def has_template(preset: str, version: str, now: float) -> bool:
    """Tell whether `template_for` has nothing to make."""
    return Template.objects.filter(digest=_made_of(preset, version, now)).exists()


def _bootstrapped(preset: str, version: str, now: float, made_of: str) -> int:
    moment = _moment(preset, now)
    with garbage.no_collection():
        cluster = Cluster.create("", preset, version, seed=SEED, now=moment, interpreter=simulation.interpreter())
    header, rows = cluster.header(), [row for row in cluster.take_changes() if row[2] is not None]
    data = pack(rows)
    is_large = len(rows) > LARGE
    del cluster, rows
    if is_large:
        gc.collect()
    template, _ = Template.objects.get_or_create(digest=made_of, defaults={"header": header, "data": data})
    return template.pk


def _moment(preset: str, now: float) -> float:
    """Return when the template is of: an old cluster of 30 days may as well be one of 50."""
    return now - now % max(HOUR, load_preset(preset).age)


def _made_of(preset: str, version: str, now: float) -> str:
    """Return what a template is known by: a KubeLab that may bootstrap otherwise makes another."""
    return sha256(f"{_edition()} {preset} {version} {_moment(preset, now)}".encode()).hexdigest()


@cache
def _edition() -> str:
    """Return a hash of all that has a part in bootstrapping: the simulation's files, and the package of schemas."""
    home = Path(kubelab.__file__).parent
    found = sha256(f"{FORMAT} {SEED} {version_of('kubernetes-validate')}".encode())
    for package in SIMULATION:
        for path in sorted((home / package).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                found.update(f"{path.relative_to(home)}\n".encode() + path.read_bytes())
    return found.hexdigest()
