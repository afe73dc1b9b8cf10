/** The page's socket: catching up by revision, coming back after a loss, giving up when it is of no use. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { LabSocket, retryDelay } from "../lab-socket.js";

class FakeSocket extends EventTarget {
  sent = [];

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {}

  opens() {
    this.dispatchEvent(new Event("open"));
  }

  says(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  breaks(code = 1006) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

function connected() {
  const made = [];
  const socket = new LabSocket("ws://lab", () => ({ cols: 80, rows: 24 }), () => {
    made.push(new FakeSocket());
    return made.at(-1);
  });
  const heard = [];
  for (const type of ["map", "state"]) socket.addEventListener(type, (event) => heard.push(event.detail));
  socket.connect();
  made[0].opens();
  return { socket, made, heard };
}

test("it says hello with what it has: nothing at first", () => {
  const { made } = connected();
  assert.deepEqual(made[0].sent, [{ type: "hello", revision: 0, cols: 80, rows: 24 }]);
});

test("hello comes before what listeners send when they hear that it is online", () => {
  const made = new FakeSocket();
  const socket = new LabSocket("ws://lab", () => ({}), () => made);
  socket.addEventListener("state", ({ detail }) => detail.state === "online" && socket.send({ type: "open", path: "a" }));
  socket.connect();
  made.opens();
  assert.deepEqual(made.sent.map((message) => message.type), ["hello", "open"]);
});

test("after a loss it comes back with the revision that it reached", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, heard } = connected();
  made[0].says({ type: "map", revision: 42, full: true });
  made[0].breaks();
  assert.equal(heard.at(-1).state, "offline");
  mock.timers.tick(1000);
  made[1].opens();
  assert.equal(made[1].sent[0].revision, 42);
  assert.equal(heard.at(-1).state, "online");
  mock.timers.reset();
});

test("a map message that it has seen already is dropped; a whole one never", () => {
  const { made, heard } = connected();
  const revisions = () => heard.filter((message) => message.type === "map").map((message) => message.revision);
  made[0].says({ type: "map", revision: 5, full: true });
  made[0].says({ type: "map", revision: 5, full: false });
  made[0].says({ type: "map", revision: 4, full: false });
  made[0].says({ type: "map", revision: 6, full: false });
  made[0].says({ type: "map", revision: 2, full: true });
  assert.deepEqual(revisions(), [5, 6, 2]);
});

test("what cannot be sent is refused, not kept for later", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { socket, made } = connected();
  assert.equal(socket.send({ type: "keys", data: "a" }), true);
  made[0].breaks();
  assert.equal(socket.send({ type: "keys", data: "b" }), false);
  mock.timers.tick(1000);
  made[1].opens();
  assert.deepEqual(made[1].sent.map((message) => message.type), ["hello"]);
  mock.timers.reset();
});

test("it does not try again when it was signed out or is not allowed", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { made, heard } = connected();
  made[0].breaks(4401);
  mock.timers.tick(60_000);
  assert.equal(made.length, 1);
  assert.equal(heard.at(-1).state, "expired");
  mock.timers.reset();
});

test("a network that returns ends the wait at once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { socket, made } = connected();
  made[0].breaks();
  socket.wake();
  assert.equal(made.length, 2);
  mock.timers.reset();
});

test("waits grow, stay under fifteen seconds, and differ from page to page", () => {
  assert.ok(retryDelay(0, 0.5) < 500);
  assert.ok(retryDelay(3, 0.5) > retryDelay(1, 0.5));
  assert.ok(retryDelay(30, 0.99) <= 5_000);
  assert.notEqual(retryDelay(3, 0.1), retryDelay(3, 0.9));
});
