import {getJson, h, number, short, time} from './dom.js';
import {figure} from './charts.js';

export const title = 'Training';
export const parts = ['training', 'benchmarks'];

const FIGURES = [
  ['loss', 'Loss', ['loss', 'lossClip', 'lossDistill'], {loss: 'total', lossClip: 'contrastive', lossDistill: 'distillation'}],
  ['rate', 'Learning rate', ['learningRate'], {learningRate: 'learning rate'}],
  ['gradient', 'Gradient norm', ['gradientNorm'], {gradientNorm: 'norm before clipping'}],
  ['scale', 'Logit scale', ['logitScale'], {logitScale: 'logit scale'}],
  ['speed', 'Speed', ['samplesPerSecond'], {samplesPerSecond: 'samples a second'}],
  ['phases', 'Where the time goes', ['stepSeconds', 'dataSeconds', 'otherSeconds'], {stepSeconds: 'step, seconds', dataSeconds: 'waiting for data', otherSeconds: 'other'}],
  ['work', 'Arithmetic', ['gflopsPerSecond'], {gflopsPerSecond: 'GFLOP a second'}],
  ['replay', 'Share of rehearsed pairs', ['replayShare'], {replayShare: 'share of the batch'}],
  ['quarantined', 'Batches put aside', ['quarantined'], {quarantined: 'batches since the start'}],
];
const SMOOTHING = [['none', 0], ['a little', 0.6], ['more', 0.9], ['strong', 0.97]];
const USED = new Set(FIGURES.flatMap(([, , names]) => names));

let figures = new Map();

export async function load() {
  const [runs, matrices] = await Promise.all([getJson('/api/v1/training'), getJson('/api/v1/benchmarks?limit=200')]);
  return {runs, matrices};
}

export function show(element, {runs, matrices}, route) {
  const run = runs.find((candidate) => candidate.run === route.path[0]) ?? runs[0];
  if (!element.firstChild) {
    figures.forEach((chart) => chart.destroy());
    figures = new Map();
    element.append(h('div', {class: 'head'}, h('h1', null, 'Training'), h('p', {id: 'training-note'})), h('div', {id: 'training-runs', class: 'filters'}), h('div', {id: 'charts', class: 'charts'}), h('div', {id: 'training-last'}));
  }
  const note = document.getElementById('training-note');
  if (!run) {
    note.replaceChildren('No step has been made yet. Training starts when enough pairs are reinforced.');
  } else {
    note.replaceChildren(run.model + ', round ' + run.round + ', step ' + number(run.lastStep) + ', last heard of ', time(run.time), ' · ', h('a', {href: '/api/v1/training.csv', download: true}, 'CSV'), ' · ', h('a', {href: '/api/v1/training'}, 'JSON'));
    choose(runs, run, route);
    for (const [id, name, keys, labels] of FIGURES) {
      const series = keys.filter((key) => run.series[key]).map((key) => curve(labels[key], run.series[key], Number(route.query.get('smooth') ?? 0)));
      if (series.length > 0) put('chart-' + id, name, keys.map((key) => run.last[key]).filter((value) => value !== undefined).map(short).join(' · '), 'step', series, run.published);
    }
    others(run);
  }
  for (const matrix of matrices) recall(matrix);
}

/** Exponential moving average without the bias of its beginning, as other boards smooth. */
function curve(name, {steps, values}, weight) {
  const raw = steps.map((step, i) => [step, values[i]]);
  if (!(weight > 0 && weight < 1)) return {name, points: raw};
  let mean = 0;
  let share = 0;
  return {name, raw, points: raw.map(([step, value]) => {
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return [step, mean / share];
  })};
}

function put(id, name, note, xName, series, at) {
  const known = figures.get(id);
  if (known) {
    known.update(series, at, note);
    return;
  }
  const made = figure(id, name, note, xName, series, at);
  figures.set(id, made);
  document.getElementById('charts').append(made.element);
}

function choose(runs, run, route) {
  const box = document.getElementById('training-runs');
  if (box.contains(document.activeElement)) return;
  const smooth = route.query.get('smooth') ?? '0';
  const names = h('select', {name: 'run'}, runs.map((candidate) => h('option', {value: candidate.run, selected: candidate === run}, candidate.run)));
  const weights = h('select', {name: 'smooth'}, SMOOTHING.map(([name, weight]) => h('option', {value: weight, selected: String(weight) === smooth}, name)));
  for (const select of [names, weights]) {
    select.addEventListener('change', () => {
      location.hash = '#/training/' + encodeURIComponent(names.value) + (weights.value === '0' ? '' : '?smooth=' + weights.value);
    });
  }
  box.replaceChildren(runs.length > 1 ? h('label', null, 'Run', names) : '', h('label', null, 'Smoothing', weights));
}

function others(run) {
  const rest = Object.entries(run.last).filter(([name]) => !USED.has(name));
  document.getElementById('training-last').replaceChildren(...(rest.length === 0 ? [] : [h('section', {class: 'card'}, h('h2', null, 'Also at the last step'),
    h('dl', null, rest.map(([name, value]) => [h('dt', null, name), h('dd', null, short(value))])))]));
}

/** Results over versions, with their 95 % intervals. */
function recall(matrix) {
  const series = matrix.groups.flatMap((group) => group.rows).map((row) => {
    const cells = row.cells.map((cell, i) => ({x: matrix.versions[i], ...cell})).filter((cell) => cell.value !== null).reverse();
    return {name: row.task + ' ' + row.metric, points: cells.map((cell) => [cell.x, cell.value * 100]), band: cells.map((cell) => [cell.x, cell.low * 100, cell.high * 100])};
  }).filter(({points}) => points.length > 0).slice(0, 5);
  if (series.length > 0) put('chart-results-' + matrix.model, 'Results of ' + matrix.model, 'percent, with 95 % intervals', 'version', series, []);
}
