import {getJson, h, patch} from './dom.js';
import {beside} from './beside.js';
import {taskCurve} from './curves.js';
import {decision} from './decision.js';
import {heatMap} from './heatmap.js';
import {matrixTable} from './matrix.js';
import {periods} from './periods.js';

export const title = 'Benchmarks';
export const parts = ['benchmarks', 'versions'];

/** #/benchmarks, #/benchmarks/MODEL/5, #/benchmarks/MODEL?task=…|before=…|all=1 */
export async function load(route) {
  const task = route.query.get('task');
  if (task !== null) {
    const [matrices, anchors] = await Promise.all([getJson('/api/v1/benchmarks?' + new URLSearchParams({limit: '1000', task})), getJson('/api/v1/anchors?' + new URLSearchParams({task}))]);
    return {matrices, anchors};
  }
  const newest = await table(route.query.get('before') ?? '0');
  const matrix = chosen(newest, route);
  if (!matrix || matrix.versions.length === 0) return {matrices: newest};
  // A decision further back than this window has a window of its own.
  const wanted = Number(route.path[1] ?? matrix.versions[0]);
  const matrices = matrix.versions.includes(wanted) ? newest : await table(String(wanted + 1));
  const model = new URLSearchParams({model: matrix.model});
  const many = matrix.older + matrix.newer > 0;
  const [eMatrix, side, map] = await Promise.all([getJson('/api/v1/periods?' + model), getJson('/api/v1/beside?' + model), many ? getJson('/api/v1/benchmarks/map?' + model) : null]);
  return {matrices, eMatrix, side, map};
}

const table = (before) => getJson('/api/v1/benchmarks?' + new URLSearchParams({limit: '20', before}));

const chosen = (matrices, route) => matrices.find((candidate) => candidate.model === route.path[0]) ?? matrices[0];

export function show(element, data, route) {
  const matrix = chosen(data.matrices, route);
  if (!matrix || matrix.versions.length === 0) {
    patch(element, h('h1', null, 'Benchmarks'), h('p', {class: 'empty'}, 'No version has been evaluated yet.'));
    return;
  }
  const task = route.query.get('task');
  if (task !== null) {
    const group = matrix.groups.find((candidate) => candidate.rows.some((row) => row.task === task));
    if (group) taskCurve(element, matrix, group, group.rows.find((row) => row.task === task), data.anchors);
    else patch(element, h('h1', null, task), h('p', {class: 'empty'}, 'This task has no results.'));
    return;
  }
  const version = route.path[1] === undefined ? undefined : Number(route.path[1]);
  patch(element,
    h('div', {class: 'head'}, h('h1', null, 'Benchmarks of ' + matrix.model), h('p', null, others(data.matrices, matrix), h('a', {href: '/api/v1/benchmarks.csv', download: true}, 'CSV'), ' · ', h('a', {href: '/api/v1/benchmarks?limit=1000'}, 'JSON'))),
    decision(matrix, version),
    heatMap(matrix.model, data.map),
    matrixTable(matrix, route),
    periods(matrix, data.eMatrix),
    beside(matrix.model, data.side));
  heatMap.draw?.();
}

const others = (matrices, shown) => matrices.filter((matrix) => matrix !== shown).map((matrix) =>
  [h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model)}, matrix.model), ' · ']);
