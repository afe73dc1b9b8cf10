/** What is told of the field under the pointer. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { aboutAt } from "../editor/hover.js";
import { schemas } from "./schemas.mjs";

const POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: web\n    imagePullPolicy: Always\n";
const about = (word, text = POD) => aboutAt(text, text.indexOf(word) + 1, schemas);

test("a field has its path, type, description and whether it is required", () => {
  const field = about("name: web");
  assert.equal(field.title, "spec.containers[0].name");
  assert.equal(field.type, "string");
  assert.equal(field.required, true);
  assert.equal(field.description, "Name of the container.");
  assert.equal(POD.slice(field.from, field.to), "name");
});

test("the values that may stand there are listed", () => {
  assert.deepEqual(about("imagePullPolicy").values, ["Always", "Never", "IfNotPresent"]);
  assert.deepEqual(about("Always").values, ["Always", "Never", "IfNotPresent"]);
});

test("the kind tells of itself", () => {
  assert.match(about("Pod").description, /collection of containers/);
});

test("a list is called a list", () => {
  assert.equal(about("containers").type, "list");
});

test("nothing is told of what the schema does not know", () => {
  assert.equal(about("nonsense", POD.replace("name:", "nonsense:")), null);
  assert.equal(about("spec", "spec:\n  a: b\n"), null);
});
