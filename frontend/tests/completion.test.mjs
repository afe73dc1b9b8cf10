/** What the editor suggests while a manifest is typed. The cursor is where the | stands. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { complete } from "../editor/completion.js";
import { schemas } from "./schemas.mjs";

function suggested(marked) {
  const offset = marked.indexOf("|");
  return complete(marked.slice(0, offset) + marked.slice(offset + 1), offset, schemas);
}

const labels = (marked) => (suggested(marked)?.suggestions ?? []).map((one) => one.label);
const insertOf = (marked, label) => suggested(marked).suggestions.find((one) => one.label === label).insert;

const POD = "apiVersion: v1\nkind: Pod\n";
const CONTAINER = `${POD}spec:\n  containers:\n  - name: web\n`;

test("an empty document is offered whole manifests and the first keys", () => {
  assert.deepEqual(labels("|").slice(0, 2), ["Pod", "Deployment"]);
  assert.ok(labels("|").includes("apiVersion"));
});

test("apiVersion is offered the versions that are served, and kind only what its version has", () => {
  assert.deepEqual(labels("apiVersion: |"), ["apps/v1", "v1"]);
  assert.deepEqual(labels("apiVersion: apps/v1\nkind: |"), ["Deployment"]);
  assert.deepEqual(labels("kind: Pod\napiVersion: |"), ["v1"]);
});

test("keys of the kind are offered, but not those that are there already", () => {
  assert.deepEqual(labels(`${POD}|`), ["metadata", "spec", "status"]);
  assert.deepEqual(labels(`${POD}|\nspec:\n  containers: []`), ["metadata", "status"]);
});

test("the first key of a list item is offered with the fields of the item's type", () => {
  assert.ok(labels(`${POD}spec:\n  containers:\n  - |`).includes("image"));
  assert.deepEqual(new Set(labels(`${CONTAINER}    |`)), new Set(["image", "args", "imagePullPolicy", "ports", "resources"]));
});

test("lists may stand at the column of their key or deeper", () => {
  assert.deepEqual(labels(`${CONTAINER}    ports:\n    - |`), ["containerPort", "name", "protocol"]);
  assert.deepEqual(labels(`${CONTAINER}    ports:\n      - |`), ["containerPort", "name", "protocol"]);
});

test("the second item of a list does not see the keys of the first", () => {
  assert.ok(labels(`${CONTAINER}    image: nginx\n  - |`).includes("image"));
  assert.ok(!labels(`${CONTAINER}    image: nginx\n    |`).includes("image"));
});

test("going back in indentation goes back to the outer object", () => {
  assert.ok(labels(`${CONTAINER}    image: nginx\n  |`).includes("restartPolicy"));
  assert.ok(labels(`${CONTAINER}    image: nginx\n|`).includes("metadata"));
});

test("values that upstream lists in prose are offered, the default marked", () => {
  assert.deepEqual(labels(`${POD}spec:\n  restartPolicy: |`), ["Always", "OnFailure", "Never"]);
  assert.equal(suggested(`${POD}spec:\n  restartPolicy: |`).suggestions[0].detail, "default");
  assert.deepEqual(labels(`${POD}spec:\n  hostNetwork: |`), ["true", "false"]);
});

test("each document of a file has a kind of its own", () => {
  const file = `${POD}spec:\n  restartPolicy: Never\n---\napiVersion: apps/v1\nkind: Deployment\nspec:\n  |`;
  assert.deepEqual(new Set(labels(file)), new Set(["selector", "template", "replicas"]));
  assert.deepEqual(labels(`${POD}---\n|`).slice(0, 2), ["Pod", "Deployment"]);
});

test("a key brings what follows it: a space, a deeper line, or a list's marker at its own column", () => {
  assert.equal(insertOf(`${POD}spec:\n  |`, "restartPolicy"), "restartPolicy: ");
  assert.equal(insertOf(`${POD}|`, "spec"), "spec:\n  ");
  assert.equal(insertOf(`${POD}spec:\n  |`, "containers"), "containers:\n  - ");
  assert.equal(insertOf(`${CONTAINER}    |`, "resources"), "resources:\n      ");
});

test("only what was typed of the word is replaced", () => {
  const marked = `${POD}spec:\n  rest|`;
  assert.equal(suggested(marked).from, marked.indexOf("rest"));
  const value = `${POD}spec:\n  restartPolicy: Ne|`;
  assert.equal(suggested(value).from, value.indexOf("Ne"));
});

test("nothing is offered in comments, in block scalars, in flow style and under a scalar", () => {
  assert.equal(suggested(`${POD}# a co|`), null);
  assert.equal(suggested(`${POD}metadata:\n  name: >-\n    te|`), null);
  assert.equal(suggested(`${POD}metadata: {na|`), null);
  assert.equal(suggested(`${POD}spec:\n  restartPolicy: Never\n    |`), null);
});

test("an unknown kind gets no suggestions of another one's fields", () => {
  assert.deepEqual(labels("apiVersion: example.org/v1\nkind: Widget\nspec:\n  |"), []);
});
