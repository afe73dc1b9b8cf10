/**
 * Whole manifests to start from, offered in an empty document. ${1:…} are the fields that Tab walks through; equal numbers change together.
 *
 * The shapes follow the examples of the Kubernetes documentation; nothing in them that a beginner need not write.
 */

const WORKLOAD = (kind) => `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: \${1:web}
spec:
  replicas: \${2:3}
  selector:
    matchLabels:
      app: \${1:web}
  template:
    metadata:
      labels:
        app: \${1:web}
    spec:
      containers:
      - name: \${3:nginx}
        image: \${4:nginx:1.27}
        ports:
        - containerPort: \${5:80}
`;

export const MANIFESTS = [
  {
    kind: "Pod",
    detail: "one Pod",
    text: `apiVersion: v1
kind: Pod
metadata:
  name: \${1:web}
  labels:
    app: \${1:web}
spec:
  containers:
  - name: \${2:nginx}
    image: \${3:nginx:1.27}
    ports:
    - containerPort: \${4:80}
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
  name: \${1:web}
spec:
  selector:
    app: \${2:web}
  ports:
  - port: \${3:80}
    targetPort: \${4:80}
`,
  },
  {
    kind: "ConfigMap",
    detail: "settings for Pods",
    text: `apiVersion: v1
kind: ConfigMap
metadata:
  name: \${1:settings}
data:
  \${2:key}: \${3:value}
`,
  },
  {
    kind: "Secret",
    detail: "settings that are secret",
    text: `apiVersion: v1
kind: Secret
metadata:
  name: \${1:password}
stringData:
  \${2:password}: \${3:change-me}
`,
  },
  {
    kind: "Namespace",
    detail: "a room of its own for names",
    text: `apiVersion: v1
kind: Namespace
metadata:
  name: \${1:team}
`,
  },
  {
    kind: "Job",
    detail: "work that ends",
    text: `apiVersion: batch/v1
kind: Job
metadata:
  name: \${1:once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: \${2:work}
        image: \${3:busybox:1.36}
        command: ["sh", "-c", "\${4:echo done}"]
`,
  },
];
