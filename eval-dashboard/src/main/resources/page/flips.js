import {getJson, h, number} from './dom.js';

/** Samples of one task that two versions answer differently; a reason in words where there are none. */
export async function load(model, first, second, task) {
  try {
    return await getJson('/api/v1/flips?' + new URLSearchParams({model, first, second, task}));
  } catch (error) {
    return {trouble: error.message};
  }
}

export function examples({task, first, second, examples}) {
  const name = task.replace(/^local\//, '');
  if (examples.trouble) {
    return h('section', {class: 'card', id: 'examples'}, h('h2', null, 'Samples of ' + name), h('p', {class: 'empty'}, examples.trouble));
  }
  const {flips, pictures} = examples;
  return h('section', {class: 'card', id: 'examples'},
    h('h2', null, 'Samples of ' + name + ' that flipped'),
    !pictures && h('p', {class: 'small soft'}, 'The data set is not on this machine, so the samples have no pictures here.'),
    h('h3', null, 'Right in v' + first + ', wrong in v' + second + ': ' + number(flips.negativeCount) + ' of ' + number(flips.shared)),
    list(task, flips.negative, pictures),
    h('h3', null, 'Wrong in v' + first + ', right in v' + second + ': ' + number(flips.positiveCount) + ' of ' + number(flips.shared)),
    list(task, flips.positive, pictures));
}

function list(task, flips, pictures) {
  if (flips.length === 0) return h('p', {class: 'empty'}, 'None.');
  return h('ul', {class: 'flips'}, flips.map((flip) => h('li', null,
    pictures && h('img', {src: '/api/v1/evaluation/image?' + new URLSearchParams({task, key: flip.key}), alt: 'Sample ' + flip.key, width: 96, height: 96, loading: 'lazy'}),
    h('div', {class: 'small'}, h('code', null, flip.key), flip.part && ' by its ' + flip.part,
      flip.label && h('div', {dir: 'auto'}, 'is ', h('b', null, flip.label)),
      (flip.before || flip.after) && h('div', {dir: 'auto'}, (flip.before ?? '?') + ' → ' + (flip.after ?? '?'))))));
}
