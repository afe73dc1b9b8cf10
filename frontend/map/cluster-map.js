/**
 * <cluster-map>: the live picture of the cluster, or the same as tables. Fed with the server's map messages by apply().
 *
 * Buttons that run a command carry data-run, which the page's script types into the terminal.
 */

import { onThemeChange } from "../colours.js";
import { element } from "../dom.js";
import { icon } from "../icons.js";
import { recall, remember } from "../settings.js";
import { detailsPanel } from "./details.js";
import { glyph } from "./glyphs.js";
import { isShown } from "./layout.js";
import { ClusterModel } from "./model.js";
import { Picture } from "./picture.js";
import { podsOf, relatives } from "./relatives.js";
import { countsInWords, countTones, TONE_NAMES, TONES } from "./status.js";
import { tables } from "./table.js";

const ANNOUNCE_AFTER_MS = 2500;
const EVERYTHING = { full: true, nodes: new Set(), services: true, workloads: true, pods: true };

export class ClusterMap extends HTMLElement {
  #model = new ClusterModel();
  #filter = { namespace: "", system: recall("map.system", false) };
  #view = recall("map.view", "picture");
  #picture = new Picture();
  #pending = null;
  #frame = 0;
  #selected = null;
  #pointed = null;
  #opener = null;
  #announcing = 0;
  #parts = {};

