/**
 * What the field at the cursor means, by key: the keyboard's way to what hovering shows.
 */

import { StateEffect, StateField } from "@codemirror/state";
import { keymap, showTooltip } from "@codemirror/view";

const show = StateEffect.define();

const shown = StateField.define({
  create: () => null,
  update(tooltip, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

/**
 * @param {(view: import("@codemirror/view").EditorView, offset: number) => import("@codemirror/view").Tooltip | null} tooltipAt
 * @returns {import("@codemirror/state").Extension} F1 describes the field at the cursor, F1 or Escape puts it away
 */
export function describeKey(tooltipAt) {
  const toggle = (view) => {
    const open = view.state.field(shown);
    view.dispatch({ effects: show.of(open ? null : tooltipAt(view, view.state.selection.main.head)) });
    return true;
  };
  const close = (view) => Boolean(view.state.field(shown)) && toggle(view);
  return [shown, keymap.of([{ key: "F1", run: toggle }, { key: "Escape", run: close }])];
}
