/**
 * What belongs together: owners and owned, Services and their endpoints, nodes and their Pods.
 */

import { isShown } from "./layout.js";

/** @typedef {import("./picture.js").Scene} Scene */

/** @param {Scene} scene @param {string} id @returns {Set<string>} what belongs to it: owners, owned, endpoints, Services */
export function relatives({ model, filter }, id) {
  const item = model.find(id);
  const found = new Set([id]);
  if (!item || id.startsWith("nodes/")) return found;
  if (item.endpoints) for (const end of item.endpoints) found.add(end);
  else if (model.pods.has(id)) addOwnersAndServices(model, item, found);
  else addOwned(model, filter, id, found);
  return found;
}

function addOwnersAndServices(model, pod, found) {
  for (let owner = model.ownerOf(pod.ns, pod.owner); owner; owner = model.ownerOf(owner.ns, owner.owner)) found.add(owner.id);
  for (const service of model.services.values()) if (service.endpoints?.includes(pod.id)) found.add(service.id);
}

function addOwned(model, filter, id, found) {
  for (const workload of model.workloads.values()) if (model.ownerOf(workload.ns, workload.owner)?.id === id) found.add(workload.id);
  for (const pod of model.pods.values()) {
    const owner = isShown(filter, pod) ? model.ownerOf(pod.ns, pod.owner) : undefined;
    if (owner && found.has(owner.id)) found.add(pod.id);
  }
}

/**
 * @param {Scene} scene
 * @param {any} item
 * @returns {import("./model.js").PodItem[]} the Pods on a node, behind a Service or of a workload, by name
 */
export function podsOf(scene, item) {
  const { model } = scene;
  const onNode = item.id.startsWith("nodes/") ? model.podsByNode.get(item.name)?.values() ?? [] : null;
  const pods = onNode ?? [...relatives(scene, item.id)].map((id) => model.pods.get(id)).filter(Boolean);
  return [...pods].sort((a, b) => (a.name < b.name ? -1 : 1));
}
