"""kubectl create job (kubectl/pkg/cmd/create/create_job.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.resources import Builder


def run(call: Call) -> None:
    """Creates a Job of an image, or of a CronJob's template."""
    creation = Creation(call)
    image, source = call.flags.text("image"), call.flags.text("from")
    if bool(image) == bool(source):
        raise CommandError("either --image or --from must be specified")
    if source and creation.command:
        raise CommandError("cannot specify --from and command")
    job = _of_image(creation, image) if image else _of_cronjob(creation, source)
    creation.create(job, "failed to create job")


def _of_image(creation: Creation, image: str) -> Object:
    container: Object = {"name": creation.name, "image": image}
    if creation.command:
        container["command"] = creation.command
    spec = {"template": {"spec": {"containers": [container], "restartPolicy": "Never"}}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": creation.metadata(), "spec": spec}


def _of_cronjob(creation: Creation, source: str) -> Object:
    call = creation.call
    infos, errors = Builder(call, (source,), flatten=True, latest=True).select().infos()
    raise_all(errors)
    if len(infos) != 1:
        raise CommandError("from must be an existing cronjob")
    cronjob, kind = infos[0].object, infos[0].kind
    if (kind.group, kind.name) != ("batch", "CronJob"):
        raise CommandError(f"unknown object type *{kind.version}.{kind.name}")
    template = cronjob["spec"].get("jobTemplate") or {}
    metadata = template.get("metadata") or {}
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": cronjob["metadata"]["name"],
        "uid": cronjob["metadata"]["uid"],
        "controller": True,
    }
    annotations = {"cronjob.kubernetes.io/instantiate": "manual", **(metadata.get("annotations") or {})}
    made = creation.metadata(annotations=annotations, labels=metadata.get("labels"), ownerReferences=[owner])
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": made, "spec": template.get("spec") or {}}


COMMAND = Command(
    path="create job",
    usage="create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    short="Create a job with the given name",
    run=run,
    examples="""
# A job
kubectl create job my-job --image=busybox

# A job with a command
kubectl create job my-job --image=busybox -- date

# A job of the cron job "a-cronjob", now
kubectl create job test-job --from=cronjob/a-cronjob
""",
    flags=(
        *CREATION,
        Flag("from", "string", "", "What to make the job of (only a cron job can be named)."),
        Flag("image", "string", "", "Image to run."),
    ),
)
