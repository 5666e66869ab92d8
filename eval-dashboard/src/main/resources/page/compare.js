import {chip, getJson, h, number, percent, signed, table} from './dom.js';
import {examples, load as loadExamples} from './flips.js';

export async function load(model, first, second, task) {
  const comparison = await getJson('/api/v1/compare?' + new URLSearchParams({model, first, second}));
  return {...comparison, task, examples: task === null ? null : await loadExamples(model, first, second, task)};
}

const points = (value) => value === null ? h('span', {class: 'na'}, 'N/A') : percent(value);

function change(task) {
  if (!task.sameSuite && task.first !== null && task.second !== null) return h('span', {class: 'na', title: 'measured on different data'}, 'other data');
  if (task.change === null) return h('span', {class: 'na'}, '–');
  return signed(task.change * 100);
}

const interval = ({low, high}) => low === null ? '' : h('span', {class: 'nowrap'}, signed(low * 100) + ' to ' + signed(high * 100));

function judged(task) {
  if (task.change === null) return '';
  const clear = task.paired?.p === undefined || task.paired?.p === null ? task.clear : task.paired.p < 0.05;
  return !clear ? chip('within noise') : task.change > 0 ? chip('better', 'good') : chip('worse', 'bad');
}

const flipped = ({paired}) => paired ? h('span', {class: 'nowrap', title: 'of ' + paired.shared + ' samples; McNemar p = ' + (paired.p ?? 1).toPrecision(2)}, '−' + number(paired.negative) + ' +' + number(paired.positive)) : '';

/** Two versions: how they were made, what they can do, what flipped. */
export function comparison(data, link) {
  const {model, first, second, tasks} = data;
  const measured = tasks.filter((task) => task.first !== null || task.second !== null);
  const here = link(model, first + '..' + second);
  return [
    h('div', {class: 'head'}, h('h1', null, model + ' v' + first + ' and v' + second),
      h('p', null, h('a', {href: link(model, first)}, 'v' + first), ' · ', h('a', {href: link(model, second)}, 'v' + second), ' · ', h('a', {href: link(model, second + '..' + first)}, 'other way round'), ' · ', h('a', {href: '#/versions'}, 'All versions'), ' · ',
        h('a', {href: '/api/v1/compare?' + new URLSearchParams({model, first, second})}, 'JSON'))),
    settings(data),
    h('section', {class: 'card'}, h('h2', null, 'What differs in what they can do'),
      measured.length === 0 ? h('p', {class: 'empty'}, 'Neither has been evaluated.') : table([
        ['Task', ({task}) => task.replace(/^local\//, '')],
        ['Metric', ({metric}) => metric],
        ['v' + first, (task) => points(task.first), true],
        ['v' + second, (task) => points(task.second), true],
        ['Change', change, true],
        ['95 % interval', interval, true],
        ['Verdict', judged],
        ['Samples −/+', flipped, true],
        ['Examples', ({task}) => h('a', {href: here + '?' + new URLSearchParams({task}), 'aria-label': 'Samples of ' + task + ' that flipped'}, 'show')],
      ], measured, 'Results of both versions'),
      h('p', {class: 'small soft'}, 'Percent and points. Intervals of changes (95 %, Newcombe) take the two measurements as independent; they were made on the same samples, so a change called better or worse is one. '
        + 'Where the evaluator compared sample by sample, McNemar’s exact test decides; −/+ are samples that became wrong or right.')),
    data.flips && h('section', {class: 'card'}, h('h2', null, 'Samples that flipped, all tasks'), h('dl', null,
      h('dt', null, 'Right to wrong'), h('dd', null, share(data.flips.negative, data.flips.shared)),
      h('dt', null, 'Wrong to right'), h('dd', null, share(data.flips.positive, data.flips.shared)))),
    data.examples && examples(data),
  ].filter(Boolean);
}

const share = (count, of) => number(count) + ' of ' + number(of) + ' (' + percent(of === 0 ? 0 : count / of) + ' %)';

const settings = ({first, second, configuration, same}) => h('section', {class: 'card'}, h('h2', null, 'What differs in how they were made'),
  configuration.length === 0 ? h('p', {class: 'empty'}, 'Nothing.') : table([
    ['Setting', ({name}) => name],
    ['v' + first, (row) => row.first ?? h('span', {class: 'na'}, 'none')],
    ['v' + second, (row) => row.second ?? h('span', {class: 'na'}, 'none')],
  ], configuration, 'Settings that differ'),
  h('p', {class: 'small soft'}, number(same) + ' settings are equal and not shown.'));
