import {h, percent} from './dom.js';
import {figure} from './charts.js';

let known = null;

/** One task's values over versions with their 95 % band; values of another suite are a line of their own. */
export function taskCurve(element, matrix, group, row) {
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
  const note = newest ? 'newest ' + percent(newest.value) + ' %, with 95 % intervals, ' + newest.samples + ' samples' : 'no values';
  if (known?.element.isConnected && known.id === id) {
    known.chart.update(series, [], note);
    return;
  }
  known?.chart.destroy();
  const chart = figure(id, row.task.replace(/^local\//, ''), note, 'version', series, []);
  element.replaceChildren(
    h('div', {class: 'head'}, h('h1', null, row.task.replace(/^local\//, '') + ' over versions'),
      h('p', null, h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model)}, 'All benchmarks of ' + matrix.model))),
    chart.element);
  known = {id, element: chart.element, chart};
}
