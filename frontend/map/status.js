/**
 * How things fare, from kubectl's STATUS column to a tone that the picture shows by shape, colour and word.
 *
 * Source of the statuses: Kubernetes, pkg/printers/internalversion/printers.go (printPod).
 */

/** @typedef {"ok" | "unready" | "starting" | "bad" | "leaving" | "done" | "unknown"} Tone */

const STARTING = new Set(["Pending", "ContainerCreating", "PodInitializing", "SchedulingGated"]);
const DONE = new Set(["Completed", "Succeeded"]);
const BAD = /Error|Err|BackOff|OOMKilled|Evicted|Failed|NodeLost|DeadlineExceeded|ContainerCannotRun|Invalid|Preempt|OutOf|UnexpectedAdmissionError|Shutdown|Signal:|ExitCode:|StartError/;

/** Words for people who do not see the picture, and for the key below it. */
export const TONE_NAMES = {
  ok: "Running",
  unready: "Running, not ready",
  starting: "Starting",
  bad: "In trouble",
  leaving: "Terminating",
  done: "Completed",
  unknown: "Unknown",
};

/** @type {Tone[]} in the order of the key and of bars */
export const TONES = ["ok", "unready", "starting", "bad", "leaving", "done", "unknown"];

/** @type {WeakMap<import("./model.js").PodItem, Tone>} items are never changed, only replaced */
const known = new WeakMap();

/**
 * @param {import("./model.js").PodItem} pod
 * @returns {Tone}
 */
export function toneOf(pod) {
  let tone = known.get(pod);
  if (!tone) known.set(pod, (tone = judge(pod)));
  return tone;
}

function judge(pod) {
  const { status = "" } = pod;
  if (pod.deleting || status === "Terminating") return "leaving";
  if (DONE.has(status)) return "done";
  if (BAD.test(status)) return "bad";
  if (status === "Running") return isReady(pod) ? "ok" : "unready";
  if (STARTING.has(status) || /^Init:\d/.test(status)) return "starting";
  return "unknown";
}

function isReady(pod) {
  const [ready, all] = (pod.ready ?? "").split("/");
  return ready === all;
}

/**
 * @param {import("./model.js").Container} container
 * @returns {Tone}
 */
export function containerTone(container) {
  const state = (container.state ?? "").toLowerCase();
  if (state === "running") return container.ready ? "ok" : "unready";
  if (/completed|succeeded/.test(state)) return "done";
  if (/error|backoff|err|oom|failed|terminated/.test(state)) return "bad";
  return "starting";
}

/**
 * @param {Iterable<import("./model.js").PodItem>} pods
 * @returns {Record<Tone, number>}
 */
export function countTones(pods) {
  const counts = Object.fromEntries(TONES.map((tone) => [tone, 0]));
  for (const pod of pods) counts[toneOf(pod)] += 1;
  return counts;
}

/**
 * @param {Record<Tone, number>} counts
 * @returns {string} "3 running, 1 starting"
 */
export function countsInWords(counts) {
  const parts = TONES.filter((tone) => counts[tone]).map((tone) => `${counts[tone].toLocaleString("en")} ${TONE_NAMES[tone].toLowerCase()}`);
  return parts.join(", ") || "none";
}
