import {getJson, h, number, short, time} from './dom.js';
import {figure} from './charts.js';
import {curve, SMOOTHING} from './smoothing.js';
import {rounds} from './rounds.js';

export const title = 'Training';
export const parts = ['training', 'versions', 'benchmarks'];

/** id, title, names of the series (a trailing * takes all that begin so), what they are called. */
const FIGURES = [
  ['loss', 'Loss', ['loss', 'lossClip', 'lossDistill', 'loss*'], {loss: 'total', lossClip: 'contrastive', lossDistill: 'distillation'}],
  ['rate', 'Learning rate', ['learningRate'], {learningRate: 'learning rate'}],
  ['gradient', 'Gradient norm', ['gradientNorm'], {gradientNorm: 'norm before clipping'}],
  ['scale', 'Logit scale', ['logitScale'], {logitScale: 'logit scale'}],
  ['speed', 'Speed', ['samplesPerSecond'], {samplesPerSecond: 'samples a second'}],
  ['phases', 'Where the time goes, seconds a step', ['stepSeconds', 'dataSeconds', 'otherSeconds'], {stepSeconds: 'computing', dataSeconds: 'waiting for data', otherSeconds: 'other'}],
  ['work', 'Arithmetic', ['gflopsPerSecond'], {gflopsPerSecond: 'GFLOP a second'}],
  ['utilisation', 'Share of what the machine can do', ['utilisation'], {utilisation: 'share'}],
  ['replay', 'Rehearsed pairs, share of the batch', ['replayShare', 'replayShare*'], {replayShare: 'all periods'}],
  ['ages', 'Age of the pairs in a batch, days', ['batchAgeMean', 'batchAgeOldest'], {batchAgeMean: 'on average', batchAgeOldest: 'the oldest'}],
  ['quarantined', 'Batches put aside', ['quarantined'], {quarantined: 'since the start'}],
];

let figures = new Map();

export async function load() {
  const [training, matrices] = await Promise.all([getJson('/api/v1/training'), getJson('/api/v1/benchmarks?limit=200&family=holdout')]);
  return {...training, matrices};
}

export function show(element, {runs, rounds: spent, matrices}, route) {
  const run = runs.find((candidate) => candidate.run === route.path[0]) ?? runs[0];
  if (!element.firstChild) {
    figures.forEach((chart) => chart.destroy());
    figures = new Map();
    element.append(h('div', {class: 'head'}, h('h1', null, 'Training'), h('p', {id: 'training-note'})), h('div', {id: 'training-runs', class: 'filters'}), h('div', {id: 'charts', class: 'charts'}), h('div', {id: 'training-rounds'}), h('div', {id: 'training-last'}));
  }
  const note = document.getElementById('training-note');
  if (!run) {
    note.replaceChildren('No step has been made yet. Training starts when enough pairs are reinforced.');
  } else {
    note.replaceChildren(run.model + ', round ' + run.round + ', step ' + number(run.lastStep) + ', last heard of ', time(run.time), ' · ', h('a', {href: '/api/v1/training.csv', download: true}, 'CSV'), ' · ', h('a', {href: '/api/v1/training'}, 'JSON'));
    choose(runs, run, route);
    draw(run, route);
    const box = document.getElementById('training-rounds');
    rounds(box, run, spent);
    others(run);
  }
  for (const matrix of matrices) recall(matrix);
}

/** Names of a figure's series that the run has. */
function named(run, wanted) {
  const names = wanted.flatMap((name) => name.endsWith('*') ? Object.keys(run.series).filter((known) => known.startsWith(name.slice(0, -1))) : run.series[name] ? [name] : []);
  return [...new Set(names)];
}

const called = (name, labels) => labels[name] ?? name.replace(/^(replayShare|loss)[.:]?/, '').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

function draw(run, route) {
  const byRound = route.query.get('over') === 'rounds';
  for (const [id, name, wanted, labels] of FIGURES) {
    const keys = named(run, wanted);
    const series = keys.map((key) => byRound ? overRounds(called(key, labels), key, run) : curve(called(key, labels), run.series[key], Number(route.query.get('smooth') ?? 0))).filter(({points}) => points.length > 0);
    if (series.length > 0) put('chart-' + id, name, keys.map((key) => run.last[key]).filter((value) => value !== undefined).map(short).join(' · '), byRound ? 'round' : 'step', series, byRound ? [] : run.published);
  }
}

const overRounds = (name, key, run) => ({name, points: run.rounds.filter(({means}) => means[key] !== undefined).map(({round, means}) => [round, means[key]])});

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
  const select = (name, choices, chosen) => h('select', {name}, choices.map(([text, value]) => h('option', {value, selected: String(value) === chosen}, text)));
  const names = select('run', runs.map((candidate) => [candidate.run, candidate.run]), run.run);
  const over = select('over', [['steps', 'steps'], ['rounds (means)', 'rounds']], route.query.get('over') ?? 'steps');
  const weights = select('smooth', SMOOTHING, route.query.get('smooth') ?? '0');
  for (const one of [names, over, weights]) {
    one.addEventListener('change', () => {
      const query = new URLSearchParams();
      if (weights.value !== '0') query.set('smooth', weights.value);
      if (over.value !== 'steps') query.set('over', over.value);
      const text = query.toString();
      location.hash = '#/training/' + encodeURIComponent(names.value) + (text ? '?' + text : '');
    });
  }
  box.replaceChildren(runs.length > 1 ? h('label', null, 'Run', names) : '', h('label', null, 'Over', over), h('label', null, 'Smoothing', weights));
}

function others(run) {
  const used = new Set(FIGURES.flatMap(([, , wanted]) => named(run, wanted)));
  const rest = Object.entries(run.last).filter(([name]) => !used.has(name));
  document.getElementById('training-last').replaceChildren(...(rest.length === 0 ? [] : [h('section', {class: 'card'}, h('h2', null, 'Also at the last step'),
    h('dl', null, rest.map(([name, value]) => [h('dt', null, name), h('dd', null, short(value))])))]));
}

/** Results on held-out pairs over versions, with their 95 % intervals. */
function recall(matrix) {
  const series = matrix.groups.flatMap((group) => group.rows).map((row) => {
    const cells = row.cells.map((cell, i) => ({x: matrix.versions[i], ...cell})).filter((cell) => cell.value !== null).reverse();
    return {name: row.task + ' ' + row.metric, points: cells.map((cell) => [cell.x, cell.value * 100]), band: cells.filter((cell) => cell.low !== null).map((cell) => [cell.x, cell.low * 100, cell.high * 100])};
  }).filter(({points}) => points.length > 0).slice(0, 5);
  if (series.length > 0) put('chart-results-' + matrix.model, 'Held-out pairs of the stream, ' + matrix.model, 'percent, with 95 % intervals', 'version', series, []);
}
