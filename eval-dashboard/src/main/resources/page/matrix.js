import {chip, h, number, percent} from './dom.js';
import {pager} from './pager.js';

const TITLES = {
  holdout: 'Held-out pairs of the stream', local: 'Own benchmarks', imagenet: 'ImageNet', shifts: 'ImageNet shifts', vtab: 'VTAB',
  retrieval: 'Retrieval', wilds: 'WILDS', fairness: 'Fairness', other: 'Other DataComp tasks', aro: 'ARO',
};
const DATACOMP = ['imagenet', 'shifts', 'vtab', 'retrieval', 'wilds', 'fairness', 'other'];

/** Version × task as one table, its rows in families. */
export function matrixTable(matrix, route) {
  const columns = matrix.versions.length + 2;
  const everything = route.query.has('all');
  return h('section', {class: 'card'},
    h('h2', null, 'Every task, every version'),
    summary(matrix),
    pager(matrix),
    h('div', {class: 'scroll both', tabindex: '0', role: 'region', 'aria-label': 'Tasks by version'},
      h('table', {class: 'matrix'},
        h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Task'), matrix.versions.map((version) => head(matrix, version)), h('th', {scope: 'col'}, 'Best'))),
        matrix.averages.length > 0 && h('tbody', null, matrix.averages.map((average) => showAverage(matrix, average))),
        matrix.groups.map((group) => family(matrix, group, columns, everything, route)))),
    h('p', {class: 'small soft'}, 'Percent, with 95 % intervals (Wilson). Shading compares versions within a row. '
      + 'A task without data is N/A and is never counted as 0; a mean says how many tasks it covers; † marks a value measured on other data than the newest one.'));
}

function summary(matrix) {
  const rows = matrix.groups.filter((group) => DATACOMP.includes(group.family)).flatMap((group) => group.rows);
  if (rows.length === 0) return null;
  return h('p', {class: 'small soft'}, 'DataComp: ' + coverage(rows));
}

const isMeasured = (row) => row.cells.some((cell) => cell.value !== null);

function coverage(rows) {
  const measured = rows.filter(isMeasured).length;
  const why = new Map();
  for (const row of rows) {
    const cell = row.cells.find((candidate) => candidate.status === 'NOT_AVAILABLE');
    if (cell) why.set(cell.detail, (why.get(cell.detail) ?? 0) + 1);
  }
  const reasons = [...why].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([detail, count]) => detail + (why.size > 1 ? ' (' + count + ')' : ''));
  return measured + ' of ' + rows.length + ' tasks have results' + (reasons.length === 0 ? '.' : '; not available: ' + reasons.join('; ') + '.');
}

/** A family without any result is one line until somebody wants to see it. */
function family(matrix, group, columns, everything, route) {
  const open = everything || group.rows.some(isMeasured);
  const query = new URLSearchParams(route.query);
  query.set('all', '1');
  return h('tbody', {'data-family': group.family},
    h('tr', {class: 'family'}, h('th', {scope: 'rowgroup', colspan: open ? columns : 1}, TITLES[group.family] ?? group.family, h('span', {class: 'metric'}, number(group.rows.length) + (group.rows.length === 1 ? ' task' : ' tasks'),
      !open && [' · ', h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '?' + query}, 'show them')])),
    !open && [matrix.versions.map((version) => h('td', {class: version === matrix.main ? 'is-main' : null}, h('span', {class: 'na'}, 'N/A'), h('span', {class: 'visually-hidden'}, ' not available'))), h('td', null)]),
    open && [group.rows.map((row) => showRow(matrix, row)), group.averages.map((average) => showAverage(matrix, average))]);
}

const head = (matrix, version) => h('th', {scope: 'col', class: version === matrix.main ? 'is-main' : null},
  h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '/' + version}, 'v' + version), version === matrix.main && [' ', chip('main', 'main')]);

function showRow(matrix, row) {
  const values = row.cells.map((cell) => cell.value).filter((value) => value !== null);
  const low = Math.min(...values);
  const span = Math.max(0.02, Math.max(...values) - low);
  const suite = row.cells.find((cell) => cell.value !== null)?.suite;
  return h('tr', {class: values.length === 0 ? 'none' : null}, h('th', {scope: 'row'},
    values.length > 0 ? h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '?' + new URLSearchParams({task: row.task})}, breakable(row.task)) : breakable(row.task), ' ', h('span', {class: 'metric'}, row.metric)),
  row.cells.map((cell, i) => showCell(cell, matrix.versions[i] === matrix.main, values.length > 1 ? (cell.value - low) / span : 0, cell.suite !== suite)),
  h('td', {class: 'best'}, row.best && [h('span', {class: 'value'}, percent(row.best.value)), h('span', {class: 'range'}, h('a', {href: '#/versions/' + encodeURIComponent(matrix.model) + '/' + row.best.version}, 'v' + row.best.version))]));
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
  h('th', {scope: 'row'}, average.label),
  average.means.map((mean, i) => h('td', {class: matrix.versions[i] === matrix.main ? 'is-main' : null},
    mean.value === null ? h('span', {class: 'na'}, 'N/A') : h('span', {class: 'value'}, percent(mean.value)),
    mean.covered < average.tasks && h('span', {class: 'range'}, mean.covered + ' of ' + average.tasks))),
  h('td', null));
