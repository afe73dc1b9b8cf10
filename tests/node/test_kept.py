"""Nodes that are kept and loaded elsewhere have the same future, whatever was under way on them."""

from tests.node.lab import Lab

STORY = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {colour: blue}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: crash}
    spec:
      initContainers: [{name: init, image: "busybox:1.37", command: [sh, -c, 'sleep 4; echo set up']}]
      containers:
      - name: crash
        image: busybox:1.37
        command: [sh, -c, 'for i in 1 2 3; do echo $i $COLOUR; sleep 2; done; exit 3']
        env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}]
    ---
    {apiVersion: v1, kind: Pod, metadata: {name: missing}, spec: {containers: [{name: a, image: "nginx:doesnotexist"}]}}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: probed}
    spec:
      terminationGracePeriodSeconds: 7
      containers:
      - name: probed
        image: busybox:1.37
        command: [sh, -c, 'sleep 20; exec sleep 600']
        livenessProbe: {exec: {command: [sh, -c, 'sleep 1; read x < /tmp/alive']}, periodSeconds: 4, timeoutSeconds: 3}
"""


def outcome(lab: Lab) -> dict[str, object]:
    names = ("crash", "missing", "probed")
    return {
        "events": {name: lab.events(name) for name in names},
        "statuses": {name: lab.status(name) for name in names},
        "log": lab.log("crash"),
    }


def test_a_story_told_in_pieces_is_the_same_story():
    whole, pieces = Lab(), Lab()
    for lab in (whole, pieces):
        lab.apply(STORY)
    for _ in range(30):
        whole.advance(3)
        pieces.advance(3)
        pieces = pieces.reloaded()
    assert outcome(pieces) == outcome(whole)
