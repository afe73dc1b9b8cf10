/**
 * Whole manifests to start from, offered in an empty document. ${…} are the fields that Tab walks through.
 *
 * The shapes follow the examples of the Kubernetes documentation; nothing in them that a beginner need not write.
 */

const WORKLOAD = (kind) => `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: \${web}
spec:
  replicas: \${3}
  selector:
    matchLabels:
      app: \${web}
  template:
    metadata:
      labels:
        app: \${web}
    spec:
      containers:
      - name: \${nginx}
        image: \${nginx:1.27}
        ports:
        - containerPort: \${80}
`;

export const MANIFESTS = [
  {
    kind: "Pod",
    detail: "one Pod",
    text: `apiVersion: v1
kind: Pod
metadata:
  name: \${web}
  labels:
    app: \${web}
spec:
  containers:
  - name: \${nginx}
    image: \${nginx:1.27}
    ports:
    - containerPort: \${80}
`,
  },
  { kind: "Deployment", detail: "Pods that are kept, updated, rolled back", text: WORKLOAD("Deployment") },
  { kind: "ReplicaSet", detail: "a number of like Pods", text: WORKLOAD("ReplicaSet") },
  {
    kind: "Service",
    detail: "a stable name and address for Pods",
    text: `apiVersion: v1
kind: Service
metadata:
  name: \${web}
spec:
  selector:
    app: \${web}
  ports:
  - port: \${80}
    targetPort: \${80}
`,
  },
  {
    kind: "ConfigMap",
    detail: "settings for Pods",
    text: `apiVersion: v1
kind: ConfigMap
metadata:
  name: \${settings}
data:
  \${key}: \${value}
`,
  },
  {
    kind: "Secret",
    detail: "settings that are secret",
    text: `apiVersion: v1
kind: Secret
metadata:
  name: \${password}
stringData:
  \${password}: \${change-me}
`,
  },
  {
    kind: "Namespace",
    detail: "a room of its own for names",
    text: `apiVersion: v1
kind: Namespace
metadata:
  name: \${team}
`,
  },
  {
    kind: "Job",
    detail: "work that ends",
    text: `apiVersion: batch/v1
kind: Job
metadata:
  name: \${once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: \${work}
        image: \${busybox:1.36}
        command: ["sh", "-c", "\${echo done}"]
`,
  },
];
