/**
 * A schema's description as paragraphs: addresses become links, the rest stays text.
 */

import { element } from "../dom.js";

const ADDRESS = /https?:\/\/[^\s)>"']+[^\s)>"'.,]/g;

/**
 * @param {string} description
 * @param {number} limit characters; what is longer ends in an ellipsis
 * @returns {HTMLElement[]}
 */
export function prose(description, limit) {
  const text = description.length > limit ? `${description.slice(0, limit).replace(/\s+\S*$/, "")} …` : description;
  return text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => element("p", {}, ...withLinks(part)));
}

function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    parts.push(text.slice(end, match.index), element("a", { href: match[0], target: "_blank", rel: "noopener noreferrer" }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
