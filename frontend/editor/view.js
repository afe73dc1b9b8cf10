/**
 * CodeMirror set up for manifests. Loaded only where there is an editor.
 *
 * Tab indents; Escape then Tab leaves the editor (WCAG 2.1.2). @codemirror/view has that built in.
 */

import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { diagnosticCount, forceLinting, lintKeymap, nextDiagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, placeholder,
} from "@codemirror/view";

import { appearance } from "./appearance.js";
import { descriptions, marks, suggestions } from "./completion-source.js";
import { indentation } from "./indentation.js";

export { diagnosticCount, forceLinting, nextDiagnostic };

const MANIFEST = /\.(ya?ml|json)$/;
const EMPTY = "Type a manifest, or press Ctrl + Space to start from a whole one.";
const LABEL = "Editor. Tab indents; Escape, then Tab leaves the editor.";

/**
 * @typedef {object} Wiring
 * @property {() => import("./schemas.js").Schemas | null} schemas
 * @property {(state: EditorState) => void} changed
 * @property {() => boolean} apply
 * @property {() => boolean} save
 * @property {boolean} [reading] nothing can be changed
 */

/**
 * @param {HTMLElement} parent
 * @returns {EditorView}
 */
export function createView(parent) {
  return new EditorView({ parent });
}

/**
 * @param {string} path decides what the text is: a manifest, or plain text
 * @param {string} content
 * @param {Wiring} wiring
 * @returns {EditorState}
 */
export function createState(path, content, wiring) {
  const { schemas } = wiring;
  const language = MANIFEST.test(path) ? [indentation, yaml(), placeholder(EMPTY), suggestions(schemas), marks(schemas), descriptions(schemas)] : [];
  return EditorState.create({ doc: content, extensions: [EditorState.readOnly.of(Boolean(wiring.reading)), ownKeys(wiring), base(wiring), appearance, language] });
}

function ownKeys(wiring) {
  return keymap.of([
    { key: "Mod-Enter", run: wiring.apply, preventDefault: true },
    { key: "Mod-s", run: wiring.save, preventDefault: true },
  ]);
}

function base(wiring) {
  return [
    lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), foldGutter(), drawSelection(), dropCursor(),
    indentOnInput(), indentUnit.of("  "), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches(),
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ "aria-label": LABEL, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
    EditorView.updateListener.of((update) => update.transactions.length && wiring.changed(update.state)),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
  ];
}
