/**
 * Wires a board: the server's rows take the places of those on the page, and the page counts on by itself.
 */

import htmx from "htmx.org";

import { element } from "../dom.js";
import { LabSocket } from "../lab-socket.js";
import { lasting, stuckFor } from "./stuck.js";

const MOST_STUCK = 8;
const TICK_MS = 5000;
const WORDS = { connecting: "Connecting", online: "Live", offline: "Offline, trying again", expired: "Signed out", gone: "Gone" };

/** @param {HTMLElement} board */
export function startBoard(board) {
  const filter = { show: "all", find: "" };
  const draw = () => drawBoard(board, filter);
  listen(board, filter, draw);
  connect(board, draw);
  setInterval(draw, TICK_MS);
  draw();
}

function connect(board, draw) {
  const url = new URL(board.dataset.socket, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  let at = Number(board.dataset.at); // when the page was made; a page that was away knows no more
  const socket = new LabSocket(url.href, () => ({ at }));
  socket.addEventListener("state", ({ detail }) => {
    const sign = board.querySelector("#board-link");
    sign.dataset.state = detail.state;
    sign.querySelector("[data-link-text]").textContent = WORDS[detail.state] ?? detail.state;
    if (detail.state === "offline") at = 0;
  });
  socket.addEventListener("board", ({ detail }) => {
    take(board, detail);
    draw();
  });
  addEventListener("online", () => socket.wake());
  document.addEventListener("visibilitychange", () => !document.hidden && socket.wake());
  socket.connect();
}

/** Puts what the server sent in its places. The server has escaped all that anybody typed. */
function take(board, { html, added, gone }) {
  htmx.swap(board.querySelector("#board-fragments"), html, { swapStyle: "none" });
  if (added) htmx.swap(board.querySelector("#board-rows"), added, { swapStyle: "beforeend" });
  for (const id of gone) document.getElementById(id)?.remove();
}

function listen(board, filter, draw) {
  board.querySelector("#board-find").addEventListener("input", (event) => {
    filter.find = event.target.value.trim().toLowerCase();
    draw();
  });
  board.querySelector(".segments").addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-show]");
    if (!chosen) return;
    filter.show = chosen.dataset.show;
    for (const button of board.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button === chosen));
    draw();
  });
}

function drawBoard(board, filter) {
  const now = Date.now();
  const rows = [...board.querySelectorAll("#board-rows > tr")];
  const stuck = [];
  let shown = 0;
  for (const row of rows) {
    const { since, name, part } = row.dataset;
    const here = row.classList.contains("is-here");
    const seconds = stuckFor({ since, here }, now);
    put(row.querySelector(".board-since"), since ? lasting(Math.max(0, (now - Date.parse(since)) / 1000)) : "");
    row.classList.toggle("is-stuck", seconds > 0);
    if (seconds > 0) stuck.push({ row, seconds, part });
    const wanted = { all: true, here, stuck: seconds > 0, "not-begun": row.classList.contains("is-not-begun") }[filter.show];
    row.hidden = !wanted || !name.includes(filter.find);
    shown += row.hidden ? 0 : 1;
  }
  board.querySelector("#board-none").hidden = shown > 0;
  drawStuck(board, stuck.sort((one, other) => other.seconds - one.seconds));
}

function drawStuck(board, stuck) {
  const place = board.querySelector("#board-stuck");
  if (!place) return;
  place.hidden = stuck.length === 0;
  const named = stuck.slice(0, MOST_STUCK).map(({ row, seconds }) => {
    const link = row.querySelector(".board-look") ?? row.querySelector("th a");
    return element("li", {}, element("a", { href: link.getAttribute("href") }, row.querySelector("th a").textContent),
      element("span", { class: "muted" }, [lasting(seconds), row.querySelector(".board-place").textContent].filter(Boolean).join(", ")));
  });
  const more = stuck.length - named.length;
  place.querySelector("ul").replaceChildren(...named, ...(more > 0 ? [element("li", { class: "muted" }, `and ${more} more`)] : []));
  for (const part of board.querySelectorAll(".board-parts [data-part]")) {
    const count = stuck.filter((one) => one.part === part.dataset.part).length;
    const badge = part.querySelector(".board-part-stuck");
    badge.hidden = count === 0;
    put(badge, `${count} stuck`);
  }
  const said = stuck.length ? `${stuck.length} stuck` : "";
  put(board.querySelector("#board-said"), said);
}

function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
