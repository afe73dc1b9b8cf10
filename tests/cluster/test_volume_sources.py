"""What Pods' volumes, mounts and variables have to be, and what volumes KubeLab mounts, in the real components' words.

Source: pkg/apis/core/validation/validation.go; pkg/volume/emptydir; KEP-4639 (images as volumes).
"""

import pytest

from tests.console import Console
from tests.topics.storage import apply, pod, running, told


def refused(console, manifest):
    console.write("bad.yaml", manifest)
    return console.fails("kubectl apply -f bad.yaml")


@pytest.mark.parametrize(
    ("volume", "why"),
    [
        ("nfs: {server: a}", "nfs.path: Invalid value: \"\": must be an absolute path"),
        ("configMap: {}", "configMap.name: Required value"),
        ("configMap: {name: a, items: [{key: a, path: /b}]}",
         'configMap.items[0].path: Invalid value: "/b": must be a relative path'),
        ("configMap: {name: a, items: [{key: a, path: ..b}]}",
         "configMap.items[0].path: Invalid value: \"..b\": must not start with '..'"),
        ("secret: {secretName: a, defaultMode: 512}",
         "secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"),
        ("emptyDir: {sizeLimit: '-1'}",
         "emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"),
        ("downwardAPI: {items: [{path: a, fieldRef: {fieldPath: status.phase}}]}",
         'downwardAPI.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.annotations", '
         '"metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"'),
        ("downwardAPI: {items: [{path: a}]}",
         "downwardAPI: Required value: one of fieldRef and resourceFieldRef is required"),
        ("downwardAPI: {items: [{path: a, resourceFieldRef: {resource: limits.cpu}}]}",
         "downwardAPI.resourceFieldRef.containerName: Required value"),
        ("projected: {sources: [{configMap: {name: a}, secret: {name: b}}]}",
         "projected.sources[0]: Forbidden: may not specify more than 1 volume type"),
        ("projected: {sources: [{configMap: {name: a, items: [{key: x, path: p}]}}, "
         "{secret: {name: b, items: [{key: x, path: p}]}}]}",
         'projected: Invalid value: "b": conflicting duplicate paths'),
        ("projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 5}}]}",
         "projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: "
         "may not specify a duration less than 10 minutes"),
    ],
)  # fmt: skip
def test_a_source_has_to_be_whole(console, volume, why):
    assert f"spec.volumes[0].{why}" in refused(console, pod("bad", volume))


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ("volumeMounts: [{name: data, mountPath: /d, subPath: ../x}]",
         "volumeMounts[0].subPath: Invalid value: \"../x\": must not contain '..'"),
        ("volumeMounts: [{name: data, mountPath: /d, mountPropagation: Bidirectional}]",
         "volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged "
         "containers"),
        ("env: [{name: 'a=b', value: c}]",
         'env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII '
         "characters other than '='"),
        ("env: [{name: A, valueFrom: {}}]",
         'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` '
         "or `secretKeyRef`"),
        ("env: [{name: A, value: b, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
         'env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'),
        ("env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: a/b}}}]",
         'env[0].valueFrom.secretKeyRef.key: Invalid value: "a/b": a valid config key must consist of'),
        ("envFrom: [{prefix: x}]",
         'envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'),
    ],
)  # fmt: skip
def test_so_has_what_a_container_makes_of_them(console, part, why):
    assert f"spec.containers[0].{why}" in refused(console, pod("bad", "emptyDir: {}", mount=part))


@pytest.mark.parametrize(
    ("volume", "why"),
    [
        ("emptyDir: {medium: Disk}", 'unknown storage medium "Disk"'),
        ("gitRepo: {repository: 'https://example.com/x'}", "git-repo volume plugin has been disabled; if necessary, it "
         "may be re-enabled by enabling the feature-gate `GitRepoVolumeDriver`"),
        ("iscsi: {targetPortal: 10.0.0.1, iqn: 'iqn.2001-04.com.example:d', lun: 0}",
         "KubeLab does not simulate volumes of the type iscsi"),
        ("projected: {sources: [{clusterTrustBundle: {name: x, path: ca.pem}}]}",
         "KubeLab does not simulate volumes of the type clusterTrustBundle"),
    ],
)  # fmt: skip
def test_what_cannot_be_mounted_says_so(console, volume, why):
    apply(console, pod("odd", volume))
    console.advance(3)
    assert f'FailedMount: MountVolume.SetUp failed for volume "data" : {why}' in told(console, "Pod", "odd")
    assert console.ok("kubectl get pod odd --no-headers").split()[2] == "ContainerCreating"


def test_an_image_is_a_volume_that_can_only_be_read(console):
    apply(console, pod("web", "image: {reference: 'nginx:1.27'}"))
    running(console, "web")
    assert "nginx.conf" in console.ok("kubectl exec web -- ls /data/etc/nginx")
    assert "Read-only file system" in console.fails("kubectl exec web -- touch /data/x")
    assert "overlay /data overlay ro" in console.ok("kubectl exec web -- cat /proc/mounts")
    apply(console, pod("odd", "image: {reference: 'nginx:doesnotexist'}"))
    console.advance(4)
    assert console.ok("kubectl get pod odd --no-headers").split()[2] in ("ErrImagePull", "ImagePullBackOff")


def test_before_images_were_volumes_the_lab_says_so():
    console = Console(version="1.34")
    apply(console, pod("web", "image: {reference: 'nginx:1.27'}"))
    console.advance(3)
    why = "KubeLab does not simulate volumes of the type image before v1.35"
    assert f'FailedMount: MountVolume.SetUp failed for volume "data" : {why}' in told(console, "Pod", "web")
