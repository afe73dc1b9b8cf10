/**
 * What the field under the pointer is: its path, type and description, from the schema. Pure, like diagnostics.js.
 */

import { isMap, isSeq, parse, pathName, rangeOf, scalarAt } from "./documents.js";
import { enumOf, typeName } from "./schemas.js";

/**
 * @typedef {object} About
 * @property {number} from
 * @property {number} to
 * @property {string} title the path, or the kind
 * @property {string} type
 * @property {boolean} required
 * @property {string} description
 * @property {string[]} values
 */

/**
 * @param {string} text
 * @param {number} offset
 * @param {import("./schemas.js").Schemas} schemas
 * @returns {About | null}
 */
export function aboutAt(text, offset, schemas) {
  const document = parse(text).find(({ contents }) => holds(contents, offset));
  const root = document?.contents;
  if (!isMap(root)) return null;
  const kind = scalarAt(root, "kind");
  const schema = schemas.resolve(schemas.find(scalarAt(root, "apiVersion"), kind));
  if (!schema) return null;
  const found = keyAt(root, offset, []);
  if (!found) return null;
  if (found.path.length === 1 && ["kind", "apiVersion"].includes(found.path[0])) {
    return about(found.node, String(kind), schema, false);
  }
  const field = schemas.at(schema, found.path);
  const parent = schemas.at(schema, found.path.slice(0, -1));
  return field ? about(found.node, pathName(found.path), field, (parent?.required ?? []).includes(found.path.at(-1))) : null;
}

function about(node, title, schema, required) {
  return { ...rangeOf(node), title, type: typeName(schema), required, description: schema.description ?? "", values: enumOf(schema) };
}

/** The innermost key (or scalar value of a key) that stands at the offset, with its path. */
function keyAt(node, offset, path) {
  if (isMap(node)) {
    for (const pair of node.items) {
      const here = [...path, String(pair.key?.value)];
      if (holds(pair.key, offset)) return { node: pair.key, path: here };
      if (holds(pair.value, offset)) return keyAt(pair.value, offset, here) ?? { node: pair.value, path: here };
    }
  } else if (isSeq(node)) {
    const index = node.items.findIndex((item) => holds(item, offset));
    return index < 0 ? null : keyAt(node.items[index], offset, [...path, index]);
  }
  return null;
}

function holds(node, offset) {
  const range = rangeOf(node);
  return Boolean(range) && range.from <= offset && offset <= range.to;
}
