import {chip, h, number, percent, signed, table} from './dom.js';

const points = (value) => value === null ? h('span', {class: 'na'}, 'N/A') : percent(value);

function change(task) {
  if (!task.sameSuite && task.first !== null && task.second !== null) return h('span', {class: 'na', title: 'measured on different data'}, 'other data');
  if (task.change === null) return h('span', {class: 'na'}, '–');
  return signed(task.change * 100);
}

const judged = (task) => task.change === null ? '' : !task.clear ? chip('within noise') : task.change > 0 ? chip('better', 'good') : chip('worse', 'bad');

/** Two versions: how they were made, what they can do, what flipped. */
export function comparison({model, first, second, configuration, same, tasks, flips}, link) {
  const measured = tasks.filter((task) => task.first !== null || task.second !== null);
  return [
    h('div', {class: 'head'}, h('h1', null, model + ' v' + first + ' and v' + second),
      h('p', null, h('a', {href: link(model, first)}, 'v' + first), ' · ', h('a', {href: link(model, second)}, 'v' + second), ' · ', h('a', {href: '#/versions'}, 'All versions'))),
    h('section', {class: 'card'}, h('h2', null, 'What differs in how they were made'),
      configuration.length === 0 ? h('p', {class: 'empty'}, 'Nothing.') : table([
        ['Setting', ({name}) => name],
        ['v' + first, (row) => row.first ?? h('span', {class: 'na'}, 'none')],
        ['v' + second, (row) => row.second ?? h('span', {class: 'na'}, 'none')],
      ], configuration, 'Settings that differ'),
      h('p', {class: 'small soft'}, number(same) + ' settings are equal.')),
    h('section', {class: 'card'}, h('h2', null, 'What differs in what they can do'),
      measured.length === 0 ? h('p', {class: 'empty'}, 'Neither has been evaluated.') : table([
        ['Task', ({task}) => task.replace(/^local\//, '')],
        ['Metric', ({metric}) => metric],
        ['v' + first, (task) => points(task.first), true],
        ['v' + second, (task) => points(task.second), true],
        ['Change', change, true],
        ['95 % interval', (task) => task.low === null ? '' : signed(task.low * 100) + ' to ' + signed(task.high * 100), true],
        ['Verdict', judged],
      ], measured, 'Results of both versions'),
      h('p', {class: 'small soft'}, 'Percent and points. Intervals of changes (95 %, Newcombe) take the two measurements as independent; they were made on the same samples, so a change called better or worse is one.')),
    flips && h('section', {class: 'card'}, h('h2', null, 'Samples that flipped'), h('dl', null,
      h('dt', null, 'Right to wrong'), h('dd', null, number(flips.negative) + ' of ' + number(flips.shared) + ' (' + percent(flips.negative / flips.shared) + ' %)'),
      h('dt', null, 'Wrong to right'), h('dd', null, number(flips.positive) + ' of ' + number(flips.shared) + ' (' + percent(flips.positive / flips.shared) + ' %)'))),
  ];
}
