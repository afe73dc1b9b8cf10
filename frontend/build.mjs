/**
 * Bundles the pages' scripts and styles into static/dist (not in git).
 *
 * Some files are named by templates and keep their names, since Django hashes them when it collects static files:
 * app.js (every page), lab.js (pages with a cluster), board.js (a class's board), moment.js (a cluster as it was) and vendor.css (fonts, the
 * terminal's style sheet). All that they load later carries esbuild's own hash, because nothing rewrites the imports
 * inside a module.
 */

import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const watching = process.argv.includes("--watch");

/** @type {esbuild.BuildOptions} */
const options = {
  entryPoints: ["app.js", "lab.js", "board.js", "moment.js", "vendor.css"].map((name) => join(here, name)),
  outdir: join(here, "..", "static", "dist"),
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: !watching,
  sourcemap: watching ? "inline" : false,
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none",
  logLevel: "info",
};

await rm(options.outdir, { recursive: true, force: true });
if (watching) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
