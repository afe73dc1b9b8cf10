"""The Pods that a Job makes: held by a finalizer until they are counted, with an index where the Job has them.

Source: pkg/controller/job/job_controller.go (manageJob), indexed_job_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kubelab.cluster.controllers import job_indexes, job_policies, ownership
from kubelab.cluster.kinds import Job
from kubelab.cluster.objects import Object

INDEX_VARIABLE: Object = {
    "name": "JOB_COMPLETION_INDEX",
    "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{job_indexes.INDEX}']"}},
}
LONGEST_PREFIX = 58  # letters of a generated name before its suffix


def new_pods(job: Object, finalizer: str, indexes: Sequence[int], replaced: Mapping[int, Object]) -> Iterator[Object]:
    """Yields a Pod for each index; -1 stands for none.

    Args:
        replaced: the failed Pods of indexes that count their own failures.
    """
    template = job["spec"]["template"]
    held = list(dict.fromkeys([*(template.get("metadata", {}).get("finalizers") or ()), finalizer]))
    plain = ownership.pod_from_template(job, Job, finalizers=held)
    spec = _with_variable(template["spec"]) if job_indexes.is_indexed(job) else template["spec"]
    for index in indexes:
        yield plain if index < 0 else _indexed(job, plain, spec, index, replaced.get(index))


def _indexed(job: Object, pod: Object, spec: Object, index: int, replaced: Object | None) -> Object:
    metadata, mark = pod["metadata"], {job_indexes.INDEX: str(index)}
    annotations = {**(metadata.get("annotations") or {}), **mark}
    if job["spec"].get("backoffLimitPerIndex") is not None:
        annotations.update(_failures(job, replaced))
    ending = f"-{index}-"
    metadata = {
        **metadata,
        "generateName": job["metadata"]["name"][: LONGEST_PREFIX - len(ending)] + ending,
        "labels": {**(metadata.get("labels") or {}), **mark},
        "annotations": annotations,
    }
    return {**pod, "metadata": metadata, "spec": {**spec, "hostname": f"{job['metadata']['name']}-{index}"}}


def _failures(job: Object, replaced: Object | None) -> dict[str, str]:
    if replaced is None:
        return {job_indexes.FAILURES: "0"}
    counted, ignored = job_indexes.failure_count(replaced), job_indexes.ignored_count(replaced)
    if job_policies.verdict(job, replaced).counts:
        counted += 1
    else:
        ignored += 1
    found = {job_indexes.FAILURES: str(counted)}
    return {**found, job_indexes.IGNORED_FAILURES: str(ignored)} if ignored else found


def _with_variable(spec: Object) -> Object:
    changed: dict[str, Any] = {}
    for field in ("initContainers", "containers"):
        if spec.get(field):
            changed[field] = [_with_index(container) for container in spec[field]]
    return {**spec, **changed}


def _with_index(container: Object) -> Object:
    variables = container.get("env") or []
    if any(found["name"] == INDEX_VARIABLE["name"] for found in variables):
        return container
    return {**container, "env": [*variables, INDEX_VARIABLE]}
