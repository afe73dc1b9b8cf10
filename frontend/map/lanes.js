/**
 * What lies over the nodes: workloads with what they own, and Services.
 */

import { element } from "../dom.js";
import { glyph } from "./glyphs.js";

/**
 * @param {import("./layout.js").WorkloadTree} tree
 * @returns {HTMLElement}
 */
export function workloadCard({ item, children, past }) {
  const old = past === 1 ? "1 older, empty" : `${past} older, empty`;
  return element(
    "div", { class: "workload", dataset: { id: item.id } },
    workloadButton(item, "workload-head"),
    ...children.map((child) => workloadButton(child, "workload-child")),
    past > 0 && element("p", { class: "workload-past" }, old),
  );
}

function workloadButton(item, style) {
  const tone = item.ready >= item.desired ? "ok" : "starting";
  const label = `${item.kind} ${item.name} ${item.ready}/${item.desired} ready`;
  return element(
    "button", { type: "button", class: style, dataset: { id: item.id }, "aria-label": label },
    glyph(tone),
    element("span", { class: "lane-kind" }, item.kind), " ",
    element("span", { class: "lane-name" }, item.name), " ",
    element("span", { class: "workload-count" }, `${item.ready}/${item.desired}`),
  );
}

/**
 * @param {import("./model.js").ServiceItem} service
 * @param {boolean} severalNamespaces whether its namespace needs saying
 * @returns {HTMLElement}
 */
export function serviceChip(service, severalNamespaces) {
  const shownName = severalNamespaces ? `${service.ns}/${service.name}` : service.name;
  const count = service.addresses ?? 0;
  const ends = count === 1 ? "1 endpoint" : `${count} endpoints`;
  const address = [service.ip && service.ip !== "None" ? service.ip : "headless", ...(service.ports ?? [])].join(" ");
  return element(
    "button", {
      type: "button", class: "service", dataset: { id: service.id },
      "aria-label": `${service.type} ${shownName} ${address}, Service, ${ends}`, title: ends,
    },
    element("span", { class: "lane-kind" }, service.type), " ",
    element("span", { class: "lane-name" }, shownName), " ",
    element("span", { class: "service-address" }, address),
  );
}
