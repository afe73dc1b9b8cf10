/**
 * The picture itself: lanes of workloads and Services, Pods that wait for a node, the nodes, and the lines between.
 *
 * Draws only what a change touched. Where things go is layout.js; what they look like is in the file of each.
 */

import { colours } from "../colours.js";
import { arrange, element } from "../dom.js";
import { stamps } from "./glyphs.js";
import { Keep } from "./keep.js";
import { serviceChip, workloadCard } from "./lanes.js";
import { crowd, detailFor, DOT, nodeOrder, podOrder, serviceOrder, workloadTrees } from "./layout.js";
import { Links } from "./links.js";
import { glide, places } from "./motion.js";
import { NodeBox } from "./node-box.js";
import { createCard, inWords, updateCard } from "./pod-card.js";
import { PodPlace } from "./pod-place.js";
import { Sight } from "./sight.js";

const PALETTE = {
  ok: "--tone-ok", unready: "--tone-unready", starting: "--tone-starting", bad: "--tone-bad", leaving: "--tone-leaving", done: "--tone-done",
  unknown: "--tone-unknown", ground: "--surface", focus: "--focus",
};

/**
 * @typedef {object} Scene
 * @property {import("./model.js").ClusterModel} model
 * @property {import("./layout.js").Filter} filter
 * @property {Set<string> | null} related ids that stand out while something is pointed at or selected
 * @property {string | null} selected
 */

