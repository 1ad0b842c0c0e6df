// Keeps a page up to date and gives it keys. Everything works without it, as plain pages.
"use strict";

const place = document.body.dataset.place;
const signature = document.body.dataset.signature;
const every = Number(document.body.dataset.every) * 1000;
const byId = (id) => document.getElementById(id);

// -- theme ---------------------------------------------------------------------------------------
const THEMES = ["", "light", "dark"];
function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  byId("theme").textContent = "Theme: " + (name || "auto");
}
function nextTheme() {
  const next = THEMES[(THEMES.indexOf(localStorage.theme || "") + 1) % THEMES.length];
  localStorage.theme = next;
  setTheme(next);
}
setTheme(THEMES.includes(localStorage.theme) ? localStorage.theme : "");
byId("theme").hidden = false;
byId("theme").addEventListener("click", nextTheme);

// -- bringing the page up to date ----------------------------------------------------------------
// The server renders, escaped; what it sends is parsed without being run, and what differs is replaced.
function keyOf(node) { return node.nodeType === 1 ? node.id : ""; }

function sync(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) { old.replaceWith(document.adoptNode(fresh)); return; }
  if (old.nodeType !== 1) { if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue; return; }
  if (old.isEqualNode(fresh)) return;
  const isField = old === document.activeElement && old.matches("input, select");
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (isField) return;
  syncChildren(old, fresh);
  if (old.matches("option") && old.selected !== fresh.selected) old.selected = fresh.selected;
}

function syncChildren(old, fresh) {
  const known = new Map();
  for (const child of old.children) if (child.id) known.set(child.id, child);
  let here = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = keyOf(wanted);
    const match = key ? known.get(key) : here && !keyOf(here) ? here : null;
    if (!match) {
      const added = document.adoptNode(wanted);
      if (key && added.matches("tr")) added.classList.add("fresh");
      old.insertBefore(added, here);
      continue;
    }
    if (match === here) here = here.nextSibling;
    else if (!match.contains(document.activeElement)) old.insertBefore(match, here);
    else { while (here && here !== match) { const next = here.nextSibling; if (!keyOf(here)) here.remove(); else old.append(here); here = next; } here = match.nextSibling; }
    known.delete(key);
    sync(match, wanted);
  }
  while (here) { const next = here.nextSibling; here.remove(); here = next; }
}

function rowsOfPage() { return [...document.querySelectorAll("a.row")]; }
function focusRow(at) {
  const rows = rowsOfPage();
  const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
  if (row) row.focus();
}

let isBusy = false, isWanted = false, isStale = false, took = 0;
async function refresh() {
  if (document.hidden) { isStale = true; return; }
  if (isBusy) { isWanted = true; return; }
  isBusy = true;
  const started = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok && answer.status !== 404) return; // what is shown is better than why it cannot be read
    const text = await answer.text();
    const at = rowsOfPage().indexOf(document.activeElement);
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh) sync(part, fresh);
    }
    // A row may leave the page under the hands of who stands on it.
    if (at >= 0 && !rowsOfPage().includes(document.activeElement)) focusRow(at);
    const tabs = page.querySelector(".top nav");
    if (tabs) sync(document.querySelector(".top nav"), tabs);
  } catch { /* the live mark says that the dashboard is away */ }
  took = performance.now() - started;
  // Where much changes, the page leaves the server three quarters of the time.
  setTimeout(() => { isBusy = false; if (isWanted) { isWanted = false; refresh(); } }, took > 40 ? Math.min(3 * took, 2000) : 0);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) { isStale = false; refresh(); } });
setInterval(refresh, every);

const live = byId("live");
live.hidden = false;
function say(text, kind) { live.textContent = text; live.className = "live " + kind; }
const events = new EventSource("/events?since=" + encodeURIComponent(place));
events.addEventListener("open", () => say("live", "on"));
events.addEventListener("error", () => say("reconnecting", "off"));
events.addEventListener("change", (event) => {
  const news = JSON.parse(event.data);
  if (news.all || (signature ? news.signatures.includes(signature) : news.signatures.length)) refresh();
});

// -- search as you type ---------------------------------------------------------------------------
const form = document.querySelector("form.search");
if (form) {
  let timer = 0;
  const go = () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value && value !== "last seen"));
    history.replaceState(null, "", "/" + (query.size ? "?" + query : ""));
    refresh();
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(go, 150); });
}

// -- asking before something is deleted -------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.question;
  if (question && !confirm(question)) event.preventDefault();
});

// -- keys -------------------------------------------------------------------------------------------
const help = byId("help"), keysOn = byId("keys-on");
keysOn.checked = localStorage.keys !== "off";
keysOn.addEventListener("change", () => { localStorage.keys = keysOn.checked ? "on" : "off"; });
byId("keys").hidden = false;
byId("keys").addEventListener("click", () => help.showModal());

function step(by) {
  const at = rowsOfPage().indexOf(document.activeElement);
  focusRow(at < 0 ? (by > 0 ? 0 : Infinity) : at + by);
}
function press(id) { const found = byId(id); if (found) found.click(); }
function toAction(name) {
  const button = document.querySelector(`[data-action="${name}"]`);
  if (!button) return;
  const field = button.form.querySelector("input:not([type=hidden])");
  (field || button).focus();
}
const GO = { i: "/", r: "/rates", q: "/quarantine", t: "/tasks", s: "/streams", h: "/health" };
const KEYS = {
  "/": () => { const field = byId("search"); if (field) field.focus(); else location.href = "/"; },
  j: () => step(1), k: () => step(-1), u: () => press("up"), n: () => press("next"), p: () => press("previous"),
  a: () => toAction("a"), d: () => toAction("d"), l: nextTheme, "?": () => help.showModal(),
};
let afterG = false;
document.addEventListener("keydown", (event) => {
  if (!keysOn.checked || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const wasG = afterG;
  afterG = event.key === "g" && !wasG;
  const act = wasG && GO[event.key] ? () => { location.href = GO[event.key]; } : KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});
