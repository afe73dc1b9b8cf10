/**
 * What is drawn where, without drawing: which Pods are to be seen, in which order, in how much detail.
 *
 * Pure. Detail follows the number of Pods and nodes, so that the picture stays readable and quick from three to thousands.
 */

import { isSystem } from "./model.js";

/** @typedef {"cards" | "dots" | "bars"} Detail */
/** @typedef {{namespace: string, system: boolean}} Filter namespace "" means all; system: whether the cluster's own are shown */

const MOST_CARDS = 48;
const MOST_CARDS_A_NODE = 16;
const MOST_NODES_WITH_CARDS = 50;
const MOST_DOTS = 20_000;
const MOST_DOTS_A_NODE = 400;

/**
 * @param {Filter} filter
 * @param {{ns: string}} item
 * @returns {boolean}
 */
export function isShown(filter, item) {
  if (filter.namespace) return item.ns === filter.namespace;
  return filter.system || !isSystem(item.ns);
}

/**
 * @param {number} total visible Pods
 * @param {number} largest visible Pods of the fullest node
 * @param {number} nodes
 * @returns {Detail}
 */
export function detailFor(total, largest, nodes) {
  if (total <= MOST_CARDS && largest <= MOST_CARDS_A_NODE && nodes <= MOST_NODES_WITH_CARDS) return "cards";
  if (total <= MOST_DOTS && largest <= MOST_DOTS_A_NODE) return "dots";
  return "bars";
}

/**
 * @param {import("./model.js").ClusterModel} model
 * @param {Filter} filter
 * @returns {{total: number, largest: number}}
 */
export function crowd(model, filter) {
  let total = 0;
  let largest = 0;
  for (const pods of model.podsByNode.values()) {
    let here = 0;
    for (const pod of pods.values()) if (isShown(filter, pod)) here += 1;
    total += here;
    largest = Math.max(largest, here);
  }
  return { total, largest };
}

/**
 * Control planes first, then by name with numbers counted as numbers: worker-2 before worker-10.
 *
 * @param {Iterable<import("./model.js").NodeItem>} nodes
 * @returns {import("./model.js").NodeItem[]}
 */
export function nodeOrder(nodes) {
  const rank = (node) => ((node.roles ?? []).includes("control-plane") ? 0 : 1);
  return [...nodes].sort((a, b) => rank(a) - rank(b) || natural.compare(a.name, b.name));
}

const natural = new Intl.Collator("en", { numeric: true });

/**
 * Pods of one owner side by side, in kubectl's order: by namespace and name, so that a reload changes nothing.
 *
 * @param {Iterable<import("./model.js").PodItem>} pods
 * @param {Filter} filter
 * @returns {import("./model.js").PodItem[]}
 */
export function podOrder(pods, filter) {
  const shown = [];
  for (const pod of pods) if (isShown(filter, pod)) shown.push({ pod, key: `${pod.ns} ${pod.owner ? pod.owner.split("/")[1] : pod.name} ${pod.name}` });
  return shown.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ pod }) => pod);
}

/**
 * @typedef {{item: import("./model.js").WorkloadItem, children: import("./model.js").WorkloadItem[], past: number}} WorkloadTree
 */

/**
 * Workloads as families: what nobody owns, with what it owns below; emptied old ReplicaSets are only counted.
 *
 * @param {import("./model.js").ClusterModel} model
 * @param {Filter} filter
 * @returns {WorkloadTree[]}
 */
export function workloadTrees(model, filter) {
  const roots = [];
  const families = new Map();
  for (const item of model.workloads.values()) {
    if (!isShown(filter, item)) continue;
    const owner = model.ownerOf(item.ns, item.owner);
    if (!owner) roots.push(item);
    else if (families.has(owner.id)) families.get(owner.id).push(item);
    else families.set(owner.id, [item]);
  }
  return roots.sort(byName).map((item) => {
    const children = families.get(item.id) ?? [];
    const alive = children.filter((child) => child.desired > 0 || child.ready > 0).sort(byName);
    return { item, children: alive, past: children.length - alive.length };
  });
}

/**
 * @param {import("./model.js").ClusterModel} model
 * @param {Filter} filter
 * @returns {import("./model.js").ServiceItem[]}
 */
export function serviceOrder(model, filter) {
  return [...model.services.values()].filter((item) => isShown(filter, item)).sort(byName);
}

function byName(a, b) {
  return natural.compare(a.ns, b.ns) || natural.compare(a.name, b.name);
}

/** Sizes of a dot, in CSS pixels. */
export const DOT = { size: 11, gap: 4 };

/**
 * Places dots in rows.
 *
 * @param {number} count
 * @param {number} width pixels
 * @returns {{columns: number, rows: number, height: number}}
 */
export function dotGrid(count, width) {
  const pitch = DOT.size + DOT.gap;
  const columns = Math.max(1, Math.floor((width + DOT.gap) / pitch));
  const rows = Math.max(1, Math.ceil(count / columns));
  return { columns, rows, height: rows * pitch - DOT.gap };
}

/**
 * @param {number} index
 * @param {number} columns
 * @returns {{x: number, y: number}} the dot's upper left corner
 */
export function dotPlace(index, columns) {
  const pitch = DOT.size + DOT.gap;
  return { x: (index % columns) * pitch, y: Math.floor(index / columns) * pitch };
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} columns
 * @returns {number} the index of the dot there (there may be none with that index)
 */
export function dotAt(x, y, columns) {
  const pitch = DOT.size + DOT.gap;
  return Math.floor(y / pitch) * columns + Math.min(columns - 1, Math.floor(x / pitch));
}

/**
 * The part of a Pod's name that its siblings share, and the part that is its own.
 *
 * @param {import("./model.js").PodItem} pod
 * @returns {[string, string]}
 */
export function splitName(pod) {
  const owner = (pod.owner ?? "").split("/")[1] ?? "";
  return owner && pod.name.startsWith(`${owner}-`) ? [owner, pod.name.slice(owner.length)] : [pod.name, ""];
}