  connectedCallback() {
    if (this.#parts.head) return;
    this.#parts = this.#build();
    this.append(this.#parts.head, this.#parts.body, this.#parts.foot, this.#parts.spoken);
    this.#listen();
    this.#showView();
  }

  /** @param {{full?: boolean, put?: object, gone?: string[]}} message of the server */
  apply(message) {
    this.#need(this.#model.apply(message));
  }

  /** The id of the lab that this is the cluster of; "" for a cluster that is only shown. */
  get #cluster() {
    return this.closest("[data-cluster]")?.dataset.cluster ?? "";
  }

  /** @returns {ClusterModel} for tests */
  get model() {
    return this.#model;
  }

  #build() {
    const namespace = element("select", { class: "map-namespace", "aria-label": "Namespace", on: { change: () => this.#setNamespace(namespace.value) } });
    const system = toggle("System", "Show the cluster's own Pods and Services too", () => this.#setSystem(!this.#filter.system));
    const picture = toggle(icon("map"), "Picture", () => this.#setView("picture"));
    const table = toggle(icon("table"), "Table", () => this.#setView("table"));
    const maximise = element("button", {
      type: "button", class: "tool", "aria-label": "Maximise the cluster", title: "Maximise the cluster",
      on: { click: () => this.dispatchEvent(new CustomEvent("maximise", { bubbles: true })) },
    }, icon("maximise"));
    const waiting = element("p", { class: "map-waiting" }, "Waiting for the cluster …");
    const stage = element("div", { class: "map-stage" }, waiting);
    const details = element("aside", { class: "map-details", "aria-label": "Details", hidden: true });
    const summary = element("p", { class: "map-summary" });
    return {
      namespace, system, picture, table, waiting, stage, details, summary,
      head: element("div", { class: "pane-head" }, element("h2", { class: "pane-title" }, "Cluster"), namespace, system, reachLink(this.#cluster),
        element("div", { class: "pane-tools" }, element("div", { class: "segments", role: "group", "aria-label": "View" }, picture, table), maximise)),
      body: element("div", { class: "map-body" }, stage, details),
      foot: element("div", { class: "map-foot" }, summary, key()),
      spoken: element("p", { class: "visually-hidden", role: "status" }),
    };
  }

  #listen() {
    const { stage, details } = this.#parts;
    stage.addEventListener("click", (event) => this.#clicked(event));
    stage.addEventListener("pointermove", (event) => this.#point(this.#picture.idAt(event) ?? null));
    stage.addEventListener("pointerleave", () => this.#point(null));
    stage.addEventListener("focusin", (event) => this.#point(event.target.matches(":focus-visible") ? event.target.dataset?.id ?? null : null));
    stage.addEventListener("focusout", () => this.#point(null));
    details.addEventListener("click", (event) => {
      const { id } = event.target.closest(".link-button")?.dataset ?? {};
      if (id) this.#show(id);
    });
    details.addEventListener("keydown", (event) => event.key === "Escape" && this.#select(null));
    new ResizeObserver(() => this.#need(EVERYTHING)).observe(stage);
    onThemeChange(() => {
      this.#picture.repaint();
      this.#need(EVERYTHING);
    });
  }

  /** Many messages, one drawing: at the next frame. */
  #need(delta) {
    if (!this.#pending) this.#pending = { full: false, nodes: new Set(), services: false, workloads: false, pods: false };
    for (const name of delta.nodes) this.#pending.nodes.add(name);
    for (const flag of ["full", "services", "workloads", "pods"]) this.#pending[flag] ||= delta[flag];
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const delta = this.#pending;
    this.#frame = 0;
    this.#pending = null;
    if (this.#model.nodes.size === 0) return;
    this.#parts.waiting.remove();
    this.#drawNamespaces();
    if (this.#view === "table") this.#parts.stage.replaceChildren(...tables(this.#model, this.#filter));
    else this.#drawPicture(delta);
    this.#drawSummary();
    this.#drawDetails();
  }

  #drawPicture(delta) {
    const attached = this.#picture.root.isConnected;
    if (!attached) this.#parts.stage.replaceChildren(this.#picture.root);
    this.#picture.draw(this.#scene(), attached ? delta : EVERYTHING);
  }

  #scene() {
    const scene = { model: this.#model, filter: this.#filter, related: null, selected: this.#selected };
    const related = this.#pointed && !this.#pointed.startsWith("nodes/") ? relatives(scene, this.#pointed) : null;
    return { ...scene, related: related && related.size > 1 ? related : null };
  }

  #drawNamespaces() {
    const { namespace } = this.#parts;
    const names = this.#model.namespaces();
    if (this.#filter.namespace && !names.includes(this.#filter.namespace)) names.push(this.#filter.namespace);
    if (namespace.dataset.names === names.join(" ")) return;
    namespace.dataset.names = names.join(" ");
    namespace.replaceChildren(element("option", { value: "" }, "All namespaces"), ...names.map((name) => element("option", { value: name }, name)));
    namespace.value = this.#filter.namespace;
  }

  #drawSummary() {
    const nodes = [...this.#model.nodes.values()];
    const ready = nodes.filter((node) => node.ready).length;
    const pods = [...this.#model.pods.values()].filter((pod) => isShown(this.#filter, pod));
    const text = `${ready} of ${nodes.length} nodes ready. Pods: ${countsInWords(countTones(pods))}`;
    if (this.#parts.summary.textContent === text) return;
    this.#parts.summary.textContent = text;
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => (this.#parts.spoken.textContent = text), ANNOUNCE_AFTER_MS);
  }

  #drawDetails() {
    const { details } = this.#parts;
    const item = this.#selected && this.#model.find(this.#selected);
    if (this.#selected && !item) return this.#select(null);
    details.hidden = !item;
    const pods = item ? podsOf(this.#scene(), item) : [];
    const look = item ? JSON.stringify([item, pods.map((pod) => [pod.name, pod.status])]) : "";
    if (details.dataset.look === look) return;
    details.dataset.look = look;
    const inside = details.contains(document.activeElement) ? document.activeElement.dataset.run ?? "" : null;
    details.replaceChildren(...(item ? [detailsPanel(item, pods, () => this.#select(null), this.#cluster)] : []));
    if (inside !== null) (details.querySelector(`[data-run="${CSS.escape(inside)}"]`) ?? details.querySelector("h3"))?.focus();
  }

  #clicked(event) {
    const id = event.target.closest(".link-button")?.dataset.id ?? this.#picture.idAt(event);
    if (!id) return;
    this.#opener = document.activeElement;
    if (id === this.#selected) this.#select(null);
    else this.#show(id);
  }

  #show(id) {
    this.#select(id);
    this.#parts.details.querySelector("h3")?.focus({ preventScroll: true });
  }

  #select(id) {
    this.#selected = id;
    if (!id && this.#parts.details.contains(document.activeElement)) this.#opener?.focus();
    this.#drawDetails();
    this.#need({ ...EVERYTHING, full: this.#picture.detail !== "cards" });
  }

  #point(id) {
    if (id === this.#pointed) return;
    this.#pointed = id;
    this.#need({ ...EVERYTHING, full: this.#picture.detail !== "cards", services: false, workloads: false });
  }

  #setNamespace(name) {
    this.#filter = { ...this.#filter, namespace: name };
    this.#need(EVERYTHING);
  }

  #setSystem(shown) {
    this.#filter = { ...this.#filter, system: shown };
    remember("map.system", shown);
    this.#showView();
  }

  #setView(view) {
    this.#view = view;
    remember("map.view", view);
    this.#showView();
  }

  #showView() {
    const { picture, table, system } = this.#parts;
    picture.setAttribute("aria-pressed", String(this.#view === "picture"));
    table.setAttribute("aria-pressed", String(this.#view === "table"));
    system.setAttribute("aria-pressed", String(this.#filter.system));
    this.#need(EVERYTHING);
  }
}

function toggle(content, label, pressed) {
  return element("button", { type: "button", class: "toggle", "aria-pressed": "false", title: label, "aria-label": typeof content === "string" ? null : label, on: { click: pressed } }, content);
}

/** Where it is shown who reaches whom. */
function reachLink(cluster) {
  if (cluster === "") return null;
  return element("a", { class: "toggle", href: `/labs/${cluster}/reach/`, "data-explain": "", title: "Who reaches whom" }, "Network");
}

/** What the shapes mean. */
function key() {
  return element("details", { class: "map-key" }, element("summary", {}, "Key"),
    element("ul", {}, ...TONES.map((tone) => element("li", {}, glyph(tone), TONE_NAMES[tone]))));
}

customElements.define("cluster-map", ClusterMap);
