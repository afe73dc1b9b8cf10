/**
 * A manifest file as a tree that remembers where each part stands in the text.
 *
 * Parsing is the `yaml` package's; here is only what Kubernetes reads differently: its YAML is 1.1 (yes and on are true),
 * but "y", times and sexagesimal numbers stay strings, as in sigs.k8s.io/yaml.
 */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";

export { isMap, isScalar, isSeq };

/**
 * @param {string} text
 * @returns {import("yaml").Document.Parsed[]}
 */
export function parse(text) {
  const parsed = parseAllDocuments(text, { version: "1.1", lineCounter: new LineCounter(), uniqueKeys: true, logLevel: "silent" });
  return Array.isArray(parsed) ? parsed : [];
}

/**
 * @param {import("yaml").Node | null | undefined} node
 * @returns {"object" | "array" | "string" | "integer" | "number" | "boolean" | "null" | "alias"} its JSON type
 */
export function jsonType(node) {
  if (!node) return "null";
  if (isAlias(node)) return "alias";
  if (isMap(node)) return "object";
  if (isSeq(node)) return "array";
  const { value, source = "", type } = node;
  if (type === "PLAIN" && /^[yYnN]$|:|^\d{4}-/.test(source)) return "string";
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "bigint") return Number.isInteger(Number(value)) && !/[.eE]/.test(source) ? "integer" : "number";
  return typeof value === "boolean" ? "boolean" : "string";
}

/**
 * @param {import("yaml").Node | null} map
 * @param {string} key
 * @returns {unknown} the scalar there, undefined when there is none
 */
export function scalarAt(map, key) {
  const node = isMap(map) ? map.items.find((pair) => pair.key?.value === key)?.value : null;
  return isScalar(node) ? node.value : undefined;
}

/**
 * @param {import("yaml").Node | import("yaml").Pair | null} node
 * @returns {{from: number, to: number} | null} where it stands, without the white space after it
 */
export function rangeOf(node) {
  return node?.range ? { from: node.range[0], to: node.range[1] } : null;
}

/** @param {(string | number)[]} path @returns {string} as Kubernetes writes it: spec.containers[0].image */
export function pathName(path) {
  return path.reduce((name, part) => (typeof part === "number" ? `${name}[${part}]` : name ? `${name}.${part}` : String(part)), "");
}
