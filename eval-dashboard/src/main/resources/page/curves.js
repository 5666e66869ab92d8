import {h, percent} from './dom.js';
import {figure} from './charts.js';

let known = null;

/** One task's values over versions with their 95 % band; values of another suite are a line of their own. */
export function taskCurve(element, matrix, group, row, anchors) {
  const id = 'chart-task-' + matrix.model + '-' + row.task;
  const bySuite = new Map();
  row.cells.map((cell, i) => ({version: matrix.versions[i], ...cell})).filter((cell) => cell.value !== null).reverse()
    .forEach((cell) => bySuite.set(cell.suite, [...bySuite.get(cell.suite) ?? [], cell]));
  const series = [...bySuite].map(([suite, cells]) => ({
    name: row.metric + (bySuite.size > 1 ? ', suite ' + suite.slice(0, 8) : ''),
    points: cells.map((cell) => [cell.version, cell.value * 100]),
    band: cells.filter((cell) => cell.low !== null).map((cell) => [cell.version, cell.low * 100, cell.high * 100]),
  }));
  const newest = row.cells.find((cell) => cell.value !== null);
  const versions = row.cells.map((cell, i) => cell.value === null ? null : matrix.versions[i]).filter((version) => version !== null);
  const levels = anchors.map(({name, value}) => ({name: name + ' (published)', level: true, points: [[Math.min(...versions), value * 100], [Math.max(...versions), value * 100]]}));
  const note = newest ? 'newest ' + percent(newest.value) + ' %, with 95 % intervals, ' + newest.samples + ' samples' : 'no values';
  if (known?.element.isConnected && known.id === id) {
    known.chart.update([...series, ...levels], [], note);
    return;
  }
  known?.chart.destroy();
  const chart = figure(id, row.task.replace(/^local\//, ''), note, 'version', [...series, ...levels], []);
  element.replaceChildren(
    h('div', {class: 'head'}, h('h1', null, row.task.replace(/^local\//, '') + ' over versions'),
      h('p', null, h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model)}, 'All benchmarks of ' + matrix.model))),
    chart.element,
    h('p', {class: 'small soft'}, anchors.length > 0 ? 'Dotted: published results on the same task, from ' + anchors[0].source.split(' (')[0] + '.' : 'No published results are known for this task.'));
  known = {id, element: chart.element, chart};
}
