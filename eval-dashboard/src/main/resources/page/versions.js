import {chip, getJson, h, number, patch, short, time} from './dom.js';
import {comparison} from './compare.js';
import {lineage} from './lineage.js';

export const title = 'Versions';
export const parts = ['versions', 'benchmarks'];

/** #/versions, #/versions/MODEL/5, #/versions/MODEL/4..5 */
const range = (route) => /^(\d+)\.\.(\d+)$/.exec(route.path[1] ?? '');

export function load(route) {
  const pair = range(route);
  return pair ? getJson('/api/v1/compare?' + new URLSearchParams({model: route.path[0], first: pair[1], second: pair[2]}))
    : getJson('/api/v1/versions?limit=' + (route.query.get('limit') ?? 200));
}

export function show(element, data, route) {
  if (range(route)) {
    patch(element, comparison(data, link));
    return;
  }
  const [model, version] = route.path;
  const found = data.models.find((candidate) => candidate.model === model)?.versions.find((candidate) => String(candidate.version) === version);
  patch(element, found ? one(data, model, found) : all(data));
}

function all({models, trouble}) {
  return [
    h('h1', null, 'Versions'),
    trouble && h('p', {class: 'notice bad'}, h('strong', null, 'The registry does not answer; these are the last known versions.'), trouble),
    models.length === 0 && h('p', {class: 'empty'}, 'No version has been published yet.'),
    ...models.flatMap((model) => [list(model), moves(model)]),
  ].filter(Boolean);
}

const link = (model, version) => '#/versions/' + encodeURIComponent(model) + '/' + version;

const aliases = (version) => (version.aliases.length > 0 || version.retired) && h('span', {class: 'chips'}, version.aliases.map((alias) => chip(alias, alias === 'main' ? 'main' : null)), version.retired && chip('retired', 'bad'));

const verdict = (version) => version.promoted === null ? chip('not decided yet', 'wait') : version.promoted ? chip('promoted', 'good') : chip('not promoted', 'bad');

const list = ({model, versions, total}) => h('section', {class: 'card'},
  h('h2', null, model, h('span', {class: 'small soft'}, ' ' + number(total) + (total === 1 ? ' version' : ' versions'))),
  lineage({model, versions}, link),
  h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Versions of ' + model}, h('table', null,
    h('thead', null, h('tr', null, ['Version', 'Aliases', 'Parent', 'Round', 'Steps', 'Created', 'Decision', 'Commit'].map((name) =>
      h('th', {scope: 'col', class: ['Round', 'Steps', 'Parent'].includes(name) ? 'num' : null}, name)))),
    h('tbody', null, versions.map((version) => h('tr', null,
      h('th', {scope: 'row'}, h('a', {href: link(model, version.version)}, 'v' + version.version)),
      h('td', null, aliases(version)),
      h('td', {class: 'num'}, version.parent === null ? 'none' : h('a', {href: link(model, version.parent)}, 'v' + version.parent)),
      h('td', {class: 'num'}, version.round),
      h('td', {class: 'num'}, number(version.steps)),
      h('td', null, time(version.created)),
      h('td', null, verdict(version)),
      h('td', null, h('code', {class: 'nowrap'}, version.commit.slice(0, 10)))))))));

const moves = ({model, moves}) => moves.length > 0 && h('section', {class: 'card'}, h('h2', null, 'How main moved'),
  h('ul', {class: 'synthetic'}, moves.map((move) => h('li', null,
    h('span', null, (move.previous === null ? 'set to v' : 'from v' + move.previous + ' to v') + move.version + ' by ' + move.actor + ': ' + move.reason), time(move.time)))));

/** A detail of any shape as words. */
function plain(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : short(value);
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? value.map(plain).join(', ') : Object.entries(value).map(([key, item]) => key + ': ' + plain(item)).join(', ');
}

/** Versions that one would compare this one with: its parent, main, the one before. */
function rivals(data, model, {version, parent}) {
  const {main, versions} = data.models.find((candidate) => candidate.model === model);
  const before = versions.map((other) => other.version).filter((other) => other < version)[0];
  const rivals = new Map();
  if (parent !== null) rivals.set(parent, 'parent v' + parent);
  if (main !== null && main !== version) rivals.set(main, (rivals.has(main) ? 'parent and ' : '') + 'main v' + main);
  if (before !== undefined && !rivals.has(before)) rivals.set(before, 'v' + before);
  return [...rivals].map(([other, name]) => [name, other]);
}

function one(data, model, version) {
  const reference = model + '@v' + version.version;
  const fact = (name, ...value) => [h('dt', null, name), h('dd', null, value)];
  return [
    h('div', {class: 'head'}, h('h1', null, model + ' v' + version.version), h('p', null, h('a', {href: '#/versions'}, 'All versions'))),
    h('p', {class: 'chips'}, aliases(version), verdict(version)),
    h('p', {class: 'small'}, 'Compare with: ', rivals(data, model, version).map(([name, other], i) => [i > 0 && ', ', h('a', {href: link(model, other + '..' + version.version)}, name)])),
    h('section', {class: 'card'}, h('h2', null, 'Decision'), h('p', {class: 'lead'}, version.decision),
      h('p', {class: 'small'}, h('a', {href: '#/benchmarks/' + encodeURIComponent(model) + '/' + version.version}, 'The figures behind it'))),
    h('div', {class: 'columns'},
      h('section', {class: 'card'}, h('h2', null, 'Where it came from'), h('dl', null,
        fact('Parent', version.parent === null ? 'none, from scratch' : h('a', {href: link(model, version.parent)}, 'v' + version.parent)),
        fact('Round', version.round), fact('Steps', number(version.steps)), fact('Created', time(version.created)),
        fact('Reinforcement', h('code', null, version.reinforcementVersion)),
        fact('Trained up to', Object.entries(version.dataCursor).map(([where, offset]) => h('div', null, h('code', null, where + ' ' + offset)))),
        fact('Licences', version.licences.map((licence) => h('div', null, licence))),
        Object.entries(version.details).map(([name, value]) => fact(name, plain(value))))),
      h('div', {class: 'stack'},
        h('section', {class: 'card'}, h('h2', null, 'Files'),
          h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Files'}, h('table', null,
            h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Path'), h('th', {scope: 'col', class: 'num'}, 'Bytes'), h('th', {scope: 'col'}, 'SHA-256'))),
            h('tbody', null, version.files.map((file) => h('tr', null, h('th', {scope: 'row'}, file.path), h('td', {class: 'num'}, number(file.size)), h('td', null, h('code', {class: 'nowrap', title: file.sha256}, file.sha256.slice(0, 12)))))))),
          h('p', {class: 'small'}, 'Commit ', h('code', null, version.commit), ' ', version.authentic ? chip('signature fits', 'good') : chip('signature does not fit', 'bad'))),
        h('section', {class: 'card'}, h('h2', null, 'Get it'),
          h('pre', {tabindex: '0'}, './everclip pull ' + reference + ' --to models/' + model),
          h('p', {class: 'small soft'}, 'With tools for the Hugging Face Hub: set HF_ENDPOINT to the registry, repository ', h('code', null, data.repositoryBase + model), ', revision ', h('code', null, 'v' + version.version), '.')))),
  ];
}
