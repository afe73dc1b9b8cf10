/** The map's model and layout: what is kept, what is to be drawn again, and where things go. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { crowd, detailFor, DOT, dotAt, dotGrid, dotPlace, nodeOrder, podOrder, serviceOrder, splitName, workloadTrees } from "../map/layout.js";
import { ClusterModel } from "../map/model.js";
import { containerTone, countsInWords, countTones, toneOf } from "../map/status.js";

const ALL = { namespace: "", system: true };
const OURS = { namespace: "", system: false };

const node = (name, roles = []) => ({ id: `nodes/${name}`, name, ready: true, roles, version: "v1.36.0", unschedulable: false, ip: "" });
const pod = (name, more = {}) => ({
  id: `pods/${more.ns ?? "default"}/${name}`, ns: "default", name, node: "worker-1", status: "Running", ready: "1/1", restarts: 0, containers: [], owner: "", ...more,
});
const workload = (kind, name, desired, owner = "") => ({ id: `${kind.toLowerCase()}s/default/${name}`, ns: "default", name, kind, ready: desired, desired, owner });

function cluster(put) {
  const model = new ClusterModel();
  model.apply({ full: true, put });
  return model;
}

test("a change names only the nodes that it touched", () => {
  const model = cluster({ nodes: [node("worker-1"), node("worker-2")], pods: [pod("a"), pod("b", { node: "worker-2" })] });
  const delta = model.apply({ put: { pods: [pod("a", { status: "Error" })] } });
  assert.deepEqual([...delta.nodes], ["worker-1"]);
  assert.equal(delta.full, false);
  assert.equal(delta.services, false);
});

test("a Pod that is placed leaves the lane of those that wait", () => {
  const model = cluster({ nodes: [node("worker-1")], pods: [pod("a", { node: "" })] });
  assert.equal(model.podsByNode.get("").size, 1);
  const delta = model.apply({ put: { pods: [pod("a")] } });
  assert.deepEqual([...delta.nodes].sort(), ["", "worker-1"]);
  assert.equal(model.podsByNode.get("").size, 0);
  assert.ok(model.podsByNode.get("worker-1").has("pods/default/a"));
});

test("what is gone is forgotten everywhere", () => {
  const model = cluster({ nodes: [node("worker-1")], pods: [pod("a")] });
  const delta = model.apply({ gone: ["pods/default/a", "nodes/worker-1"] });
  assert.equal(model.pods.size + model.nodes.size + model.podsByNode.get("worker-1").size, 0);
  assert.equal(delta.full, true);
});

test("a whole message replaces what was there", () => {
  const model = cluster({ pods: [pod("a")] });
  model.apply({ full: true, put: { pods: [pod("b")] } });
  assert.deepEqual([...model.pods.keys()], ["pods/default/b"]);
});

test("the cluster's own namespaces are hidden unless asked for", () => {
  const model = cluster({ pods: [pod("web"), pod("etcd", { ns: "kube-system" })], services: [{ id: "services/kube-system/kube-dns", ns: "kube-system", name: "kube-dns" }] });
  const names = (filter) => podOrder(model.pods.values(), filter).map((one) => one.name);
  assert.deepEqual(names(OURS), ["web"]);
  assert.deepEqual(names(ALL), ["web", "etcd"]);
  assert.deepEqual(names({ namespace: "kube-system", system: false }), ["etcd"]);
  assert.deepEqual(serviceOrder(model, OURS), []);
});

test("control planes come first, and worker-2 before worker-10", () => {
  const nodes = [node("worker-10"), node("worker-2"), node("zz", ["control-plane"])];
  assert.deepEqual(nodeOrder(nodes).map((one) => one.name), ["zz", "worker-2", "worker-10"]);
});

test("Pods of one owner stand together, in the same order however they came", () => {
  const pods = [pod("web-2", { owner: "ReplicaSet/web" }), pod("web-10-x"), pod("db-1", { owner: "ReplicaSet/db" }), pod("web-1", { owner: "ReplicaSet/web" })];
  assert.deepEqual(podOrder(pods, ALL).map((one) => one.name), ["db-1", "web-1", "web-2", "web-10-x"]);
  assert.deepEqual(podOrder(pods.reverse(), ALL).map((one) => one.name), ["db-1", "web-1", "web-2", "web-10-x"]);
});

test("a Deployment shows its living ReplicaSets and counts the emptied ones", () => {
  const model = cluster({ workloads: [workload("Deployment", "web", 3), workload("ReplicaSet", "web-2", 3, "Deployment/web"), workload("ReplicaSet", "web-1", 0, "Deployment/web")] });
  const [tree] = workloadTrees(model, ALL);
  assert.equal(tree.item.name, "web");
  assert.deepEqual(tree.children.map((child) => child.name), ["web-2"]);
  assert.equal(tree.past, 1);
});

test("detail falls as the crowd grows", () => {
  assert.equal(detailFor(12, 6, 3), "cards");
  assert.equal(detailFor(40, 30, 3), "dots");
  assert.equal(detailFor(12, 2, 5000), "dots");
  assert.equal(detailFor(10_000, 110, 100), "dots");
  assert.equal(detailFor(150_000, 30, 5000), "bars");
});

test("ten thousand Pods are counted and applied within a tenth of a second", () => {
  const pods = Array.from({ length: 10_000 }, (_, index) => pod(`p-${index}`, { node: `worker-${index % 100}` }));
  const started = performance.now();
  const model = cluster({ pods });
  assert.deepEqual(crowd(model, ALL), { total: 10_000, largest: 100 });
  assert.ok(performance.now() - started < 100);
});

test("each dot is found again at its place", () => {
  const { columns, height } = dotGrid(25, 100);
  assert.equal(columns, Math.floor((100 + DOT.gap) / (DOT.size + DOT.gap)));
  assert.ok(height > 0);
  for (const index of [0, 5, 6, 24]) {
    const { x, y } = dotPlace(index, columns);
    assert.equal(dotAt(x + 3, y + 3, columns), index);
  }
});

test("a Pod's name is split where its own part begins", () => {
  assert.deepEqual(splitName(pod("web-5d8f-x2k1l", { owner: "ReplicaSet/web-5d8f" })), ["web-5d8f", "-x2k1l"]);
  assert.deepEqual(splitName(pod("web")), ["web", ""]);
});

test("kubectl's STATUS column becomes a tone", () => {
  const tone = (status, more) => toneOf(pod("a", { status, ...more }));
  assert.equal(tone("Running"), "ok");
  assert.equal(tone("Running", { ready: "1/2" }), "unready");
  for (const status of ["Pending", "ContainerCreating", "PodInitializing", "Init:0/1"]) assert.equal(tone(status), "starting");
  for (const status of ["CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "Error", "OOMKilled", "Init:CrashLoopBackOff", "Init:Error", "Evicted", "CreateContainerConfigError", "ExitCode:3"]) {
    assert.equal(tone(status), "bad", status);
  }
  assert.equal(tone("Completed", { ready: "0/1" }), "done");
  assert.equal(tone("Terminating"), "leaving");
  assert.equal(tone("Running", { deleting: true }), "leaving");
  assert.equal(tone("Unknown"), "unknown");
});

test("containers have tones of their own", () => {
  assert.equal(containerTone({ state: "running", ready: true }), "ok");
  assert.equal(containerTone({ state: "Running", ready: false }), "unready");
  assert.equal(containerTone({ state: "CrashLoopBackOff" }), "bad");
  assert.equal(containerTone({ state: "Completed" }), "done");
  assert.equal(containerTone({ state: "ContainerCreating" }), "starting");
});

test("counts are told in words", () => {
  assert.equal(countsInWords(countTones([pod("a"), pod("b"), pod("c", { status: "Pending" })])), "2 running, 1 starting");
  assert.equal(countsInWords(countTones([])), "none");
});
