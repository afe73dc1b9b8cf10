/** Where the cursor stands after Enter. */

import assert from "node:assert/strict";
import test from "node:test";

import { yaml } from "@codemirror/lang-yaml";
import { getIndentation } from "@codemirror/language";
import { EditorState } from "@codemirror/state";

import { indentation } from "../editor/indentation.js";

/** Columns of a line that is begun at the end of a text. */
function below(text) {
  const state = EditorState.create({ doc: text, extensions: [indentation, yaml()] });
  return getIndentation(state, text.length);
}

test("a key without a value opens a block", () => {
  const lines = ["spec:", "  containers:", "- name:", "    - securityContext:", "spec: # what is wanted", "  run: |", "  run: >-", '  "a: b":'];
  assert.deepEqual(lines.map(below), [2, 4, 4, 8, 2, 4, 4, 4]);
});

test("after a line that is complete one stays in its block", () => {
  assert.equal(below("kind: Pod"), 0);
  assert.equal(below("spec:\n  containers:\n  - name: web"), 4);
  assert.equal(below("metadata:\n  creationTimestamp: 2026-11-25T10:30:00Z"), 2);
  assert.equal(below("# spec:"), null);
});

test("in a block scalar a line is text, whatever it looks like", () => {
  assert.equal(below("data:\n  notes: |\n    first:\n    second:"), 4);
});
