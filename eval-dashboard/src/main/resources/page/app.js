import {getJson, h} from './dom.js';
import {showFlow} from './flow.js';
import {listen} from './live.js';
import * as overview from './overview.js';
import * as stream from './stream.js';
import * as training from './training.js';
import * as versions from './versions.js';
import * as benchmarks from './benchmarks.js';

/** A view: title, parts that concern it, load(route, overview) -> data, show(element, data, route). */
const views = {overview, stream, training, versions, benchmarks};
const main = document.getElementById('view');
const state = document.getElementById('link-state');

let route = parse();
let pending = new Set();
let busy = false;
let shown = null;

/** #/stream/rejected?reason=X -> {hash, section, path: ['rejected'], query} */
function parse() {
  const hash = location.hash;
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const [section, ...rest] = path.split('/').map(decoded);
  return {hash, section: views[section] ? section : 'overview', path: rest, query: new URLSearchParams(query ?? '')};
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function refresh() {
  if (busy) return;
  busy = true;
  try {
    while (pending.size > 0) {
      const parts = pending;
      pending = new Set();
      await update(parts);
    }
  } finally {
    busy = false;
  }
}

async function update(parts) {
  const here = route;
  const view = views[here.section];
  const moved = shown !== here.hash;
  try {
    const flow = await getJson('/api/v1/overview');
    showFlow(document.getElementById('flow'), flow.flow, here.section === 'overview');
    if (!moved && !view.parts.some((part) => parts.has(part))) return;
    const data = await view.load(here, flow);
    if (here !== route) return;
    if (moved) {
      main.replaceChildren();
      shown = here.hash;
      view.enter?.();
    }
    view.show(main, data, here);
    stale(false);
    main.dataset.shown = shown;
    if (moved) performance.mark('view-shown');
  } catch (error) {
    if (here !== route) return;
    if (moved || main.childElementCount === 0) failed(here, error);
    else stale(true);
  }
}

function failed(here, error) {
  shown = here.hash;
  main.replaceChildren(h('h1', null, views[here.section].title), h('p', {class: 'notice bad', role: 'alert'}, h('strong', null, 'This part cannot be shown.'), error.message));
  main.dataset.shown = shown;
}

/** What stays on the screen while no answer comes is marked as old. */
function stale(old) {
  main.classList.toggle('stale', old);
}

function navigate() {
  route = parse();
  document.title = views[route.section].title + ' · EverClip';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.section === route.section) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  pending.add('flow');
  refresh();
}

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', () => {
  window.scrollTo(0, 0);
  navigate();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  shown = null;
  pending.add('flow');
  refresh();
});

listen(
  (parts) => {
    parts.forEach((part) => pending.add(part));
    refresh();
  },
  (kind, text) => {
    state.className = 'link-state ' + kind;
    state.textContent = text;
  });
setInterval(() => {
  pending.add('flow');
  refresh();
}, 5000);
navigate();
