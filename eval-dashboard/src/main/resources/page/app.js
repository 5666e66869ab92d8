import {h, number} from './dom.js';
import {listen} from './live.js';
import * as overview from './overview.js';
import * as stream from './stream.js';
import * as training from './training.js';
import * as versions from './versions.js';
import * as benchmarks from './benchmarks.js';
import {getJson} from './dom.js';

/** A view: title, parts that concern it, load(route) -> data, show(element, data, route). */
const views = {overview, stream, training, versions, benchmarks};
const main = document.getElementById('view');
const state = document.getElementById('link-state');

let route = parse();
let pending = new Set();
let busy = false;
let shown = '';

/** #/stream/rejected?reason=X -> {section, path: ['rejected'], query} */
function parse() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [section, ...rest] = path.split('/').map(decodeURIComponent);
  return {section: views[section] ? section : 'overview', path: rest, query: new URLSearchParams(query ?? '')};
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
  try {
    const flow = await getJson('/api/v1/overview');
    showFlow(flow);
    const moved = shown !== location.hash;
    if (!moved && !view.parts.some((part) => parts.has(part))) return;
    const data = await view.load(here, flow);
    if (here !== route) return;
    if (moved) {
      main.replaceChildren();
      shown = location.hash;
    }
    view.show(main, data, here);
  } catch (error) {
    if (shown !== location.hash || main.childElementCount === 0) {
      main.replaceChildren(h('p', {class: 'notice bad'}, h('strong', null, 'This part cannot be shown.'), error.message));
    }
  }
}

function showFlow({flow}) {
  document.getElementById('flow').replaceChildren(...flow.map((stage) =>
    h('li', {class: stage.state},
      h('p', {class: 'name'}, stage.role && h('span', {class: 'dot', 'aria-hidden': 'true'}), stage.name,
        stage.role && h('span', {class: 'visually-hidden'}, ', ' + {ok: 'well', waiting: 'not heard of yet', trouble: 'in trouble'}[stage.state])),
      h('p', {class: 'number'}, number(stage.total), h('span', {class: 'unit'}, stage.unit)),
      h('p', {class: 'note', title: stage.note}, stage.perMinute === null ? '' : number(stage.perMinute) + '/min · ', stage.note))));
}

function navigate() {
  route = parse();
  const view = views[route.section];
  document.title = view.title + ' · EverClip';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.section === route.section) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  view.enter?.();
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
  shown = '';
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
