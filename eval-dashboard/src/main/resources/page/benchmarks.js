import {chip, getJson, h, number, patch, percent, signed} from './dom.js';
import {taskCurve} from './curves.js';

export const title = 'Benchmarks';
export const parts = ['benchmarks', 'versions'];

const TITLES = {holdout: 'Held-out pairs of the stream', local: 'Own benchmarks', datacomp: 'The 38 DataComp benchmarks'};

export const load = (route) => getJson('/api/v1/benchmarks?limit=' + (route.query.get('limit') ?? (route.query.has('task') ? 1000 : 20)));

export function show(element, matrices, route) {
  const [model, version] = route.path;
  const matrix = matrices.find((candidate) => candidate.model === model) ?? matrices[0];
  if (!matrix || matrix.versions.length === 0) {
    patch(element, h('h1', null, 'Benchmarks'), h('p', {class: 'empty'}, 'No version has been evaluated yet.'));
    return;
  }
  const task = route.query.get('task');
  for (const group of task === null ? [] : matrix.groups) {
    const row = group.rows.find((candidate) => candidate.task === task);
    if (row) {
      taskCurve(element, matrix, group, row);
      return;
    }
  }
  patch(element,
    h('div', {class: 'head'}, h('h1', null, 'Benchmarks of ' + matrix.model), others(matrices, matrix)),
    decision(matrix, version === undefined ? undefined : Number(version)),
    ...matrix.groups.map((group) => showGroup(matrix, group)),
    h('p', {class: 'small soft'}, 'Values in percent with 95 % intervals (Wilson). Shading compares versions within a row. '
      + 'A task without data is N/A and is never counted as 0; † marks a value measured on other data than the newest one. ',
      h('a', {href: '/api/v1/benchmarks.csv', download: true}, 'CSV'), ' · ', h('a', {href: '/api/v1/benchmarks?limit=1000'}, 'JSON')),
    matrix.totalVersions > matrix.versions.length && h('p', {class: 'small'}, h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '?limit=1000'}, 'Show all ' + number(matrix.totalVersions) + ' versions')));
}

const others = (matrices, shown) => h('p', {class: 'chips'}, matrices.filter((matrix) => matrix !== shown).map((matrix) =>
  h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model)}, matrix.model)));

// --- the decision ----------------------------------------------------------------------------------------------

function decision(matrix, wanted) {
  const verdict = matrix.decisions.find((candidate) => candidate.version === wanted) ?? (wanted === undefined ? matrix.decisions[0] : undefined);
  if (!verdict) {
    return h('section', {class: 'card decision'}, h('h2', null, 'v' + (wanted ?? matrix.versions[0]) + ' is not decided yet'),
      h('p', null, 'The promotion gate decides when all tasks of the version have a result.'));
  }
  const pending = wanted === undefined && matrix.versions[0] > verdict.version;
  return h('section', {class: 'card decision ' + (verdict.promoted ? 'yes' : 'no'), 'aria-label': 'Decision'},
    h('h2', null, 'v' + verdict.version + (verdict.promoted ? ' became main' : ' was not promoted')),
    pending && h('p', {class: 'small soft'}, 'v' + matrix.versions[0] + ' is still being evaluated.'),
    h('ul', null, verdict.reasons.map((reason) => h('li', null, reason))),
    h('div', {class: 'sides'}, deltas(verdict), flips(verdict)),
    matrix.decisions.length > 1 && h('p', {class: 'small soft'}, 'Other decisions: ', matrix.decisions.filter((other) => other !== verdict).slice(0, 12).map((other, i) =>
      [i > 0 && ', ', h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '/' + other.version}, 'v' + other.version), other.promoted ? ' promoted' : ' not promoted'])));
}

function deltas({deltas, against}) {
  const entries = Object.entries(deltas);
  if (entries.length === 0) return null;
  const most = Math.max(0.02, ...entries.map(([, delta]) => Math.abs(delta)));
  return h('div', null, h('h3', null, 'Change against v' + against + ', in points'),
    entries.map(([task, delta]) => h('div', {class: 'delta'}, h('span', null, task),
      h('span', {class: 'axis', 'aria-hidden': 'true'}, h('i', {class: delta < 0 ? 'down' : 'up', '--size': String(Math.abs(delta) / most)})),
      h('b', null, signed(delta * 100)))));
}

