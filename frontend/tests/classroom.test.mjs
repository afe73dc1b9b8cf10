/** What pages of classes count by themselves. */

import assert from "node:assert/strict";
import test from "node:test";

import { clockOf } from "../classroom/countdown.js";
import { lasting, stuckFor } from "../classroom/stuck.js";

const NOW = Date.parse("2026-11-25T12:00:00Z");

test("time that is left is read off like a clock, and never below nothing", () => {
  assert.deepEqual([3909, 247, 59.2, 0, -5].map(clockOf), ["1:05:09", "4:07", "1:00", "0:00", "0:00"]);
});

test("somebody is stuck who is there and has not got on for five minutes", () => {
  const since = "2026-11-25T11:53:00+00:00";
  assert.equal(stuckFor({ since, here: true }, NOW), 420);
  assert.equal(stuckFor({ since, here: false }, NOW), 0);
  assert.equal(stuckFor({ since: "", here: true }, NOW), 0);
  assert.equal(stuckFor({ since: "2026-11-25T11:56:00Z", here: true }, NOW), 0);
});

test("how long is told in minutes and hours", () => {
  assert.deepEqual([59, 420, 7500].map(lasting), ["0 min", "7 min", "2 h 5 min"]);
});
