import {getJson, h, number, words} from './dom.js';
import {card, key, reachable} from './sample.js';
import * as rejected from './rejected.js';
import * as search from './search.js';

export const title = 'Stream';
export const parts = ['stream'];

const PAGE = 24;
let limit = PAGE;

export function enter() {
  limit = PAGE;
}

const isRejected = (route) => route.path[0] === 'rejected';

export async function load(route) {
  if (route.path[0] === 'search') return search.load(route);
  const query = new URLSearchParams(route.query);
  query.set('kind', isRejected(route) ? 'rejected' : 'reinforced');
  query.set('limit', String(limit));
  return getJson('/api/v1/samples?' + query);
}

export function show(element, page, route) {
  if (route.path[0] === 'search') {
    search.show(element, page, route);
    return;
  }
  const refused = isRejected(route);
  if (!element.firstChild) {
    element.append(
      h('div', {class: 'head'}, h('h1', null, refused ? 'What was thrown away, and why' : 'What came in, and what the captioner made of it'), h('p', {id: 'stream-count'})),
      search.form(''),
      h('div', {class: 'filters'}, tabs(refused), h('div', {id: 'stream-filters', class: 'filters'})),
      h('div', {id: 'stream-news', role: 'status'}),
      refused ? rejected.box() : h('ul', {id: 'samples', class: 'samples'}),
      h('div', {id: 'stream-more'}));
  }
  filters(page, route);
  count(page, route);
  if (refused) rejected.show(page);
  else showSamples(page);
  const more = document.getElementById('stream-more');
  more.replaceChildren(...(page.matching > page.items.length && limit < 100 ? [h('button', {onclick: async () => {
    limit = Math.min(100, limit + PAGE);
    show(element, await load(route), route);
  }}, 'Show more')] : []));
}

function count(page, route) {
  const query = new URLSearchParams(route.query);
  query.set('kind', page.kind);
  query.set('limit', '100');
  document.getElementById('stream-count').replaceChildren(
    number(page.matching) + (page.matching === page.kept ? '' : ' of ' + number(page.kept)) + ' newest kept · ', h('a', {href: '/api/v1/samples?' + query}, 'JSON'));
}

const tabs = (refused) => h('ul', {class: 'tabs'},
  h('li', null, h('a', {href: '#/stream', 'aria-current': refused ? null : 'true'}, 'Reinforced')),
  h('li', null, h('a', {href: '#/stream/rejected', 'aria-current': refused ? 'true' : null}, 'Rejected')));

/** Choices follow what has come, but not while somebody is choosing. */
function filters(page, route) {
  const box = document.getElementById('stream-filters');
  if (box.contains(document.activeElement)) return;
  box.replaceChildren(...Object.entries(page.choices).map(([name, values]) => filter(name, values, route)));
}

function filter(name, values, route) {
  const wanted = route.query.get(name) ?? '';
  const names = Object.keys(values);
  if (wanted && !names.includes(wanted)) names.push(wanted);
  const spoken = (value) => ['reason', 'stage', 'split'].includes(name) ? words(value) : value;
  const select = h('select', {name},
    h('option', {value: ''}, 'all'),
    names.map((value) => h('option', {value, selected: value === wanted}, spoken(value) + ' (' + number(values[value] ?? 0) + ')')));
  select.addEventListener('change', () => {
    const query = new URLSearchParams(route.query);
    if (select.value) query.set(name, select.value);
    else query.delete(name);
    const text = query.toString();
    location.hash = '#/stream' + (isRejected(route) ? '/rejected' : '') + (text ? '?' + text : '');
  });
  return h('label', null, name[0].toUpperCase() + name.slice(1), select);
}

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
