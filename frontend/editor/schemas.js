/**
 * The types of one Kubernetes version: which kinds there are, which fields they have, what may stand in each.
 *
 * Reads the JSON schema definitions that the server gives at /schemas/<minor>.json, and knows nothing of YAML or of the
 * editor. Enumerations that upstream keeps only in its descriptions ("One of Always, Never") are read from the prose.
 */

/** @typedef {Record<string, any>} Schema a JSON schema node, perhaps a $ref */
/** @typedef {{apiVersion: string, kind: string, schema: Schema}} KnownKind */

const LIST_KINDS = new Set(["DeleteOptions", "Status", "WatchEvent", "APIGroup", "APIResourceList", "APIVersions"]);

export class Schemas {
  #definitions;
  /** @type {Map<string, KnownKind>} */
  #kinds = new Map();

  /** @param {{$defs?: Record<string, Schema>, definitions?: Record<string, Schema>}} document */
  constructor(document) {
    this.#definitions = document.$defs ?? document.definitions ?? {};
    for (const schema of Object.values(this.#definitions)) this.#register(schema);
  }

  #register(schema) {
    for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? []) {
      if (LIST_KINDS.has(kind) || kind.endsWith("List") || !schema.properties?.metadata) continue;
      const apiVersion = group ? `${group}/${version}` : version;
      this.#kinds.set(`${apiVersion} ${kind}`, { apiVersion, kind, schema });
    }
  }

  /** @returns {KnownKind[]} stable versions first, then by name */
  kinds() {
    const unstable = ({ apiVersion }) => Number(/(alpha|beta)\d+$/.test(apiVersion));
    return [...this.#kinds.values()].sort((a, b) => unstable(a) - unstable(b) || a.kind.localeCompare(b.kind));
  }

  /**
   * @param {unknown} apiVersion
   * @param {unknown} kind
   * @returns {Schema | null}
   */
  find(apiVersion, kind) {
    return this.#kinds.get(`${apiVersion} ${kind}`)?.schema ?? null;
  }

  /**
   * @param {unknown} kind
   * @returns {string[]} the apiVersions that serve it, stable first
   */
  versionsOf(kind) {
    return this.kinds().filter((known) => known.kind === kind).map((known) => known.apiVersion);
  }

  /**
   * Follows $ref; the place's own description wins over its type's.
   *
   * @param {Schema | null | undefined} node
   * @returns {Schema | null}
   */
  resolve(node) {
    let description = node?.description;
    let current = node;
    while (current?.$ref) {
      current = this.#definitions[current.$ref.split("/").pop()];
      description ??= current?.description;
    }
    return current ? { ...current, description } : null;
  }

  /**
   * @param {Schema | null} node an object's schema
   * @param {string} key
   * @returns {Schema | null} the schema of that field; null when there is no such field or anything goes
   */
  field(node, key) {
    const schema = this.resolve(node);
    const found = schema?.properties?.[key] ?? (isSchema(schema?.additionalProperties) ? schema.additionalProperties : null);
    return this.resolve(found);
  }

  /** @param {Schema | null} node @returns {Schema | null} the schema of a list's items */
  item(node) {
    return this.resolve(this.resolve(node)?.items);
  }

  /**
   * @param {Schema | null} root
   * @param {(string | number)[]} path field names and list positions
   * @returns {Schema | null}
   */
  at(root, path) {
    return path.reduce((node, part) => (typeof part === "number" ? this.item(node) : this.field(node, part)), this.resolve(root));
  }
}

function isSchema(value) {
  return typeof value === "object" && value !== null;
}

/**
 * @param {Schema | null} schema resolved
 * @returns {string[]} JSON types that may stand here, null left out; empty when anything may
 */
export function typesOf(schema) {
  if (!schema) return [];
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return [...new Set(alternatives.flatMap(typesOf))];
  if (schema["x-kubernetes-int-or-string"]) return ["integer", "string"];
  const types = [schema.type ?? (schema.properties ? "object" : [])].flat();
  return types.filter((type) => type !== "null");
}

/** @param {Schema | null} schema resolved @returns {string} for people: "string", "list of objects", "integer or string" */
export function typeName(schema) {
  const types = typesOf(schema);
  if (types[0] === "array") return "list";
  if (types[0] === "object") return schema.properties ? "object" : "map";
  return types.join(" or ") || "any";
}

/** @param {Schema | null} schema resolved @returns {string[]} the values that may stand here, if they are known */
export function enumOf(schema) {
  if (!schema) return [];
  if (schema.enum) return schema.enum.filter((value) => value !== null).map(String);
  if (typesOf(schema)[0] !== "string") return [];
  return enumFromProse(schema.description ?? "");
}

const WORD = '["`]?[A-Z][A-Za-z]+["`]?';
const LEAD =
  "(?<!xactly )(?<!least )(?<!most )(?:[Oo]ne of:?|[Vv]alid (?:options|values|operators|effects|policies) (?:are|is):?|[Vv]alid values:|[Cc]an be|" +
  "[Mm]ust be|[Oo]ptions are|[Ss]upports|[Ss]upported values:|[Aa]llowed values are|[Pp]ossible values are:?)";
const SENTENCE = new RegExp(`${LEAD} (${WORD}(?:, (?:and |or )?| and | or |,)(?:${WORD}(?:, (?:and |or )?| and | or |,))*${WORD})(?! must| is set| can be)(?=[.;\\s]|$)`);
const BULLETS = /[Vv]alid (?:values|options) are:\s+((?:-[^;\n]*[;\n]?\s*)+)/;

/**
 * Reads the values out of a description: "One of Always, Never, IfNotPresent." or the list "Possible enum values:".
 *
 * @param {string} prose
 * @returns {string[]}
 */
export function enumFromProse(prose) {
  const listed = prose.split("Possible enum values:")[1];
  if (listed) return [...listed.matchAll(/- `"?([^`"]*)"?`/g)].map((match) => match[1]);
  const sentence = SENTENCE.exec(prose);
  if (sentence) return sentence[1].split(/, (?:and |or )?| and | or |,/).map((word) => word.replace(/["`]/g, "").trim());
  const bullets = BULLETS.exec(prose);
  return bullets ? [...bullets[1].matchAll(/- ["`]+([A-Za-z]+)["`]+/g)].map((match) => match[1]) : [];
}
