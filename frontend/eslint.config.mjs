/** What `npm run lint` asks of the pages' scripts. */

import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["frontend/**/*.{js,mjs}"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    rules: {
      "eqeqeq": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-shadow": "error",
      "max-lines": ["error", { max: 500 }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "complexity": ["error", 15],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Build elements; text from a cluster is not trusted HTML." },
        { property: "outerHTML", message: "Build elements; text from a cluster is not trusted HTML." },
      ],
    },
  },
  {
    files: ["frontend/build.mjs", "frontend/tests/**/*.mjs", "frontend/eslint.config.mjs"],
    languageOptions: { globals: globals.node },
    rules: { "max-lines-per-function": "off" },
  },
];
