/**
 * Our suggestions and descriptions in CodeMirror's form: the completion list, the tooltip of a hovered field, the marks.
 */

import { autocompletion, pickedCompletion, snippet, startCompletion } from "@codemirror/autocomplete";
import { linter, lintGutter } from "@codemirror/lint";
import { hoverTooltip } from "@codemirror/view";

import { element } from "../dom.js";
import { complete } from "./completion.js";
import { describeKey } from "./describe.js";
import { diagnose } from "./diagnostics.js";
import { aboutAt } from "./hover.js";
import { prose } from "./prose.js";

/** @typedef {() => (import("./schemas.js").Schemas | null)} SchemasNow the schemas, once they are loaded */

/** @param {SchemasNow} schemas */
export function suggestions(schemas) {
  return autocompletion({ override: [(context) => source(context, schemas())], icons: true, maxRenderedOptions: 80 });
}

function source(context, schemas) {
  if (!schemas) return null;
  const found = complete(context.state.doc.toString(), context.pos, schemas);
  if (!found) return null;
  if (context.pos === found.from && !context.explicit) return null; // an empty place stays empty until one asks
  return { from: found.from, options: found.suggestions.map(option), validFor: /^[\w./-]*$/ };
}

function option(suggestion) {
  return {
    label: suggestion.label,
    detail: suggestion.detail,
    type: suggestion.sort,
    boost: suggestion.rank,
    more: suggestion.more,
    info: suggestion.info ? () => element("div", { class: "cm-about" }, ...prose(suggestion.info, 420)) : undefined,
    apply: (view, completion, from, to) => take(view, completion, suggestion, from, to),
  };
}

function take(view, completion, suggestion, from, to) {
  if (suggestion.sort === "manifest") {
    snippet(suggestion.insert)(view, completion, from, to);
    return;
  }
  view.dispatch({
    changes: { from, to, insert: suggestion.insert },
    selection: { anchor: from + suggestion.insert.length },
    annotations: pickedCompletion.of(completion),
    userEvent: "input.complete",
    scrollIntoView: true,
  });
  if (suggestion.more) setTimeout(() => startCompletion(view), 0);
}

/** @param {SchemasNow} schemas */
export function marks(schemas) {
  return [lintGutter(), linter((view) => diagnose(view.state.doc.toString(), schemas()), { delay: 400 })];
}

/** @param {SchemasNow} schemas */
export function descriptions(schemas) {
  const tooltipAt = (view, offset) => {
    const known = schemas();
    const about = known && aboutAt(view.state.doc.toString(), offset, known);
    return about && { pos: about.from, end: about.to, above: true, create: () => ({ dom: card(about) }) };
  };
  return [hoverTooltip(tooltipAt), describeKey(tooltipAt)];
}

function card(about) {
  const values = about.values.length > 0 && element("p", { class: "cm-about-values" }, "Values: ", about.values.join(", "));
  return element(
    "div", { class: "cm-about" },
    element("p", { class: "cm-about-title" },
      element("code", {}, about.title), element("span", {}, about.type), about.required && element("strong", {}, "required")),
    ...prose(about.description, 900),
    values,
  );
}
