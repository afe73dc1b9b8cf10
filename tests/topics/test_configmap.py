"""Topic configmap: settings as variables, arguments and files, and when a change of them is seen.

Source: kubernetes.io, concepts/configuration/configmap, tasks/configure-pod-container/configure-pod-configmap.
"""

import re

from tests.console import Console
from tests.topics.storage import apply, phase, running, told

SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue, app.conf: "level=1\\n"}
binaryData: {logo: /9j/}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: busybox:1.37
    command: [sh, -c, "echo started $(COLOUR); sleep 3600"]
    env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}]
    envFrom: [{prefix: ALL_, configMapRef: {name: settings}}]
    volumeMounts:
    - {name: files, mountPath: /etc/app}
    - {name: files, mountPath: /fixed.conf, subPath: app.conf}
    - {name: some, mountPath: /etc/some}
  volumes:
  - {name: files, configMap: {name: settings}}
  - {name: some, configMap: {name: settings, items: [{key: colour, path: deep/colour, mode: 0400}]}}
"""


def sh(console, command):
    return console.ok(f"kubectl exec web -- sh -c '{command}'")


def test_a_configmap_is_variables_arguments_and_files(console):
    apply(console, SETTINGS, POD)
    running(console, "web")
    assert console.ok("kubectl logs web") == "started blue\n"
    assert sh(console, "echo $COLOUR $ALL_colour") == "blue blue\n"
    assert sh(console, "cat /etc/app/app.conf; od -An -tx1 /etc/app/logo") == "level=1\n ff d8 ff\n"
    assert sh(console, "ls /etc/app").split() == ["app.conf", "colour", "logo"]
    assert sh(console, "readlink /etc/app/colour; stat -L -c %a /etc/some/deep/colour") == "..data/colour\n400\n"
    assert "Read-only file system" in console.fails("kubectl exec web -- touch /etc/app/x")


def test_a_change_is_seen_in_files_within_two_minutes_and_nowhere_else(console):
    apply(console, SETTINGS, POD)
    running(console, "web")
    console.ok('kubectl patch cm settings -p \'{"data":{"colour":"red","app.conf":"level=2\\n"}}\'')
    assert sh(console, "cat /etc/app/colour") == "blue"
    console.advance(120)
    assert sh(console, "cat /etc/app/colour") == "red"
    assert sh(console, "cat /etc/app/app.conf /fixed.conf") == "level=2\nlevel=1\n"
    assert sh(console, "echo $COLOUR") == "blue\n"
    console.ok("kubectl delete pod web")
    apply(console, POD)
    running(console, "web")
    assert sh(console, "echo $COLOUR; cat /fixed.conf") == "red\nlevel=2\n"


def test_one_that_is_missing_holds_the_pod_unless_it_is_optional(console):
    apply(console, POD)
    console.advance(3)
    assert console.ok("kubectl get pod web --no-headers").split()[2] == "ContainerCreating"
    missing = 'FailedMount: MountVolume.SetUp failed for volume "files" : configmap "settings" not found'
    assert missing in told(console, "Pod", "web")
    apply(console, SETTINGS)
    running(console, "web")
    optional = POD.replace("{name: web}", "{name: free}").replace("name: settings", "optional: true, name: nothing")
    apply(console, optional)
    running(console, "free")
    assert console.ok("kubectl exec free -- ls /etc/app") == ""


def test_an_immutable_one_does_not_change(console):
    apply(console, SETTINGS + "immutable: true\n")
    refused = console.fails('kubectl patch cm settings -p \'{"data":{"colour":"red"}}\'')
    assert refused == (
        'The ConfigMap "settings" is invalid: data: Forbidden: field is immutable when `immutable` is set\n'
    )
    assert phase(console, "cm", "settings", "{.data.colour}") == "blue"


def test_more_than_a_mebibyte_is_refused_and_so_are_bad_keys(console):
    console.ok("head -c 1048577 /dev/zero | tr '\\0' x > big")
    refused = console.fails("kubectl create configmap big --from-file=big")
    assert refused == (
        'error: failed to create configmap: ConfigMap "big" is invalid: []: '
        "Too long: may not be more than 1048576 bytes\n"
    )
    console.write("bad.yaml", SETTINGS.replace("colour: blue", "'a/b': blue"))
    assert 'data[a/b]: Invalid value: "a/b": a valid config key must consist of' in console.fails(
        "kubectl create -f bad.yaml"
    )


def test_files_are_links_through_a_directory_that_is_named_by_the_time_and_exchanged_as_a_whole(console):
    apply(console, SETTINGS, POD)
    running(console, "web")
    listing = sh(console, "ls -la /etc/app").splitlines()
    first = re.search(r"\.\.data -> (\.\.2026_01_01_00_00_00\.\d+)$", listing[4])[1]
    assert listing[1].startswith("drwxrwxrwx 3 root root")
    assert re.fullmatch(rf"drwxr-xr-x .* {re.escape(first)}", listing[3])
    console.ok('kubectl patch cm settings -p \'{"data":{"colour":"red","more":"yes"}}\'')
    assert first in sh(console, "readlink /etc/app/..data")
    console.advance(120)
    second = sh(console, "readlink /etc/app/..data").strip()
    assert re.fullmatch(r"\.\.2026_01_01_00_0[012]_\d\d\.\d+", second)
    assert second != first
    assert sh(console, "ls -A /etc/app").split() == [second, "..data", "app.conf", "colour", "logo", "more"]


def test_one_that_is_deleted_stays_in_the_volume_and_is_missed_until_it_is_made_again(console):
    apply(console, SETTINGS, POD)
    running(console, "web")
    console.ok("kubectl delete cm settings")
    console.advance(200)
    assert sh(console, "cat /etc/app/colour") == "blue"
    missing = 'FailedMount: MountVolume.SetUp failed for volume "files" : configmap "settings" not found'
    assert missing in told(console, "Pod", "web")
    apply(console, SETTINGS.replace("blue", "green"))
    assert sh(console, "cat /etc/app/colour") == "blue"
    console.advance(120)
    assert sh(console, "cat /etc/app/colour") == "green"


def test_an_optional_one_that_comes_later_shows_up_by_and_by(console):
    apply(console, POD.replace("name: settings", "optional: true, name: settings"))
    running(console, "web")
    apply(console, SETTINGS)
    assert sh(console, "ls /etc/app") == ""
    console.advance(120)
    assert sh(console, "ls /etc/app").split() == ["app.conf", "colour", "logo"]


def test_keys_that_are_no_shell_names_are_variables_since_v1_32_and_before_are_told_and_left_out():
    console = Console(version="1.31")
    apply(console, SETTINGS.replace("colour: blue", "colour: blue, 2fast: x"), POD)
    running(console, "web")
    assert console.ok("kubectl exec web -- printenv ALL_2fast") == "x\n", "with the prefix it is a name"
    console.write("bare.yaml", POD.replace("{name: web}", "{name: bare}").replace("prefix: ALL_, ", ""))
    console.ok("kubectl apply -f bare.yaml")
    running(console, "bare")
    why = (
        "InvalidEnvironmentVariableNames: Keys [2fast] from the EnvFrom configMap default/settings were skipped since "
        "they are considered invalid environment variable names."
    )
    assert why in told(console, "Pod", "bare")
    assert "2fast" not in console.ok("kubectl exec bare -- env")
