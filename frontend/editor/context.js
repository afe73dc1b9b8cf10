/**
 * Where in a manifest the cursor is: which document, which field's path, key or value.
 *
 * Works on lines and indentation alone, because a manifest that is being typed seldom parses. Block style only: inside
 * flow collections ({a: b}) and block scalars (|, >) it answers null, and nothing is suggested there.
 */

/**
 * @typedef {object} Line
 * @property {number[]} dashes columns of the list markers that open the line
 * @property {number} column where the key (or a bare value) begins
 * @property {string | null} key
 * @property {string} value what follows the colon, without a comment
 */

/**
 * @typedef {object} Context
 * @property {(string | number)[]} path of the map or list entry that the cursor is in, from the document's root
 * @property {"key" | "value"} role
 * @property {string | null} key at role "value": the key whose value is typed; null for a bare list item
 * @property {string} typed what stands before the cursor of the key or value
 * @property {number} from offset where `typed` begins
 * @property {number} column of the key
 * @property {Set<string>} siblings keys that the map has already
 * @property {string} apiVersion of the document, "" when not there
 * @property {string} kind
 * @property {boolean} blank whether the document has nothing yet but what is typed
 */

const SEPARATOR = /^(---|\.\.\.)(\s|$)/;
const BLOCK_SCALAR = /^[|>][+-]?\d?[+-]?$/;

/**
 * @param {string} text
 * @returns {Line | null} null for blank lines and comments
 */
export function readLine(text) {
  let column = text.length - text.trimStart().length;
  let rest = text.slice(column);
  if (!rest || rest.startsWith("#")) return null;
  const dashes = [];
  let marker;
  while ((marker = /^-(\s+|$)/.exec(rest))) {
    dashes.push(column);
    column += marker[0].length || 1;
    rest = rest.slice(marker[0].length);
  }
  const field = /^("[^"]*"|'[^']*'|[^\s:#"'{[][^:#]*?)\s*:(?:\s+(.*))?$/.exec(rest);
  if (!field) return { dashes, column, key: null, value: rest };
  return { dashes, column, key: field[1].replace(/^["']|["']$/g, ""), value: withoutComment(field[2] ?? "") };
}

function withoutComment(value) {
  return value.startsWith("#") ? "" : value.replace(/\s+#.*$/, "").trim();
}

/**
 * @param {string} text the whole file
 * @param {number} offset of the cursor
 * @returns {Context | null}
 */
export function contextAt(text, offset) {
  const lines = text.split("\n");
  const row = text.slice(0, offset).split("\n").length - 1;
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const { first, last } = documentAround(lines, row);
  const before = text.slice(lineStart, offset);
  const entry = readEntry(before);
  if (!entry) return null;
  const read = lines.slice(first, last).map(readLine);
  const walked = walkUp(read, row - first, entry);
  if (!walked) return null;
  const root = Object.fromEntries(read.filter((line) => line?.column === 0 && line.key).map((line) => [line.key, unquoted(line.value)]));
  return {
    ...entry,
    ...walked,
    from: offset - entry.typed.length,
    apiVersion: root.apiVersion ?? "",
    kind: root.kind ?? "",
    blank: read.every((line, index) => !line || (index === row - first && !line.key)),
  };
}

function documentAround(lines, row) {
  let first = row;
  while (first > 0 && !SEPARATOR.test(lines[first - 1])) first -= 1;
  let last = row + 1;
  while (last < lines.length && !SEPARATOR.test(lines[last])) last += 1;
  return { first, last };
}

function unquoted(value) {
  return value.replace(/^(["'])(.*)\1$/, "$2");
}

/** What the text of the cursor's line, up to the cursor, is about to become. */
function readEntry(before) {
  if (/#/.test(before) && /(^|\s)#/.test(before)) return null;
  const opening = /^(\s*)((?:-\s+)*)/.exec(before);
  const column = opening[0].length;
  const rest = before.slice(column);
  const dashes = [...opening[2].matchAll(/-/g)].map((match) => opening[1].length + match.index);
  const field = /^("[^"]*"|'[^']*'|[^\s:"'{[]+):\s+(.*)$/.exec(rest);
  if (field) return valueEntry(field[1].replace(/["']/g, ""), field[2], dashes, column);
  if (/[:{["'|>&*!]/.test(rest) || rest === "-") return null;
  return { role: "key", key: null, typed: rest, dashes, column };
}

function valueEntry(key, typed, dashes, column) {
  if (/^[[{|>&*!]/.test(typed)) return null;
  return { role: "value", key, typed, dashes, column };
}

/** Climbs from the cursor's line to the root, by indentation; collects the path and the keys beside the cursor. */
function walkUp(read, row, entry) {
  const siblings = new Set();
  const path = [];
  const place = { column: entry.column, wantsParent: false };
  let innermost = true;
  const enterList = (dashes) => {
    for (const dash of dashes.toReversed()) {
      path.unshift(0);
      Object.assign(place, { column: dash, wantsParent: true });
      innermost = false;
    }
  };
  collectBelow(read, row, entry.column, siblings);
  enterList(entry.dashes);
  for (let index = row - 1; index >= 0 && !(place.column === 0 && !place.wantsParent && !innermost); index -= 1) {
    const line = read[index];
    if (!line) continue;
    if (!place.wantsParent && line.column === place.column && line.key) {
      if (innermost) siblings.add(line.key);
      if (line.dashes.length) enterList(line.dashes);
    } else if (isParent(line, place)) {
      if (BLOCK_SCALAR.test(line.value)) return null;
      if (line.value && !/^[&!]/.test(line.value)) return null;
      path.unshift(line.key);
      Object.assign(place, { column: line.column, wantsParent: false });
      innermost = false;
      enterList(line.dashes);
    }
  }
  return { path, siblings };
}

function isParent(line, place) {
  if (!line.key) return false;
  if (line.column < place.column) return true;
  return place.wantsParent && line.column === place.column && !line.dashes.length;
}

/** Keys of the same map below the cursor: up to a line that is less indented or begins the next list item. */
function collectBelow(read, row, column, siblings) {
  for (const line of read.slice(row + 1)) {
    if (!line) continue;
    if (line.dashes.length && line.dashes[0] < column) return;
    if (line.column < column) return;
    if (line.column === column && line.key) siblings.add(line.key);
  }
}