export class Picture {
  #links = new Links();
  #workloads = lane("Workloads", "lane-workloads");
  #services = lane("Services", "lane-services");
  #waiting = lane("Waiting for a node", "lane-waiting");
  #waitingPods = new PodPlace();
  #nodes = element("div", { class: "nodes" });
  #lanes = element("div", { class: "lanes" }, this.#workloads.root, this.#services.root);
  root = element("div", { class: "map-canvas" }, this.#lanes, this.#waiting.root, this.#nodes, this.#links.root);
  #boxes = new Map();
  #cards = new Map();
  #kept = new Keep();
  #palette = {};
  #stamps = null;
  #stale = new Set();
  #sight = new Sight((names) => this.#drawLate(names));
  /** @type {Scene | null} */
  #scene = null;
  /** @type {import("./layout.js").Detail} */
  detail = "cards";

  constructor() {
    this.#waiting.content.replaceWith(this.#waitingPods.root);
  }

  /** Reads the colours anew: the page turned light or dark. */
  repaint() {
    const found = colours(this.root, Object.values(PALETTE));
    this.#palette = Object.fromEntries(Object.entries(PALETTE).map(([tone, variable]) => [tone, found[variable]]));
    this.#stamps = stamps(DOT.size, this.#palette);
  }

  /**
   * @param {Scene} scene
   * @param {import("./model.js").Delta} delta
   */
  draw(scene, delta) {
    if (!this.#stamps) this.repaint();
    this.#scene = scene;
    const before = this.detail === "cards" ? places(this.#livingCards()) : new Map();
    const { total, largest } = crowd(scene.model, scene.filter);
    const detail = detailFor(total, largest, scene.model.nodes.size);
    const all = delta.full || detail !== this.detail;
    this.detail = detail;
    if (all || delta.services || delta.workloads) this.#drawLanes(scene);
    if (all) this.#arrangeNodes(scene);
    this.#drawPods(scene, all ? null : delta.nodes);
    this.#mark(scene);
    this.drawLinks(scene);
    if (detail === "cards") glide(before, this.#livingCards(), this.root);
    if (before.size) setTimeout(() => this.drawLinks(scene), 340); // when all have arrived
  }

  /** @param {MouseEvent} event @returns {string | undefined} the id of what is under the pointer */
  idAt(event) {
    const marked = event.target.closest?.("[data-id]:not(.node)");
    if (marked) return marked.dataset.id;
    for (const place of this.#places()) {
      const pod = place.podAt(event);
      if (pod) {
        event.target.title = inWords(pod);
        return pod.id;
      }
    }
    return undefined;
  }

  /** @param {Scene} scene */
  drawLinks(scene) {
    const several = new Map();
    const calm = this.detail === "cards" && this.#isOneRow();
    for (const service of serviceOrder(scene.model, scene.filter)) {
      const strong = Boolean(scene.related?.has(service.id)) || service.id === scene.selected;
      if (strong || (calm && !scene.related)) several.set(service, strong);
    }
    const links = this.detail === "bars" ? [] : [...several].flatMap(([service, strong]) => this.#linksOf(service, strong, scene));
    this.#links.draw(this.root, links);
  }

  /** With nodes in several rows, lines would cross nodes that they have nothing to do with. */
  #isOneRow() {
    const tops = [...this.#nodes.children].map((node) => node.offsetTop);
    return tops.every((top) => top === tops[0]);
  }

  #linksOf(service, strong, scene) {
    const from = this.#services.root.querySelector(`[data-id="${CSS.escape(service.id)}"]`)?.getBoundingClientRect();
    if (!from) return [];
    return (service.endpoints ?? []).flatMap((id) => {
      const to = this.#rectOf(id, scene.model);
      return to ? [{ from, to, strong }] : [];
    });
  }

  #rectOf(id, model) {
    if (this.detail === "cards") {
      const card = this.#cards.get(id);
      return card?.isConnected ? card.firstElementChild.getBoundingClientRect() : null;
    }
    const pod = model.pods.get(id);
    const place = pod?.node ? this.#boxes.get(pod.node)?.pods : this.#waitingPods;
    return place?.dotRect(id) ?? null;
  }

  #places() {
    return [this.#waitingPods, ...[...this.#boxes.values()].map((box) => box.pods)];
  }

  #livingCards() {
    return [...this.#cards.values()].filter((card) => card.isConnected);
  }

  #drawLanes({ model, filter }) {
    const trees = workloadTrees(model, filter);
    const services = serviceOrder(model, filter);
    const several = new Set(services.map((service) => service.ns)).size > 1;
    arrange(this.#workloads.content, trees.map((tree) => this.#kept.get(tree.item.id, tree, () => workloadCard(tree))));
    arrange(this.#services.content, services.map((service) => this.#kept.get(service.id, [service, several], () => serviceChip(service, several))));
    this.#workloads.root.hidden = trees.length === 0;
    this.#services.root.hidden = services.length === 0;
    this.#lanes.hidden = trees.length + services.length === 0;
    this.#kept.only(new Set([...trees.map((tree) => tree.item.id), ...services.map((service) => service.id)]));
  }

  #arrangeNodes({ model }) {
    const nodes = nodeOrder(model.nodes.values());
    const names = new Set(nodes.map((node) => node.name));
    for (const [name, box] of this.#boxes) {
      if (names.has(name)) continue;
      this.#sight.forget(box.root, name);
      this.#boxes.delete(name);
    }
    arrange(this.#nodes, nodes.map((node) => this.#box(node.name).root));
    this.root.dataset.detail = this.detail;
  }

  #box(name) {
    if (!this.#boxes.has(name)) {
      this.#boxes.set(name, new NodeBox());
      this.#sight.watch(this.#boxes.get(name).root, name);
    }
    return this.#boxes.get(name);
  }

  /** @param {Scene} scene @param {Set<string> | null} names which nodes; null means all */
  #drawPods(scene, names) {
    const { model, filter } = scene;
    if (!names || [...names].some((name) => name && !this.#boxes.has(name))) this.#arrangeNodes(scene);
    const how = this.#how(scene);
    for (const node of model.nodes.values()) if (!names || names.has(node.name)) this.#drawNode(node, scene, how);
    if (!names || names.has("")) {
      const width = this.#waiting.root.clientWidth - 24;
      this.#drawWaiting(podOrder(model.podsByNode.get("")?.values() ?? [], filter), { ...how, width });
    }
    if (this.detail === "cards") for (const id of this.#cards.keys()) if (!model.pods.has(id)) this.#cards.delete(id);
  }

  /** How Pods are drawn this time. All nodes are equally wide, so one is measured. */
  #how({ related, selected }) {
    const first = this.#boxes.values().next().value;
    const width = this.detail === "dots" && first ? Math.floor(first.pods.root.clientWidth) : 0;
    return { detail: this.detail, card: (pod) => this.#card(pod), width, stamps: this.#stamps, focus: this.#palette.focus, related, selected };
  }

  #drawNode(node, { model, filter }, how) {
    const box = this.#box(node.name);
    if (how.detail !== "cards" && !this.#sight.has(node.name)) {
      box.name(node);
      if (how.detail === "dots" && !this.#stale.has(node.name)) box.pods.reserve(model.podsByNode.get(node.name)?.size ?? 0, how.width);
      this.#stale.add(node.name);
      return;
    }
    this.#stale.delete(node.name);
    box.update(node);
    const here = [...(model.podsByNode.get(node.name)?.values() ?? [])];
    const pods = podOrder(here, filter);
    box.drawPods(pods, filter.namespace ? 0 : here.length - pods.length, how);
  }

  /** Nodes that changed while nobody saw them have come into view. */
  #drawLate(names) {
    const late = new Set([...names].filter((name) => this.#stale.has(name)));
    if (late.size && this.#scene) this.#drawPods(this.#scene, late);
  }

  #drawWaiting(pods, how) {
    this.#waiting.root.hidden = pods.length === 0;
    this.#waiting.count.textContent = String(pods.length);
    this.#waitingPods.draw(pods, how);
  }

  #card(pod) {
    if (!this.#cards.has(pod.id)) this.#cards.set(pod.id, createCard(pod));
    const card = this.#cards.get(pod.id);
    updateCard(card, pod);
    return card;
  }

  /** Makes what belongs together stand out, and shows what is selected. */
  #mark({ related, selected }) {
    this.root.classList.toggle("is-pointing", Boolean(related));
    for (const one of this.root.querySelectorAll("button[data-id]")) {
      one.classList.toggle("is-related", Boolean(related?.has(one.dataset.id)));
      one.classList.toggle("is-selected", one.dataset.id === selected);
    }
  }
}

function lane(title, style) {
  const count = element("span", { class: "count" });
  const content = element("div", { class: "lane-content" });
  const root = element("section", { class: `lane ${style}`, "aria-label": title, hidden: true }, element("h3", { class: "lane-title" }, title, " ", count), content);
  return { root, content, count };
}
