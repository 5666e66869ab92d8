import {getJson, h, number, patch, time} from './dom.js';
import {comparison, load as loadComparison} from './compare.js';
import {aliases, history, verdict} from './labels.js';
import {lineage} from './lineage.js';
import * as version from './version.js';

export const title = 'Versions';
export const parts = ['versions', 'benchmarks'];

/** #/versions, #/versions/MODEL/5, #/versions/MODEL/4..5 */
const range = (route) => /^(\d+)\.\.(\d+)$/.exec(route.path[1] ?? '');

export function load(route) {
  const pair = range(route);
  if (pair) return loadComparison(route.path[0], pair[1], pair[2], route.query.get('task'));
  if (route.path[1]) return version.load(route.path[0], route.path[1]);
  return getJson('/api/v1/versions?limit=50&before=' + (route.query.get('before') ?? 0));
}

export function show(element, data, route) {
  patch(element, range(route) ? comparison(data, link) : route.path[1] ? version.one(data, link) : all(data, route));
  element.onsubmit = compared;
}

function all({models, trouble, alias}, route) {
  return [
    h('div', {class: 'head'}, h('h1', null, 'Versions'), models.length > 0 && h('p', null, h('a', {href: '/api/v1/versions.csv', download: true}, 'CSV'), ' · ', h('a', {href: '/api/v1/versions?limit=1000'}, 'JSON'))),
    trouble && h('p', {class: 'notice bad'}, h('strong', null, 'The registry does not answer; these are the last known versions.'), trouble),
    models.length === 0 && h('p', {class: 'empty'}, 'No version has been published yet.'),
    ...models.flatMap((model) => [list(model, route), moves(model, alias)]),
  ].filter(Boolean);
}

const link = (model, version) => '#/versions/' + encodeURIComponent(model) + '/' + version;

const list = ({model, versions, total, older}, route) => h('section', {class: 'card'},
  h('h2', null, model, h('span', {class: 'small soft'}, ' ' + number(total) + (total === 1 ? ' version' : ' versions'))),
  versions.length > 1 && chooser(model, versions),
  lineage({model, versions}, link),
  h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Versions of ' + model}, h('table', null,
    h('thead', null, h('tr', null, ['Version', 'Aliases', 'Parent', 'Round', 'Steps', 'Periods', 'Created', 'Decision', 'Commit'].map((name) =>
      h('th', {scope: 'col', class: ['Round', 'Steps', 'Parent'].includes(name) ? 'num' : null}, name)))),
    h('tbody', null, versions.map((version) => h('tr', null,
      h('th', {scope: 'row'}, h('a', {href: link(model, version.version)}, 'v' + version.version)),
      h('td', null, aliases(version)),
      h('td', {class: 'num'}, version.parent === null ? 'none' : h('a', {href: link(model, version.parent)}, 'v' + version.parent)),
      h('td', {class: 'num'}, version.round),
      h('td', {class: 'num'}, number(version.steps)),
      h('td', null, version.periods || '–'),
      h('td', null, time(version.created)),
      h('td', null, verdict(version)),
      h('td', null, h('code', {class: 'nowrap'}, version.commit.slice(0, 10)))))))),
  (older > 0 || route.query.has('before')) && h('p', {class: 'small pager'},
    route.query.has('before') && h('a', {href: '#/versions'}, 'Newest'),
    older > 0 && h('a', {href: '#/versions?before=' + versions.at(-1).version}, 'Older (' + number(older) + ')')));

const chooser = (model, versions) => h('form', {class: 'filters compare', 'data-model': model},
  h('label', null, 'Compare', h('input', {name: 'first', type: 'number', min: '1', required: true, value: versions[1].version})),
  h('label', null, 'with', h('input', {name: 'second', type: 'number', min: '1', required: true, value: versions[0].version})),
  h('button', {type: 'submit'}, 'Compare'));

/** One listener for all: patched elements keep none of their own. */
function compared(event) {
  const form = event.target.closest('form.compare');
  if (!form) return;
  event.preventDefault();
  location.hash = link(form.dataset.model, Number(form.elements.first.value) + '..' + Number(form.elements.second.value));
}

const moves = ({model, moves}, main) => moves.length > 0 && h('section', {class: 'card'}, h('h2', null, 'How the aliases of ' + model + ' moved'), history(moves.slice(0, 50), main));
