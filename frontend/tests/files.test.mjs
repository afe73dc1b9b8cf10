/** The editor's open files: what the home holds against what was typed. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Files } from "../editor/files.js";

beforeEach(() => {
  const kept = new Map();
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
});

function opened() {
  const files = new Files("c1");
  files.put("pod.yaml", "kind: Pod\n");
  files.show("pod.yaml");
  return files;
}

test("what was typed and not saved is there after a reload", () => {
  opened().type("pod.yaml", "kind: Pod\nspec:\n");
  const later = new Files("c1");
  assert.deepEqual(later.remembered(), { paths: ["pod.yaml"], current: "pod.yaml" });
  assert.equal(later.put("pod.yaml", "kind: Pod\n").content, "kind: Pod\nspec:\n");
  assert.equal(later.isDirty("pod.yaml"), true);
});

test("another cluster has drafts of its own", () => {
  opened().type("pod.yaml", "kind: Service\n");
  assert.equal(new Files("c2").put("pod.yaml", "kind: Pod\n").content, "kind: Pod\n");
});

test("what the home tells does not overwrite what is being typed", () => {
  const files = opened();
  files.type("pod.yaml", "mine");
  assert.equal(files.put("pod.yaml", "theirs").content, "mine");
  files.saved("pod.yaml");
  assert.equal(files.put("pod.yaml", "theirs").content, "theirs");
});

test("a saved file leaves no draft behind", () => {
  const files = opened();
  files.type("pod.yaml", "new");
  files.saved("pod.yaml");
  assert.equal(files.isDirty("pod.yaml"), false);
  assert.equal(new Files("c1").put("pod.yaml", "from home").content, "from home");
});

test("closing the front file shows its neighbour", () => {
  const files = opened();
  files.put("b.yaml", "");
  files.put("c.yaml", "");
  files.show("b.yaml");
  files.close("b.yaml");
  assert.equal(files.current, "c.yaml");
  files.close("c.yaml");
  assert.equal(files.current, "pod.yaml");
});

test("a file that a command waits for is not remembered as open", () => {
  const files = opened();
  files.put("/tmp/kubectl-edit-1.yaml", "x", "token");
  files.show("/tmp/kubectl-edit-1.yaml");
  assert.deepEqual(files.remembered(), { paths: ["pod.yaml"], current: null });
});

test("after a reset nothing of before is left", () => {
  const files = opened();
  files.type("pod.yaml", "mine");
  files.forget();
  assert.deepEqual(files.open, []);
  assert.equal(new Files("c1").put("pod.yaml", "fresh").content, "fresh");
});

test("files stand in the order in which they are expected, others after them", () => {
  const files = new Files("c1");
  files.expect(["a.yaml", "b.yaml"]);
  for (const path of ["b.yaml", "x.yaml", "a.yaml"]) files.put(path, "");
  assert.deepEqual(files.open.map((file) => file.path), ["a.yaml", "b.yaml", "x.yaml"]);
});

test("a command that waits for a file goes on waiting when the home tells what the file holds", () => {
  const files = new Files("c1");
  files.put("notes.txt", "old", "token-1");
  files.type("notes.txt", "typed");
  files.put("notes.txt", "old");
  assert.deepEqual([files.find("notes.txt").token, files.find("notes.txt").content], ["token-1", "typed"]);
});
