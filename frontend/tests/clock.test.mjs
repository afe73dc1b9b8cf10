/** The clock counts on between the server's messages. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { inWords, timeOfDay, virtualNow } from "../lab/clock.js";

const state = { now: 1_767_225_600, rate: 10, paused: false, next: null };

test("virtual time runs at its rate, and stands still when paused", () => {
  assert.equal(virtualNow(state, 6), state.now + 60);
  assert.equal(virtualNow({ ...state, paused: true }, 6), state.now);
});

test("the time of day is in UTC, as on the cluster's machines", () => {
  assert.equal(timeOfDay(state.now + 3661.9), "01:01:01");
});

test("what comes next is told in a fitting unit", () => {
  assert.deepEqual([0.4, 12, 300, 7200 * 2].map(inWords), ["now", "in 12 s", "in 5 min", "in 4 h"]);
});
