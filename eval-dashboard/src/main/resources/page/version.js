import {chip, getJson, h, number, short, time} from './dom.js';
import {commands} from './commands.js';
import {aliases, history, verdict} from './labels.js';

/** The card is fetched once: it never changes. */
const cards = new Map();

export async function load(model, version) {
  const path = '/api/v1/versions/' + encodeURIComponent(model) + '/' + encodeURIComponent(version);
  const data = await getJson(path);
  if (!cards.has(data.line.commit)) {
    try {
      cards.set(data.line.commit, (await getJson(path + '/card')).text);
    } catch (error) {
      return {...data, card: null, why: error.message};
    }
  }
  return {...data, card: cards.get(data.line.commit)};
}

/** A detail of any shape as words. */
function plain(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : short(value);
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? value.map(plain).join(', ') : Object.entries(value).map(([key, item]) => key + ': ' + plain(item)).join(', ');
}

/** Versions that one would compare this one with: its parent, main, the one before. */
function rivals({line, main, before}) {
  const rivals = new Map();
  if (line.parent !== null) rivals.set(line.parent, 'parent v' + line.parent);
  if (main !== null && main !== line.version) rivals.set(main, (rivals.has(main) ? 'parent and ' : '') + 'main v' + main);
  if (before !== null && !rivals.has(before)) rivals.set(before, 'v' + before);
  return [...rivals];
}

const fact = (name, ...value) => [h('dt', null, name), h('dd', null, value)];

export function one(data, link) {
  const {model, line} = data;
  return [
    h('div', {class: 'head'}, h('h1', null, model + ' v' + line.version), h('p', null,
      data.before !== null && [h('a', {href: link(model, data.before)}, '← v' + data.before), ' · '],
      data.after !== null && [h('a', {href: link(model, data.after)}, 'v' + data.after + ' →'), ' · '], h('a', {href: '#/versions'}, 'All versions'))),
    h('p', {class: 'chips'}, aliases(line), verdict(line)),
    rivals(data).length > 0 && h('p', {class: 'small'}, 'Compare with: ', rivals(data).map(([other, name], i) => [i > 0 && ', ', h('a', {href: link(model, other + '..' + line.version)}, name)])),
    h('section', {class: 'card'}, h('h2', null, 'Decision'), h('p', {class: 'lead'}, data.decision),
      h('p', {class: 'small'}, h('a', {href: '#/benchmarks/' + encodeURIComponent(model) + '/' + line.version}, 'The figures behind it'))),
    h('section', {class: 'card'}, h('h2', null, 'Get it'), commands(data)),
    h('div', {class: 'columns'}, h('div', {class: 'stack'}, origin(data, link), files(data), signed(data)),
      h('div', {class: 'stack'}, card(data), data.moves.length > 0 && h('section', {class: 'card'}, h('h2', null, 'Aliases that came and went'), history(data.moves, 'main')))),
  ].filter(Boolean);
}

const origin = ({model, line, dataCursor, licences, details, reinforcementVersion}, link) => h('section', {class: 'card'}, h('h2', null, 'Where it came from'), h('dl', null,
  fact('Parent', line.parent === null ? 'none, from scratch' : h('a', {href: link(model, line.parent)}, 'v' + line.parent)),
  fact('Round', line.round), fact('Steps', number(line.steps)), fact('Created', time(line.created)),
  fact('Reinforcement', h('code', null, reinforcementVersion)),
  fact('Trained up to', Object.entries(dataCursor).map(([where, offset]) => h('div', null, h('code', null, where + ' ' + offset)))),
  fact('Licences', licences.map((licence) => h('div', null, licence))),
  Object.entries(details).map(([name, value]) => fact(name, plain(value)))));

const address = ({registry, repository, line}, path) => registry + '/' + repository + '/resolve/v' + line.version + '/' + path;

const files = (data) => h('section', {class: 'card'}, h('h2', null, 'Files'),
  h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Files'}, h('table', null,
    h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Download'), h('th', {scope: 'col', class: 'num'}, 'Bytes'), h('th', {scope: 'col'}, 'SHA-256'))),
    h('tbody', null, data.files.map((file) => h('tr', null, h('th', {scope: 'row'}, h('a', {href: address(data, file.path), rel: 'noreferrer'}, file.path)), h('td', {class: 'num'}, number(file.size)),
      h('td', null, h('code', {class: 'nowrap', title: file.sha256}, file.sha256.slice(0, 12)))))))));

const yes = (value, good, bad, unknown) => value === null ? chip(unknown) : value ? chip(good, 'good') : chip(bad, 'bad');

const signed = ({signature, line, manifest}) => h('section', {class: 'card'}, h('h2', null, 'Manifest and signature'),
  h('p', {class: 'chips'}, yes(signature.authentic, 'signature fits', 'signature does not fit', ''),
    yes(signature.chained, line.version === 1 ? 'first of its chain' : 'names its predecessor', 'chain is broken', 'predecessor not known here'),
    yes(signature.sameKey, 'same key as before', 'another key than before', 'first key')),
  h('p', {class: 'small'}, 'Commit ', h('code', null, line.commit), ', key ', h('code', null, signature.key)),
  h('details', null, h('summary', null, 'The signed manifest'), h('pre', {class: 'tall', tabindex: '0'}, pretty(manifest))));

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

const card = ({card, why}) => h('section', {class: 'card'}, h('h2', null, 'Model card'),
  card === null ? h('p', {class: 'empty'}, 'Not to be had now: ' + why) : h('pre', {class: 'tall wrap', tabindex: '0', dir: 'auto', 'aria-label': 'Model card'}, card));
