/**
 * What is known of one thing of the map, and the commands that tell more: they are typed into the terminal.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";
import { glyph } from "./glyphs.js";
import { containerTone, toneOf } from "./status.js";

const KIND_OF_PREFIX = { nodes: "node", pods: "pod", services: "service" };

const MOST_PODS = 60;

/**
 * @param {any} item of the map's model
 * @param {import("./model.js").PodItem[]} pods that belong to it: on the node, of the workload, behind the Service
 * @param {() => void} close
 * @param {string} cluster the id under which the site explains it; "" for a cluster that is only a picture
 * @returns {HTMLElement}
 */
export function detailsPanel(item, pods, close, cluster = "") {
  const prefix = item.id.split("/")[0];
  const kind = KIND_OF_PREFIX[prefix] ?? item.kind.toLowerCase();
  return element(
    "div", { class: "details" },
    element("div", { class: "details-head" },
      element("div", {},
        element("p", { class: "details-kind" }, item.kind ?? kind[0].toUpperCase() + kind.slice(1)),
        element("h3", { class: "details-name", tabindex: "-1" }, item.name)),
      element("button", { type: "button", class: "tool", "aria-label": "Close the details", on: { click: close } }, icon("close"))),
    facts(prefix, item),
    prefix === "pods" && containers(item),
    prefix !== "pods" && podList(pods, prefix === "services" ? "Endpoints" : "Pods"),
    labels(item.labels ?? item.selector, prefix === "services" ? "Selector" : "Labels"),
    element("div", { class: "details-commands" },
      ...commands(kind, item).map(([name, line]) => runButton(name, line)),
      cluster !== "" && prefix === "pods" && placementLink(cluster, item)),
  );
}

function facts(prefix, item) {
  const rows = { nodes: nodeFacts, pods: podFacts, services: serviceFacts }[prefix] ?? workloadFacts;
  const shown = rows(item).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return element("dl", { class: "facts" }, ...shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

function nodeFacts(node) {
  const state = [node.ready ? "Ready" : "NotReady", node.unschedulable && "SchedulingDisabled"].filter(Boolean).join(",");
  return [["Status", told(node.ready ? "ok" : "bad", state)], ["Roles", (node.roles ?? []).join(", ")], ["Version", node.version], ["IP", node.ip]];
}

function podFacts(pod) {
  return [
    ["Status", told(toneOf(pod), pod.status)], ["Ready", pod.ready], ["Restarts", String(pod.restarts ?? 0)], ["Namespace", pod.ns],
    ["Node", pod.node || "not scheduled"], ["IP", pod.ip], ["Owner", pod.owner],
  ];
}

function serviceFacts(service) {
  return [
    ["Type", service.type], ["Namespace", service.ns], ["Cluster IP", service.ip], ["Ports", (service.ports ?? []).join(", ")],
    ["Endpoints", String(service.addresses ?? 0)],
  ];
}

function workloadFacts(workload) {
  return [["Ready", `${workload.ready} of ${workload.desired}`], ["Namespace", workload.ns], ["Owner", workload.owner]];
}

function told(tone, words) {
  return element("span", { class: "told" }, glyph(tone), words);
}

function containers(pod) {
  return element(
    "div", { class: "details-part" }, element("h4", {}, "Containers"),
    element("ul", { class: "container-list" }, ...(pod.containers ?? []).map((container) =>
      element("li", {}, glyph(containerTone(container)),
        element("span", {}, element("strong", {}, container.name), " ", container.state, container.restarts ? `, restarts: ${container.restarts}` : "",
          element("code", {}, container.image))))),
  );
}

function podList(pods, title) {
  if (pods.length === 0) return null;
  const more = pods.length - MOST_PODS;
  return element(
    "div", { class: "details-part" }, element("h4", {}, title),
    element("ul", { class: "pod-list" }, ...pods.slice(0, MOST_PODS).map((pod) =>
      element("li", {}, glyph(toneOf(pod)), element("button", { type: "button", class: "link-button", dataset: { id: pod.id } }, pod.name), pod.status))),
    more > 0 && element("p", {}, `and ${more.toLocaleString("en")} more`),
  );
}

function labels(map, title) {
  const entries = Object.entries(map ?? {});
  if (entries.length === 0) return null;
  return element("div", { class: "details-part" }, element("h4", {}, title),
    element("ul", { class: "label-list" }, ...entries.map(([key, value]) => element("li", {}, element("code", {}, `${key}=${value}`)))));
}

function commands(kind, item) {
  const place = item.ns && item.ns !== "default" ? ` -n ${item.ns}` : "";
  const all = [["Describe", `kubectl describe ${kind} ${item.name}${place}`]];
  if (kind === "pod") all.push(...logCommands(item, place));
  all.push(["YAML", `kubectl get ${kind} ${item.name}${place} -o yaml`]);
  if (kind === "node") all.push(["Its Pods", `kubectl get pods -A -o wide --field-selector spec.nodeName=${item.name}`]);
  return all;
}

function logCommands(pod, place) {
  const several = (pod.containers ?? []).length > 1;
  const names = several ? pod.containers.map((container) => container.name) : [null];
  return names.map((name) => [name ? `Logs of ${name}` : "Logs", `kubectl logs ${pod.name}${place}${name ? ` -c ${name}` : ""}`]);
}

function runButton(name, line) {
  return element("button", { type: "button", class: "button button-small", dataset: { run: line }, title: line }, name);
}

/** Where the scheduler's table for a Pod is shown. */
function placementLink(cluster, pod) {
  const href = `/labs/${cluster}/pods/${pod.ns}/${pod.name}/placement/`;
  return element("a", { class: "button button-small", href, "data-explain": "" }, pod.node ? "Why on this node?" : "Why on no node?");
}
