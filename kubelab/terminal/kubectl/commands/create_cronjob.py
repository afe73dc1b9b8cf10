"""kubectl create cronjob (kubectl/pkg/cmd/create/create_cronjob.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.flags import Flag


def run(call: Call) -> None:
    """Creates a CronJob."""
    creation = Creation(call)
    flags = call.flags
    container: Object = {"name": creation.name, "image": flags.text("image")}
    if creation.command:
        container["command"] = creation.command
    pod = {"containers": [container], "restartPolicy": flags.text("restart") or "OnFailure"}
    cronjob = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": creation.metadata(),
        "spec": {
            "schedule": flags.text("schedule"),
            "jobTemplate": {"metadata": {"name": creation.name}, "spec": {"template": {"spec": pod}}},
        },
    }
    creation.create(cronjob, "failed to create cronjob")


COMMAND = Command(
    path="create cronjob",
    usage="create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
    short="Create a cron job with the given name",
    run=run,
    aliases=("cj",),
    required=("image", "schedule"),
    examples="""
# A cron job
kubectl create cronjob my-job --image=busybox --schedule="*/1 * * * *"

# A cron job with a command
kubectl create cronjob my-job --image=busybox --schedule="*/1 * * * *" -- date
""",
    flags=(
        *CREATION,
        Flag("image", "string", "", "Image to run."),
        Flag("restart", "string", "", "The Pods' restart policy: OnFailure or Never"),
        Flag("schedule", "string", "", "When the job runs, as cron writes it."),
    ),
)
