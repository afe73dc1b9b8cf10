/**
 * What is wrong in a manifest, before the API server says it: YAML errors, unknown kinds and fields, wrong types,
 * missing required fields, values outside an enumeration. Pure: text and schemas in, marks out.
 *
 * Messages use the API server's words where it has some ("unknown field", "Required value", "Unsupported value").
 */

import { isMap, isSeq, jsonType, parse, pathName, rangeOf, scalarAt } from "./documents.js";
import { enumOf, typesOf } from "./schemas.js";
import { nearest } from "./spelling.js";

/** @typedef {{from: number, to: number, severity: "error" | "warning", message: string}} Mark */

/**
 * @param {string} text
 * @param {import("./schemas.js").Schemas | null} schemas null: YAML errors alone
 * @returns {Mark[]}
 */
export function diagnose(text, schemas) {
  return parse(text).flatMap((document) => {
    const marks = document.errors.map((error) => syntaxMark(error, text));
    return schemas && marks.length === 0 ? checkDocument(document.contents, schemas) : marks;
  });
}

function syntaxMark(error, text) {
  const [from, to] = error.pos;
  const message = error.message.split(" at line")[0].split("\n")[0].replace(/:$/, "");
  return { from: Math.min(from, text.length), to: Math.min(Math.max(to, from + 1), text.length), severity: "error", message: `YAML: ${message}` };
}

function checkDocument(root, schemas) {
  if (!root || jsonType(root) === "null") return [];
  const marks = [];
  if (!isMap(root)) return [mark(root, "a manifest is a map that begins with apiVersion and kind")];
  const apiVersion = scalarAt(root, "apiVersion");
  const kind = scalarAt(root, "kind");
  if (apiVersion === undefined || kind === undefined) return [missingHead(root, apiVersion, kind)];
  if (/List$/.test(String(kind))) return [];
  const schema = schemas.find(apiVersion, kind);
  if (!schema) return [unknownKind(root, apiVersion, kind, schemas)];
  checkNode(root, schemas.resolve(schema), [], { schemas, marks });
  return marks;
}

function missingHead(root, apiVersion, kind) {
  const missing = [apiVersion === undefined && "apiVersion", kind === undefined && "kind"].filter(Boolean);
  return mark(root.items[0]?.key ?? root, missing.map((name) => `${name} not set`).join(", "));
}

function unknownKind(root, apiVersion, kind, schemas) {
  const place = root.items.find((pair) => pair.key?.value === "kind")?.value ?? root;
  const versions = schemas.versionsOf(kind);
  const near = versions.length ? null : nearest(String(kind), schemas.kinds().map((known) => known.kind));
  const advice = versions.length ? `: ${kind} is in ${versions.join(", ")}` : near ? `: did you mean ${near}?` : "";
  return mark(place, `no matches for kind "${kind}" in version "${apiVersion}"${advice}`, "warning"); // a custom resource may define it
}

function checkNode(node, schema, path, run) {
  const found = jsonType(node);
  if (!schema || found === "null" || found === "alias") return;
  const wanted = typesOf(schema);
  if (wanted.length && !fits(found, wanted)) {
    run.marks.push(mark(node, wrongType(path, found, wanted, node)));
    return;
  }
  if (isMap(node)) checkMap(node, schema, path, run);
  else if (isSeq(node)) node.items.forEach((item, index) => checkNode(item, run.schemas.item(schema), [...path, index], run));
  else checkValue(node, schema, path, run);
}

function fits(found, wanted) {
  return wanted.includes(found) || (found === "integer" && wanted.includes("number"));
}

const ARTICLES = { object: "a map", array: "a list", integer: "an integer", string: "a string", number: "a number", boolean: "true or false" };

function wrongType(path, found, wanted, node) {
  const expected = wanted.map((type) => ARTICLES[type] ?? type).join(" or ");
  const quote = wanted.includes("string") && node.source !== undefined ? `; put it in quotes: "${node.source}"` : "";
  return `${pathName(path)}: expected ${expected}, got ${ARTICLES[found] ?? found}${quote}`;
}

function checkMap(map, schema, path, run) {
  if (schema.properties || schema.additionalProperties) for (const pair of map.items) checkPair(pair, schema, path, run);
  for (const key of schema.required ?? []) {
    const pair = map.items.find((item) => item.key?.value === key);
    const filled = pair && jsonType(pair.value) !== "null";
    if (!filled) run.marks.push(mark(pair?.key ?? labelOf(map, path, run), `${pathName([...path, key])}: Required value`));
  }
}

/** Where a missing field is marked: at the map's own key if it has one, else at its first entry. */
function labelOf(map, path, run) {
  return run.labels?.get(map) ?? map.items[0]?.key ?? map;
}

function checkPair(pair, schema, path, run) {
  const key = String(pair.key?.value ?? "");
  if (key === "<<") return;
  const field = run.schemas.field(schema, key);
  const here = [...path, key];
  if (!field && !schema.additionalProperties) {
    if (!schema["x-kubernetes-preserve-unknown-fields"]) run.marks.push(mark(pair.key, unknownField(here, Object.keys(schema.properties))));
    return;
  }
  if (isMap(pair.value)) (run.labels ??= new Map()).set(pair.value, pair.key);
  checkNode(pair.value, field, here, run);
}

function unknownField(path, known) {
  const near = nearest(String(path.at(-1)), known);
  return `unknown field "${pathName(path)}"${near ? `: did you mean ${near}?` : ""}`;
}

function checkValue(node, schema, path, run) {
  const allowed = enumOf(schema);
  if (allowed.length === 0 || allowed.includes(String(node.value)) || node.value === "") return;
  const list = allowed.map((value) => `"${value}"`).join(", ");
  const severity = schema.enum ? "error" : "warning"; // read from prose: upstream may allow more
  run.marks.push(mark(node, `${pathName(path)}: Unsupported value: "${node.value}": supported values: ${list}`, severity));
}

function mark(node, message, severity = "error") {
  const { from, to } = rangeOf(node) ?? { from: 0, to: 0 };
  return { from, to: Math.max(to, from), severity, message };
}
