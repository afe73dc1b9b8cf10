"""Workloads that several tests need."""

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {kubernetes.io/change-cause: first}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "nginx:1.26", ports: [{containerPort: 80, name: http}]}]}
"""
DAEMON = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds}
spec:
  selector: {matchLabels: {app: ds}}
  template:
    metadata: {labels: {app: ds}}
    spec: {containers: [{name: c, image: "nginx:1.26"}]}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec: {containers: [{name: c, image: "nginx:1.26", ports: [{containerPort: 80, name: http}]}]}
"""
TWO = """
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - {name: init, image: busybox, command: [sh, -c, "echo init done"]}
  containers:
  - {name: a, image: busybox, command: [sh, -c, "echo one; echo two; sleep 10000"]}
  - {name: b, image: busybox, command: [sh, -c, "i=0; while true; do echo tick $i; i=$((i+1)); sleep 5; done"]}
"""
BAD = """
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec: {containers: [{name: c, image: "nginx:doesnotexist"}]}
"""
PENDING = """
apiVersion: v1
kind: Pod
metadata: {name: pending}
spec: {nodeSelector: {a: b}, containers: [{name: c, image: nginx}]}
"""
SHELL = """
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec: {containers: [{name: sh, image: busybox, command: [sh], stdin: true, tty: true}]}
"""
STATEFUL = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: "nginx:1.26"}]}
"""