const flips = ({shared, negative, positive, against}) => shared > 0 && h('div', null, h('h3', null, 'Samples that flipped against v' + against),
  h('dl', null,
    h('dt', null, 'Right to wrong'), h('dd', null, number(negative) + ' of ' + number(shared) + ' (' + percent(negative / shared) + ' %)'),
    h('dt', null, 'Wrong to right'), h('dd', null, number(positive) + ' of ' + number(shared) + ' (' + percent(positive / shared) + ' %)')));

// --- the matrix ------------------------------------------------------------------------------------------------

function showGroup(matrix, group) {
  const name = TITLES[group.group] ?? group.group;
  if (group.rows.length === 0) {
    return h('section', {class: 'card'}, h('h2', null, name), h('p', {class: 'empty'}, 'Nothing evaluated yet.'));
  }
  const measured = group.rows.filter((row) => row.cells.some((cell) => cell.value !== null)).length;
  return h('section', {class: 'card'},
    h('h2', null, name),
    h('p', {class: 'small soft'}, measured === group.rows.length ? number(measured) + (measured === 1 ? ' task' : ' tasks') : coverage(group, measured)),
    h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': name + ' by version'},
      h('table', {class: 'matrix'},
        h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Task'), matrix.versions.map((version) => head(matrix, version)))),
        h('tbody', null, group.rows.map((row) => showRow(matrix, row)), group.averages.map((average) => showAverage(matrix, average))))));
}

function coverage(group, measured) {
  const why = new Map();
  for (const row of group.rows) {
    const cell = row.cells.find((candidate) => candidate.status === 'NOT_AVAILABLE');
    if (cell) why.set(cell.detail, (why.get(cell.detail) ?? 0) + 1);
  }
  const reasons = [...why].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([detail, count]) => detail + (why.size > 1 ? ' (' + count + ')' : ''));
  return measured + ' of ' + group.rows.length + ' tasks have results' + (reasons.length === 0 ? '.' : '; not available: ' + reasons.join('; ') + '.');
}

const head = (matrix, version) => h('th', {scope: 'col', class: version === matrix.main ? 'is-main' : null},
  h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '/' + version}, 'v' + version), version === matrix.main && [' ', chip('main', 'main')]);

function showRow(matrix, row) {
  const values = row.cells.map((cell) => cell.value).filter((value) => value !== null);
  const low = Math.min(...values);
  const span = Math.max(0.02, Math.max(...values) - low);
  const suite = row.cells.find((cell) => cell.value !== null)?.suite;
  return h('tr', {class: values.length === 0 ? 'none' : null}, h('th', {scope: 'row'}, values.length > 1 ? h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '?' + new URLSearchParams({task: row.task})}, breakable(row.task)) : breakable(row.task), ' ', h('span', {class: 'metric'}, row.metric)),
    row.cells.map((cell, i) => showCell(cell, matrix.versions[i] === matrix.main, values.length > 1 ? (cell.value - low) / span : 0, cell.suite !== suite)));
}

/** May break after a separator. */
const breakable = (task) => task.replace(/^local\//, '').replace(/([_\/-])/g, '$1\u200b');

function showCell(cell, isMain, heat, otherData) {
  const main = isMain ? 'is-main' : null;
  if (cell.value === null) {
    const [text, spoken] = {NOT_AVAILABLE: ['N/A', 'not available'], FAILED: ['failed', 'failed'], PENDING: ['…', 'pending'], DONE: ['–', 'no value']}[cell.status];
    return h('td', {class: main, title: spoken + ': ' + cell.detail}, h('span', {class: 'na'}, text), h('span', {class: 'visually-hidden'}, ' ' + spoken));
  }
  return h('td', {class: main, 'data-heat': true, '--h': (0.04 + heat * 0.3).toFixed(3), title: number(cell.samples) + ' samples, ' + cell.seconds.toFixed(1) + ' s, suite ' + cell.suite},
    h('span', {class: 'value'}, percent(cell.value) + (otherData ? '†' : '')),
    cell.low !== null && h('span', {class: 'range'}, percent(cell.low) + '–' + percent(cell.high)));
}

const showAverage = (matrix, average) => h('tr', {class: 'mean'},
  h('th', {scope: 'row'}, average.label, h('span', {class: 'metric'}, average.metric)),
  average.means.map((mean, i) => h('td', {class: matrix.versions[i] === matrix.main ? 'is-main' : null},
    mean.value === null ? h('span', {class: 'na'}, 'N/A') : h('span', {class: 'value'}, percent(mean.value)),
    mean.covered < average.tasks && h('span', {class: 'range'}, mean.covered + ' of ' + average.tasks))));
