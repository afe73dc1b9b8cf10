"""What is kept of a cluster: its row, the revision log that it is made of, and its terminal.

The database is the truth; a cluster in memory is a cache of it.
"""

import secrets

from django.conf import settings
from django.db import models


def new_public_id() -> str:
    """Return an address that nobody can guess: 96 bits."""
    return secrets.token_urlsafe(12)


def new_seed() -> int:
    """Return what a new cluster's chance is drawn from."""
    return secrets.randbits(48)


class Template(models.Model):
    """A cluster just bootstrapped. Those born from it keep only what they changed since."""

    digest = models.CharField(max_length=64, unique=True)
    header = models.JSONField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.header['preset']} v{self.header['version']}"


class Lab(models.Model):
    """A learner's cluster. Real times are seconds since the epoch; `now` is virtual."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="labs")
    name = models.CharField(max_length=100)
    created = models.DateTimeField(auto_now_add=True)

    preset = models.CharField(max_length=100)
    version = models.CharField(max_length=10)
    seed = models.BigIntegerField(default=new_seed)
    template = models.ForeignKey(Template, models.PROTECT)
    header = models.JSONField()  # what Cluster.load wants beside the rows

    commits = models.PositiveIntegerField(default=0)  # how often it was kept; tells who is behind
    revision = models.PositiveBigIntegerField(default=0)
    snapshot = models.PositiveIntegerField(default=0)  # the commit that loading starts from; 0: the template
    rows = models.PositiveIntegerField(default=0)  # rows of the log since then

    now = models.FloatField()  # virtual time ...
    at = models.FloatField()  # ... at this real time; from here it runs on by the rate
    rate = models.FloatField(default=1)  # virtual seconds a real second
    paused = models.BooleanField(default=False)
    watched_until = models.FloatField(default=0)  # when this has passed the cluster sleeps: its time stands still
    next_due = models.FloatField(null=True, db_index=True)  # real; None while asleep, paused or with nothing to do
    set_aside_at = models.FloatField(null=True)  # real: when somebody wants it as it then is; see keeping.set_aside
    token_number = models.PositiveIntegerField(default=0)  # the next one makes another token for the owner's clients
    looked_by = models.CharField(max_length=200, blank=True)  # who, other than the owner, looks at it ...
    looked_until = models.FloatField(default=0)  # ... and until when that holds, unless it is renewed

    not_exported = ("seed", "set_aside_at", "token_number", "header", "template")

    class Meta:
        constraints = [
            models.UniqueConstraint("owner", "name", name="one_lab_a_name"),
            models.UniqueConstraint("name", condition=models.Q(owner=None), name="one_lab_a_name_without_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class Segment(models.Model):
    """What one commit changed; or, as a snapshot, all there was after a commit, in several pieces."""

    lab = models.ForeignKey(Lab, models.CASCADE, db_index=False)
    commit = models.PositiveIntegerField()
    piece = models.PositiveIntegerField(default=0)
    snapshot = models.BooleanField(default=False)
    revision = models.PositiveBigIntegerField()  # the cluster's after it
    now = models.FloatField()
    header = models.JSONField()
    data = models.BinaryField()  # packing.pack(rows)

    class Meta:
        constraints = [
            models.UniqueConstraint("lab", "commit", "snapshot", "piece", name="one_segment_a_commit"),
        ]

    def __str__(self) -> str:
        return f"{self.lab_id}@{self.revision}"


class TerminalState(models.Model):
    """A lab's shell as it was left: history, working directory, variables, what is running."""

    lab = models.OneToOneField(Lab, models.CASCADE, primary_key=True, related_name="terminal")
    state = models.BinaryField()  # JSON
    screen = models.TextField(default="")  # what the last page saw when it was closed, to be shown again

    def __str__(self) -> str:
        return f"terminal of {self.lab_id}"


class Moment(models.Model):
    """A cluster as it was at one moment, for as long as somebody needs it, whatever becomes of its lab."""

    template = models.ForeignKey(Template, models.PROTECT)
    header = models.JSONField()
    data = models.BinaryField()  # packing.pack(rows): what differed from the template
    commands = models.JSONField(default=list)  # the last that were typed until then, with their exit statuses

    def __str__(self) -> str:
        return f"{self.header['name']}@{self.header['revision']}"
