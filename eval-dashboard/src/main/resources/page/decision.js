import {h, number, percent, signed} from './dom.js';

/** Whether a version became main, by which rule, and the figures behind it. */
export function decision(matrix, wanted) {
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
    h('p', {class: 'small'}, verdict.against > 0 && [h('a', {href: versions(matrix.model, verdict.against + '..' + verdict.version)}, 'Why: settings and samples of v' + verdict.against + ' and v' + verdict.version), ' · '],
      h('a', {href: versions(matrix.model, verdict.version)}, 'v' + verdict.version)),
    matrix.decisions.length > 1 && h('p', {class: 'small soft'}, 'Other decisions: ', matrix.decisions.filter((other) => other !== verdict).slice(0, 12).map((other, i) =>
      [i > 0 && ', ', h('a', {href: '#/benchmarks/' + encodeURIComponent(matrix.model) + '/' + other.version}, 'v' + other.version), other.promoted ? ' promoted' : ' not promoted'])));
}

const versions = (model, what) => '#/versions/' + encodeURIComponent(model) + '/' + what;

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
