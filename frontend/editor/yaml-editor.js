/**
 * <yaml-editor>: the files of the learner's home, one tab each, with Apply and Save.
 *
 * Knows no socket: it says what it wants as events, and a listener that could not deliver one calls preventDefault.
 * Events: "apply-file" {path, content}, "save-file" {path, content, token}, "open-file" {path}.
 */

import { arrange, element } from "../dom.js";
import { icon } from "../icons.js";
import { Files } from "./files.js";
import { Schemas } from "./schemas.js";
import { fileTab, newFileField, nothingToShow, waitingBanner, welcome } from "./tabs.js";

const COMMAND = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

export class YamlEditor extends HTMLElement {
  #files = new Files("");
  #schemas = null;
  #firstFiles = [];
  #code = null; // the module of CodeMirror, once it is loaded
  #view = null;
  #states = new Map();
  #parts = {};
  #shows = false;

  connectedCallback() {
    if (this.#parts.head) return;
    this.#parts = this.#build();
    this.append(this.#parts.head, this.#parts.banner, this.#parts.body, this.#parts.foot);
    this.#ready = this.#load();
    this.#draw();
  }

  #ready = null;

  async #load() {
    this.#code = await import("./view.js");
    this.#view = this.#code.createView(this.#parts.code);
    this.#show();
  }

  /**
   * @param {{cluster: string, schemas: string, files: string[]}} settings whose files; where the schemas are; what to open at first
   */
  start({ cluster, schemas, files }) {
    this.#files = new Files(cluster);
    this.#firstFiles = files;
    this.#loadSchemas(schemas);
  }

  /** Shows files and changes none: somebody else's home is looked at. */
  onlyShow() {
    this.#shows = true;
    this.#parts.empty.replaceChildren(...nothingToShow().children);
    this.#draw();
  }

  /** Asks for what should be open: what the lesson names, and what was open when the page was last here. */
  askForFiles() {
    const before = this.#files.remembered();
    const paths = [...new Set([...this.#firstFiles, ...before.paths])];
    this.#files.expect(paths);
    const front = this.#files.current ?? before.current ?? paths[0];
    for (const path of [front, ...paths.filter((one) => one !== front)]) if (path) this.#emit("open-file", { path });
  }

  async #loadSchemas(url) {
    const response = await fetch(url).catch(() => null);
    if (!response?.ok) return; // the editor works without: YAML errors alone
    this.#schemas = new Schemas(await response.json());
    await this.#ready;
    this.#code.forceLinting(this.#view);
  }

  /** The server told what a file holds. @param {string} path @param {string} content */
  put(path, content) {
    this.#files.put(path, content ?? "");
    this.#sync(path);
    if (!this.#files.front) this.#files.show(path);
    this.#show();
  }

  /** A command in the terminal waits for this file. @param {string} path @param {string} content @param {string} token */
  edit(path, content, token) {
    this.#files.put(path, content, token);
    this.#sync(path);
    this.show(path);
  }

  /** No command waits for a file any more: it was interrupted, or another window has saved. */
  release() {
    for (const file of this.#files.open.filter((one) => one.token)) this.#letGo(file);
    this.#show();
  }

  /** Brings a file to the front, asking for it first when it is not open. @param {string} path */
  show(path) {
    this.#files.show(path);
    if (!this.#files.find(path)) this.#emit("open-file", { path });
    this.#show();
    this.focus();
  }

  /** The cluster was reset: its home is another one now. */
  forget() {
    this.#files.forget();
    this.#states.clear();
    this.#show();
  }

  focus() {
    this.#view?.focus();
  }

  /** @returns {import("@codemirror/view").EditorView | null} for tests */
  get view() {
    return this.#view;
  }

  #build() {
    const tabs = element("div", { class: "file-tabs", role: "tablist", "aria-label": "Open files", on: { keydown: (event) => this.#tabKey(event) } });
    const add = element("button", { type: "button", class: "tool", "aria-label": "New file", title: "New file", on: { click: () => this.#newFile() } }, icon("plus"));
    const save = action("Save", `Save the file (${COMMAND} + S)`, "button-quiet button-small", () => this.#save());
    const apply = action("Apply", `Save and kubectl apply (${COMMAND} + Enter)`, "button button-primary button-small", () => this.#apply());
    const maximise = element("button", {
      type: "button", class: "tool", "aria-label": "Maximise the editor", title: "Maximise the editor",
      on: { click: () => this.dispatchEvent(new CustomEvent("maximise", { bubbles: true })) },
    }, icon("maximise"));
    const code = element("div", { class: "editor-code" });
    const empty = welcome(() => this.#newFile());
    const problems = element("button", { type: "button", class: "editor-problems", on: { click: () => this.#nextProblem() } });
    const place = element("span", { class: "editor-place" });
    return {
      tabs, add, save, apply, code, empty, problems, place,
      head: element("div", { class: "pane-head" }, tabs, add, element("div", { class: "pane-tools" }, save, apply, maximise)),
      banner: element("div", { class: "editor-banner", role: "status" }),
      body: element("div", { class: "editor-body", id: "editor-panel", role: "tabpanel" }, code, empty),
      foot: element("div", { class: "editor-foot" }, problems, element("span", { class: "pane-hint" }, "Esc, then Tab leaves"), place),
    };
  }

  #emit(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable: true, bubbles: true }));
  }

  #wiring(path) {
    return {
      schemas: () => this.#schemas,
      changed: (state) => this.#changed(path, state),
      apply: () => this.#apply(),
      save: () => this.#save(),
      reading: this.#shows,
    };
  }

  #changed(path, state) {
    this.#states.set(path, state);
    this.#files.type(path, state.doc.toString());
    this.#draw();
  }

  /** Brings the editor's text in line with what the server told, unless the learner has typed since. */
  #sync(path) {
    const state = this.#states.get(path);
    const file = this.#files.find(path);
    if (!state || state.doc.toString() === file.content) return;
    const change = { changes: { from: 0, to: state.doc.length, insert: file.content } };
    if (this.#view && path === this.#files.current && this.#view.state === state) this.#view.dispatch(change);
    else this.#states.set(path, state.update(change).state);
  }

  /** Puts the front file's text into the view. */
  #show() {
    const file = this.#files.front;
    if (this.#code && file) {
      if (!this.#states.has(file.path)) this.#states.set(file.path, this.#code.createState(file.path, file.content, this.#wiring(file.path)));
      const state = this.#states.get(file.path);
      if (this.#view.state !== state) this.#view.setState(state);
    }
    this.#draw();
  }

  #draw() {
    const { tabs, banner, code, empty, body, foot } = this.#parts;
    const file = this.#files.front;
    arrange(tabs, this.#files.open.map((one) => this.#tab(one)));
    code.hidden = !file;
    empty.hidden = Boolean(file);
    foot.hidden = !file;
    this.#drawTools(file);
    body.setAttribute("aria-label", file ? file.path : "No file is open");
    if (banner.dataset.token !== (file?.token ?? "")) {
      banner.dataset.token = file?.token ?? "";
      banner.replaceChildren(...(file?.token ? [waitingBanner(file, () => this.#save(), () => this.#cancel())] : []));
    }
    if (file) this.#drawFoot();
  }

  #drawTools(file) {
    const { add, apply, save } = this.#parts;
    add.hidden = this.#shows;
    apply.hidden = this.#shows || !file || Boolean(file.token) || !/\.(ya?ml|json)$/.test(file.path);
    save.hidden = this.#shows || !file || Boolean(file.token);
    save.disabled = !file || !this.#files.isDirty(file.path);
  }

  #tab(file) {
    const known = [...this.#parts.tabs.children].find((tab) => tab.dataset.path === file.path);
    const tab = known ?? fileTab(file.path, () => this.show(file.path), () => this.#close(file.path));
    const selected = file.path === this.#files.current;
    const button = tab.querySelector("[role=tab]");
    if (selected && button.getAttribute("aria-selected") !== "true") requestAnimationFrame(() => tab.scrollIntoView({ block: "nearest", inline: "nearest" }));
    button.setAttribute("aria-selected", String(selected));
    button.tabIndex = selected ? 0 : -1;
    tab.classList.toggle("is-dirty", this.#files.isDirty(file.path));
    tab.querySelector(".file-state").textContent = this.#files.isDirty(file.path) ? ", not saved" : "";
    return tab;
  }

  #drawFoot() {
    if (!this.#view || !this.#code) return;
    const { state } = this.#view;
    const count = this.#code.diagnosticCount(state);
    const head = state.selection.main.head;
    const line = state.doc.lineAt(head);
    this.#parts.place.textContent = `Line ${line.number}, column ${head - line.from + 1}`;
    this.#parts.problems.textContent = count === 0 ? "No problems" : count === 1 ? "1 problem" : `${count} problems`;
    this.#parts.problems.disabled = count === 0;
    this.#parts.problems.classList.toggle("has-problems", count > 0);
  }

  #tabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Delete" && this.#files.current) this.#close(this.#files.current);
    if (!step || event.target.getAttribute("role") !== "tab") return;
    const paths = this.#files.open.map((file) => file.path);
    const next = paths[(paths.indexOf(this.#files.current) + step + paths.length) % paths.length];
    this.#files.show(next);
    this.#show();
    this.#parts.tabs.querySelector("[aria-selected=true]").focus();
    event.preventDefault();
  }

  #newFile() {
    if (this.#parts.head.querySelector(".file-new")) return;
    const field = newFileField(this.#files.open.map((file) => file.path), (path) => {
      field.remove();
      if (!path) return this.focus();
      this.#files.put(path, "");
      this.show(path);
    });
    this.#parts.add.before(field);
    field.querySelector("input").focus();
  }

  #close(path) {
    if (this.#files.find(path)?.token) return this.#cancel(path);
    this.#files.close(path);
    this.#states.delete(path);
    this.#show();
  }

  #apply() {
    if (this.#shows) return true;
    const file = this.#files.front;
    if (!file) return true;
    if (file.token) return this.#save();
    if (this.#emit("apply-file", { path: file.path, content: file.content })) this.#saved(file);
    return true;
  }

  #save() {
    if (this.#shows) return true;
    const file = this.#files.front;
    if (!file) return true;
    const message = { path: file.path, content: file.content, ...(file.token && { token: file.token }) };
    if (!this.#emit("save-file", message)) return true;
    if (file.token) this.#finish(file);
    else this.#saved(file);
    return true;
  }

  #saved(file) {
    this.#files.saved(file.path);
    this.#draw();
  }

  /** Gives the waiting command its file back as it was: kubectl then says "Edit cancelled, no changes made." */
  #cancel(path = this.#files.current) {
    const file = this.#files.find(path);
    if (this.#emit("save-file", { path: file.path, content: file.saved, token: file.token })) this.#finish(file);
  }

  #finish(file) {
    if (!file.passing) this.#files.saved(file.path);
    this.#letGo(file);
    this.#show();
    this.#emit("edit-finished", { path: file.path });
  }

  #letGo(file) {
    file.token = null;
    if (!file.passing) return;
    this.#files.close(file.path);
    this.#states.delete(file.path);
  }

  #nextProblem() {
    this.#code.nextDiagnostic(this.#view);
    this.focus();
  }
}

function action(label, title, style, pressed) {
  return element("button", { type: "button", class: style, title, on: { click: pressed } }, label);
}

customElements.define("yaml-editor", YamlEditor);
