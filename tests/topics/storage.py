"""Manifests that several tests of storage share, in short."""

NFS = "192.168.100.22"
RAW = "https://raw.githubusercontent.com"
NFS_DEPLOY = f"{RAW}/kubernetes-sigs/nfs-subdir-external-provisioner/master/deploy"
LOCAL_PATH = f"{RAW}/rancher/local-path-provisioner/master/deploy/local-path-storage.yaml"
VSPHERE = f"{RAW}/kubernetes-sigs/vsphere-csi-driver/v3.5.0/manifests/vanilla/vsphere-csi-driver.yaml"


def volume(name, source, size="5Gi", modes="[ReadWriteMany]", more=""):
    return f"""
apiVersion: v1
kind: PersistentVolume
metadata: {{name: {name}}}
spec:
  capacity: {{storage: {size}}}
  accessModes: {modes}
  {source}
  {more}
"""


def nfs_volume(name, path="/srv/nfs/storage", **options):
    return volume(name, f"nfs: {{server: {NFS}, path: {path}}}", **options)


def claim(name, size="1Gi", modes="[ReadWriteMany]", more=""):
    return f"""
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {name}}}
spec:
  accessModes: {modes}
  resources: {{requests: {{storage: {size}}}}}
  {more}
"""


def pod(name, volume, command="sleep 3600", more="", mount="volumeMounts: [{name: data, mountPath: /data}]"):
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  {more}
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: busybox:1.37
    command: [sh, -c, {command!r}]
    {mount}
  volumes:
  - {{name: data, {volume}}}
"""


def storage_class(name, provisioner, more=""):
    return f"""
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {{name: {name}}}
provisioner: {provisioner}
{more}
"""


def by_claim(name):
    return f"persistentVolumeClaim: {{claimName: {name}}}"


def apply(console, *manifests):
    console.write("all.yaml", "---\n".join(manifests))
    return console.ok("kubectl apply -f all.yaml")


def phase(console, resource, name, field="{.status.phase}"):
    return console.ok(f"kubectl get {resource} {name} -o jsonpath='{field}'")


def until(console, condition, seconds=120):
    for _ in range(seconds):
        if condition():
            return
        console.advance(1)
    raise AssertionError(f"not within {seconds} s")


def running(console, name):
    until(console, lambda: phase(console, "pod", name) == "Running")


def told(console, resource, name):
    """What the events of an object say, as `reason: message`."""
    form = "-o jsonpath='{range .items[*]}{.reason}: {.message}{\"\\n\"}{end}'"
    found = console.ok(
        f"kubectl get events --field-selector involvedObject.kind={resource},involvedObject.name={name} {form}"
    )
    return found.splitlines()
