/**
 * The files that the editor has open: what the home holds, what was typed since, and which one is in front.
 *
 * What was typed and not saved outlives a reload as a draft in the browser.
 */

import { recall, remember } from "../settings.js";

/**
 * @typedef {object} OpenFile
 * @property {string} path
 * @property {string} saved what the learner's home holds; what a draft is compared with
 * @property {string} content what the editor shows
 * @property {string | null} token set while a command in the terminal waits for this file (kubectl edit, vi)
 * @property {boolean} passing opened for such a command alone, and closed after it
 */

export class Files {
  /** @type {OpenFile[]} */
  open = [];
  /** @type {string | null} */
  current = null;
  #key;
  #order = [];

  /** @param {string} cluster whose home it is: each has its own drafts and its own open files */
  constructor(cluster) {
    this.#key = `files.${cluster}`;
  }

  /** @returns {{paths: string[], current: string | null}} what was open when the page was last here */
  remembered() {
    return recall(this.#key, { paths: [], current: null });
  }

  /** @param {string[]} paths in which order files stand, however they come in */
  expect(paths) {
    this.#order = paths;
  }

  /** @param {string} path @returns {OpenFile | undefined} */
  find(path) {
    return this.open.find((file) => file.path === path);
  }

  /** @returns {OpenFile | undefined} */
  get front() {
    return this.find(this.current);
  }

  /**
   * The server told what a file holds. What the learner has typed meanwhile stays in front of it.
   *
   * @param {string} path
   * @param {string} content
   * @param {string | null} token of a command that waits for it; one that waits already goes on waiting
   * @returns {OpenFile}
   */
  put(path, content, token = null) {
    const file = this.find(path);
    if (!file) {
      const draft = token ? undefined : recall(this.#draft(path), undefined);
      this.open.push({ path, saved: content, content: draft ?? content, token, passing: token !== null });
      this.open.sort((a, b) => this.#rank(a.path) - this.#rank(b.path));
    } else {
      if (file.content === file.saved) file.content = content;
      Object.assign(file, { saved: content, token: token ?? file.token });
    }
    this.#note();
    return this.find(path);
  }

  /** @param {string} path @param {string} content what the editor shows now */
  type(path, content) {
    const file = this.find(path);
    if (!file || file.content === content) return;
    file.content = content;
    if (!file.token) remember(this.#draft(path), this.isDirty(path) ? content : undefined);
  }

  /** @param {string} path the home now holds what the editor shows */
  saved(path) {
    const file = this.find(path);
    file.saved = file.content;
    remember(this.#draft(path), undefined);
  }

  /** @param {string} path @returns {boolean} */
  isDirty(path) {
    const file = this.find(path);
    return Boolean(file) && file.content !== file.saved;
  }

  /** @param {string} path its draft stays, and is there when the file is opened again */
  close(path) {
    const index = this.open.findIndex((file) => file.path === path);
    if (index < 0) return;
    this.open.splice(index, 1);
    if (this.current === path) this.current = (this.open[index] ?? this.open[index - 1])?.path ?? null;
    this.#note();
  }

  /** @param {string} path brings it to the front */
  show(path) {
    this.current = path;
    this.#note();
  }

  /** The cluster was reset, and the home with it: no draft and no open file of before counts any more. */
  forget() {
    for (const file of this.open) remember(this.#draft(file.path), undefined);
    this.open = [];
    this.current = null;
    this.#note();
  }

  #rank(path) {
    const index = this.#order.indexOf(path);
    return index < 0 ? this.#order.length : index;
  }

  #draft(path) {
    return `${this.#key}.${path}`;
  }

  #note() {
    const kept = this.open.filter((file) => !file.token).map((file) => file.path);
    remember(this.#key, { paths: kept, current: kept.includes(this.current) ? this.current : null });
  }
}
