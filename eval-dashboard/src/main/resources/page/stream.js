import {getJson, h, number, patch, table, time, words} from './dom.js';
import {card, key, reachable} from './sample.js';
import * as search from './search.js';

export const title = 'Stream';
export const parts = ['stream'];

const PAGE = 24;
let limit = PAGE;

export function enter() {
  limit = PAGE;
}

export async function load(route) {
  if (route.path[0] === 'search') return search.load(route);
  const kind = route.path[0] === 'rejected' ? 'rejected' : 'reinforced';
  const query = new URLSearchParams(route.query);
  query.set('kind', kind);
  query.set('limit', String(limit));
  return getJson('/api/v1/samples?' + query);
}

export function show(element, page, route) {
  if (route.path[0] === 'search') {
    search.show(element, page, route);
    return;
  }
  const rejected = page.kind === 'rejected';
  if (!element.firstChild) {
    element.append(
      h('div', {class: 'head'}, h('h1', null, rejected ? 'What was rejected' : 'What came in'), h('p', {id: 'stream-count'})),
      search.form(''),
      h('div', {class: 'filters'}, tabs(rejected), Object.entries(page.choices).map(([name, values]) => filter(name, values, page.kind, route))),
      h('div', {id: 'stream-news', role: 'status'}),
      rejected ? h('div', {id: 'rejections', class: 'card'}) : h('ul', {id: 'samples', class: 'samples'}),
      h('div', {id: 'stream-more'}));
  }
  document.getElementById('stream-count').textContent =
    number(page.matching) + (page.matching === page.kept ? '' : ' of ' + number(page.kept)) + ' newest kept';
  if (rejected) showRejected(page);
  else showSamples(page);
  const more = document.getElementById('stream-more');
  more.replaceChildren(...(page.matching > page.items.length && limit < 100 ? [h('button', {onclick: async () => {
    limit = Math.min(100, limit + PAGE);
    show(element, await load(route), route);
  }}, 'Show more')] : []));
}

const tabs = (rejected) => h('ul', {class: 'tabs'},
  h('li', null, h('a', {href: '#/stream', 'aria-current': rejected ? null : 'true'}, 'Reinforced')),
  h('li', null, h('a', {href: '#/stream/rejected', 'aria-current': rejected ? 'true' : null}, 'Rejected')));

function filter(name, values, kind, route) {
  const wanted = route.query.get(name) ?? '';
  const names = Object.keys(values);
  if (wanted && !names.includes(wanted)) names.push(wanted);
  const select = h('select', {name},
    h('option', {value: ''}, 'all'),
    names.map((value) => h('option', {value, selected: value === wanted}, (name === 'reason' ? words(value) : value) + ' (' + number(values[value] ?? 0) + ')')));
  select.addEventListener('change', () => {
    const query = new URLSearchParams(route.query);
    if (select.value) query.set(name, select.value);
    else query.delete(name);
    const text = query.toString();
    location.hash = '#/stream' + (kind === 'rejected' ? '/rejected' : '') + (text ? '?' + text : '');
  });
  return h('label', null, name[0].toUpperCase() + name.slice(1), select);
}

// --- reinforced pairs ------------------------------------------------------------------------------------------


function showSamples(page) {
  const list = document.getElementById('samples');
  const known = new Map([...list.children].filter((item) => item.dataset.key).map((item) => [item.dataset.key, item]));
  const fresh = page.items.filter((sample) => !known.has(key(sample))).length;
  const news = document.getElementById('stream-news');
  const apply = () => {
    const first = known.size === 0;
    list.replaceChildren(...page.items.map((sample) => known.get(key(sample)) ?? card(sample, !first)));
    if (page.items.length === 0) list.append(h('li', {class: 'empty'}, 'No pair here yet. Push some with: everclip ingest FOLDER'));
    news.replaceChildren();
    reachable(list);
  };
  // Who reads further down or has opened something keeps what is there.
  const reading = known.size > 0 && (window.scrollY > 250 || list.contains(document.activeElement) || list.querySelector('details[open]'));
  const growing = page.items.length > list.childElementCount && page.items.slice(0, known.size).every((sample) => known.has(key(sample)));
  if (!reading || growing || known.size === 0) apply();
  else if (fresh > 0) {
    news.replaceChildren(h('button', {class: 'news', onclick: () => {
      apply();
      window.scrollTo(0, 0);
    }}, fresh >= page.items.length ? 'Many new pairs: show them' : fresh + ' new: show them'));
  }
}

// --- rejected pairs --------------------------------------------------------------------------------------------

function showRejected(page) {
  const box = document.getElementById('rejections');
  patch(box, page.items.length === 0 ? h('p', {class: 'empty'}, 'Nothing has been rejected.') : table([
    ['Reason', (pair) => h('span', {title: pair.reason}, words(pair.reason))],
    ['Why', (pair) => h('span', {dir: 'auto'}, pair.detail, pair.duplicateOf && [' (first: ', h('code', null, pair.duplicateOf.slice(0, 12)), ')'])],
    ['Source', (pair) => pair.source ?? '–'],
    ['Stage', (pair) => words(pair.stage)],
    ['Size', (pair) => number(pair.sizeBytes) + '\u00a0B', true],
    ['When', (pair) => time(pair.time)],
    ['Raw record', (pair) => [h('code', {class: 'nowrap'}, pair.position), pair.head && h('details', null, h('summary', null, 'first bytes'), h('code', null, pair.head))]],
  ], page.items, 'Rejected pairs, newest first'));
}
