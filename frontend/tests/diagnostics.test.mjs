/** What the editor marks as wrong, and in which words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { diagnose } from "../editor/diagnostics.js";
import { schemas } from "./schemas.mjs";

const messages = (text) => diagnose(text, schemas).map((mark) => mark.message);
const marked = (text) => diagnose(text, schemas).map((mark) => text.slice(mark.from, mark.to));

const HEAD = "apiVersion: v1\nkind: Pod\n";
const POD = `${HEAD}metadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx\n`;

test("a right manifest has no marks, nor has an empty file", () => {
  assert.deepEqual(messages(POD), []);
  assert.deepEqual(messages(""), []);
  assert.deepEqual(messages("# nothing yet\n---\n"), []);
});

test("a YAML error is marked where it stands", () => {
  const [mark] = diagnose(`${HEAD}metadata: [a\n`, schemas);
  assert.match(mark.message, /^YAML: /);
  assert.equal(mark.severity, "error");
});

test("a tab for indentation and a key given twice are YAML errors", () => {
  assert.match(messages(`${HEAD}metadata:\n\tname: web\n`)[0], /^YAML: /);
  assert.match(messages(`${HEAD}kind: Pod\n`)[0], /unique/);
});

test("an unknown field is named with its path, and the likely one is suggested", () => {
  assert.deepEqual(messages(POD.replace("image:", "imaeg:")), ['unknown field "spec.containers[0].imaeg": did you mean image?']);
  assert.deepEqual(marked(POD.replace("image:", "imaeg:")), ["imaeg"]);
});

test("a wrong type says what was expected", () => {
  const text = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: three\n  selector: {}\n  template: {}\n";
  assert.deepEqual(messages(text), ["spec.replicas: expected an integer, got a string"]);
  assert.deepEqual(marked(text), ["three"]);
});

test("a label that YAML reads as a number or as true must be put in quotes", () => {
  const labels = (value) => messages(POD.replace("  name: web\n", `  name: web\n  labels:\n    on-call: ${value}\n`));
  assert.deepEqual(labels("1"), ['metadata.labels.on-call: expected a string, got an integer; put it in quotes: "1"']);
  assert.deepEqual(labels("yes"), ['metadata.labels.on-call: expected a string, got true or false; put it in quotes: "yes"']);
  assert.deepEqual(labels('"yes"'), []);
  assert.deepEqual(labels("y"), []);
  assert.deepEqual(labels("12:30"), []);
});

test("quantities may be numbers or strings", () => {
  const limits = (value) => messages(`${POD}    resources:\n      limits:\n        cpu: ${value}\n`);
  assert.deepEqual(limits("500m"), []);
  assert.deepEqual(limits("2"), []);
  assert.deepEqual(limits("0.5"), []);
});

test("a missing required field is marked at the object that lacks it", () => {
  const text = POD.replace("  - name: web\n    image", "  - image");
  assert.deepEqual(messages(text), ["spec.containers[0].name: Required value"]);
  assert.deepEqual(messages(`${HEAD}spec:\n  hostNetwork: true\n`), ["spec.containers: Required value"]);
  assert.deepEqual(marked(`${HEAD}spec:\n  hostNetwork: true\n`), ["spec"]);
});

test("a value outside those that the description lists is a warning in the server's words", () => {
  const [mark] = diagnose(POD + "  restartPolicy: Sometimes\n", schemas);
  assert.equal(mark.message, 'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"');
  assert.equal(mark.severity, "warning");
});

test("a missing apiVersion or kind is named as kubectl names it", () => {
  assert.deepEqual(messages("metadata:\n  name: web\n"), ["apiVersion not set, kind not set"]);
});

test("a kind of another version, and a mistyped kind, get advice", () => {
  assert.deepEqual(messages("apiVersion: v1\nkind: Deployment\n"), ['no matches for kind "Deployment" in version "v1": Deployment is in apps/v1']);
  assert.deepEqual(messages("apiVersion: v1\nkind: Pdo\n"), ['no matches for kind "Pdo" in version "v1": did you mean Pod?']);
});

test("each document of a file is checked, and marked at its own place", () => {
  const text = `${POD}---\n${POD.replace("image:", "imagee:")}`;
  assert.deepEqual(marked(text), ["imagee"]);
  assert.ok(diagnose(text, schemas)[0].from > POD.length);
});

test("without schemas only YAML is checked", () => {
  assert.deepEqual(diagnose("apiVersion: v1\nkind: Nonsense\n", null), []);
});
