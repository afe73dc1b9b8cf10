/** How deep the next line begins. The language keeps to the block that one is in; below a key without a value one means to go deeper. */

import { indentService, syntaxTree } from "@codemirror/language";

const OPENS = /^(\s*(?:- +)*)[^\s#{[][^#{[]*:(?:\s+[|>][-+\d]*)?\s*(?:\s#.*)?$/;
const STEP = 2; // columns

/** @returns {number | null | undefined} columns; null keeps what is there, undefined leaves it to the language */
export const indentation = indentService.of((context, position) => {
  const { from, text } = context.lineAt(position, -1);
  const opening = OPENS.exec(text.slice(0, position - from));
  return opening && !isText(context.state, from) ? opening[1].length + STEP : undefined;
});

/** Inside a block scalar a line is text, whatever it looks like. */
function isText(state, position) {
  for (let node = syntaxTree(state).resolveInner(position, 1); node; node = node.parent) {
    if (node.name === "BlockLiteralContent") return true;
  }
  return false;
}
