/**
 * What may be written at the cursor: keys that are missing, values that the schema knows, whole manifests.
 *
 * Pure: text and schemas in, suggestions out. completion-source.js turns them into the editor's own.
 */

import { contextAt } from "./context.js";
import { MANIFESTS } from "./manifests.js";
import { enumOf, typeName, typesOf } from "./schemas.js";

/**
 * @typedef {object} Suggestion
 * @property {string} label
 * @property {string} insert text for the place of what was typed; may hold ${…} fields
 * @property {string} detail short, shown beside the label
 * @property {string} [info] the field's description
 * @property {"property" | "enum" | "type" | "manifest"} sort
 * @property {number} rank higher first
 * @property {boolean} [more] whether to suggest again at once after it was taken
 */

/** Written by the API server; seldom typed by people. */
const SERVERS_OWN = new Set([
  "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion",
  "selfLink", "status", "uid",
]);
const USUAL = new Set(["apiVersion", "kind", "metadata", "spec", "data", "name", "labels", "image", "containers", "selector", "template", "replicas", "ports"]);

/**
 * @param {string} text
 * @param {number} offset
 * @param {import("./schemas.js").Schemas} schemas
 * @returns {{from: number, suggestions: Suggestion[]} | null}
 */
export function complete(text, offset, schemas) {
  const context = contextAt(text, offset);
  if (!context) return null;
  const suggestions = context.role === "key" ? keys(context, schemas) : values(context, schemas);
  return suggestions.length ? { from: context.from, suggestions } : null;
}

function keys(context, schemas) {
  if (context.path.length === 0 && context.column > 0) return [];
  const schema = schemas.at(rootSchema(context, schemas), context.path);
  const itemValues = enumOf(schema).map((value) => valueSuggestion(value));
  const required = new Set(schema?.required ?? []);
  const fields = Object.entries(schema?.properties ?? {})
    .filter(([key]) => !context.siblings.has(key))
    .map(([key, node]) => keySuggestion(key, schemas.resolve(node), required.has(key), context));
  const whole = context.blank && context.path.length === 0 ? manifests(schemas) : [];
  return [...whole, ...fields, ...itemValues];
}

/** The schema of the document; before kind and apiVersion are there, only these three keys are known. */
function rootSchema(context, schemas) {
  const versions = schemas.versionsOf(context.kind);
  return schemas.find(context.apiVersion, context.kind) ?? (context.apiVersion ? null : schemas.find(versions[0], context.kind)) ?? START;
}

const START = {
  required: ["apiVersion", "kind"],
  properties: {
    apiVersion: { type: "string", description: "Which version of the API this manifest is written in, for example v1 or apps/v1." },
    kind: { type: "string", description: "What sort of object this is, for example Pod." },
    metadata: { type: "object", description: "Its name, namespace, labels and annotations.", properties: {} },
  },
};

function keySuggestion(key, schema, isRequired, context) {
  return {
    label: key,
    insert: `${key}:${opening(schema, context)}`,
    detail: isRequired ? `${typeName(schema)}, required` : typeName(schema),
    info: schema?.description,
    sort: "property",
    rank: rankOf(key, isRequired),
    more: true,
  };
}

function rankOf(key, isRequired) {
  if (SERVERS_OWN.has(key)) return -50;
  return (isRequired ? 50 : 0) + (USUAL.has(key) ? 20 : 0);
}

/** What follows a key's colon: a space before a scalar, a deeper line before an object, a marker before a list. */
function opening(schema, context) {
  const [type] = typesOf(schema);
  if (type === "array") return `\n${" ".repeat(context.column)}- `;
  if (type === "object" && takesLines(schema)) return `\n${" ".repeat(context.column + 2)}`;
  return " ";
}

function takesLines(schema) {
  return Boolean(schema.properties || schema.additionalProperties);
}

function values(context, schemas) {
  if (context.path.length === 0 && context.key === "apiVersion") return apiVersions(context, schemas);
  if (context.path.length === 0 && context.key === "kind") return kinds(context, schemas);
  const schema = schemas.at(rootSchema(context, schemas), [...context.path, context.key]);
  if (typesOf(schema).includes("boolean")) return ["true", "false"].map((value) => valueSuggestion(value, schema));
  return enumOf(schema).map((value) => valueSuggestion(value, schema));
}

function valueSuggestion(value, schema) {
  const byDefault = new RegExp(`[Dd]efaults? (?:to|is) ["'\`]?${value}\\b`).test(schema?.description ?? "");
  return { label: value, insert: value, detail: byDefault ? "default" : "", info: schema?.description, sort: "enum", rank: byDefault ? 10 : 0 };
}

function apiVersions(context, schemas) {
  const served = context.kind ? schemas.versionsOf(context.kind) : [...new Set(schemas.kinds().map((known) => known.apiVersion))];
  return served.map((version, index) => ({ label: version, insert: version, detail: "", sort: "type", rank: 50 - index }));
}

function kinds(context, schemas) {
  const fitting = schemas.kinds().filter((known) => !context.apiVersion || known.apiVersion === context.apiVersion);
  return fitting.map((known) => ({
    label: known.kind, insert: known.kind, detail: known.apiVersion, info: known.schema.description, sort: "type",
    rank: /alpha|beta/.test(known.apiVersion) ? -10 : 0,
  }));
}

function manifests(schemas) {
  return MANIFESTS.filter(({ kind }) => schemas.versionsOf(kind).length).map(({ kind, detail, text }, index) => ({
    label: kind, insert: text, detail, info: `A whole ${kind} to start from.`, sort: "manifest", rank: 90 - index,
  }));
}
