/**
 * A few types in the shape of the server's /schemas/<minor>.json: as much as the editor's tests need.
 *
 * Descriptions are quoted from the Kubernetes API where a test reads them.
 */

import { Schemas } from "../editor/schemas.js";

const ref = (name) => ({ $ref: `#/$defs/${name}` });
const kind = (group, version, name) => ({ "x-kubernetes-group-version-kind": [{ group, version, kind: name }] });
const nullable = (type) => ({ type: [type, "null"] });

const DEFINITIONS = {
  ObjectMeta: {
    type: "object",
    properties: {
      name: { ...nullable("string"), description: "Name must be unique within a namespace." },
      namespace: nullable("string"),
      labels: { ...nullable("object"), additionalProperties: { type: ["string", "null"] } },
      uid: nullable("string"),
    },
  },
  Pod: {
    ...kind("", "v1", "Pod"), type: "object", description: "Pod is a collection of containers that can run on a host.",
    properties: { apiVersion: nullable("string"), kind: nullable("string"), metadata: ref("ObjectMeta"), spec: ref("PodSpec"), status: { type: "object" } },
  },
  PodSpec: {
    type: "object", required: ["containers"],
    properties: {
      containers: { type: "array", items: ref("Container") },
      hostNetwork: nullable("boolean"),
      restartPolicy: { ...nullable("string"), description: "Restart policy for all containers within the pod. One of Always, OnFailure, Never. Default to Always." },
      nodeSelector: { ...nullable("object"), additionalProperties: { type: ["string", "null"] } },
    },
  },
  Container: {
    type: "object", required: ["name"],
    properties: {
      name: { type: "string", description: "Name of the container." },
      image: nullable("string"),
      args: { type: ["array", "null"], items: { type: "string" } },
      imagePullPolicy: { ...nullable("string"), description: "Image pull policy. One of Always, Never, IfNotPresent." },
      ports: { type: ["array", "null"], items: ref("ContainerPort") },
      resources: { ...ref("ResourceRequirements"), description: "Compute Resources required by this container." },
    },
  },
  ContainerPort: {
    type: "object", required: ["containerPort"],
    properties: { containerPort: { type: "integer" }, name: nullable("string"), protocol: { ...nullable("string"), description: "Must be UDP, TCP, or SCTP." } },
  },
  ResourceRequirements: { type: ["object", "null"], properties: { limits: { ...nullable("object"), additionalProperties: ref("Quantity") } } },
  Quantity: { oneOf: [{ type: ["string", "null"] }, { type: ["number", "null"] }] },
  Deployment: {
    ...kind("apps", "v1", "Deployment"), type: "object",
    properties: { apiVersion: nullable("string"), kind: nullable("string"), metadata: ref("ObjectMeta"), spec: ref("DeploymentSpec") },
  },
  DeploymentSpec: {
    type: "object", required: ["selector", "template"],
    properties: { replicas: nullable("integer"), selector: ref("LabelSelector"), template: ref("PodTemplateSpec") },
  },
  LabelSelector: { type: "object", properties: { matchLabels: { ...nullable("object"), additionalProperties: { type: ["string", "null"] } } } },
  PodTemplateSpec: { type: "object", properties: { metadata: ref("ObjectMeta"), spec: ref("PodSpec") } },
  PodList: { ...kind("", "v1", "PodList"), type: "object", properties: { metadata: {} } },
};

export const schemas = new Schemas({ $defs: DEFINITIONS });
