/**
 * The picture as tables: the same facts as text, for screen readers and for who prefers to read.
 */

import { element } from "../dom.js";
import { isShown, nodeOrder, serviceOrder, workloadTrees } from "./layout.js";

const MOST_ROWS = 300;

/**
 * @param {import("./model.js").ClusterModel} model
 * @param {import("./layout.js").Filter} filter
 * @returns {HTMLElement[]}
 */
export function tables(model, filter) {
  const pods = [...model.pods.values()].filter((pod) => isShown(filter, pod));
  const workloads = workloadTrees(model, filter).flatMap(({ item, children }) => [item, ...children]);
  return [
    table("Nodes", ["Name", "Status", "Roles", "Version", "IP"], nodeOrder(model.nodes.values()).map(nodeRow)),
    table("Pods", ["Namespace", "Name", "Ready", "Status", "Restarts", "Node", "IP"], pods.map(podRow)),
    table("Workloads", ["Namespace", "Kind", "Name", "Ready"], workloads.map(workloadRow)),
    table("Services", ["Namespace", "Name", "Type", "Cluster IP", "Ports", "Endpoints"], serviceOrder(model, filter).map(serviceRow)),
  ];
}

function nodeRow(node) {
  const status = `${node.ready ? "Ready" : "NotReady"}${node.unschedulable ? ",SchedulingDisabled" : ""}`;
  return { id: node.id, cells: [node.name, status, (node.roles ?? []).join(",") || "<none>", node.version, node.ip] };
}

function podRow(pod) {
  return { id: pod.id, name: 1, cells: [pod.ns, pod.name, pod.ready, pod.status, String(pod.restarts ?? 0), pod.node || "<none>", pod.ip || "<none>"] };
}

function workloadRow(item) {
  return { id: item.id, name: 2, cells: [item.ns, item.kind, item.name, `${item.ready}/${item.desired}`] };
}

function serviceRow(service) {
  return { id: service.id, name: 1, cells: [service.ns, service.name, service.type, service.ip, (service.ports ?? []).join(", "), String(service.addresses ?? 0)] };
}

function table(title, columns, rows) {
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length - shown.length;
  return element(
    "section", { class: "map-table" },
    element("h3", {}, title, " ", element("span", { class: "count" }, rows.length.toLocaleString("en"))),
    rows.length > 0 && element(
      "div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": `${title}, table` },
      element("table", {},
        element("thead", {}, element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)))),
        element("tbody", {}, ...shown.map(tableRow)))),
    more > 0 && element("p", { class: "map-table-more" }, `and ${more.toLocaleString("en")} more; choose a namespace to see fewer`),
  );
}

function tableRow({ id, name = 0, cells }) {
  return element("tr", {}, ...cells.map((cell, index) => index === name
    ? element("th", { scope: "row" }, element("button", { type: "button", class: "link-button", dataset: { id } }, cell))
    : element("td", {}, cell)));
}
