import {h, number} from './dom.js';

/** How many versions a window leaves out, as links. */
export function pager(matrix) {
  if (matrix.older + matrix.newer === 0) return null;
  const base = '#/benchmarks/' + encodeURIComponent(matrix.model);
  return h('p', {class: 'small pager'},
    matrix.newer > 0 && h('a', {href: base}, 'Newest'),
    matrix.newer > 0 && h('a', {href: base + '?before=' + (matrix.versions[0] + matrix.versions.length + 1)}, 'Newer (' + number(matrix.newer) + ')'),
    h('span', null, 'v' + matrix.versions.at(-1) + ' to v' + matrix.versions[0] + ' of ' + number(matrix.older + matrix.newer + matrix.versions.length)),
    matrix.older > 0 && h('a', {href: base + '?before=' + matrix.versions.at(-1)}, 'Older (' + number(matrix.older) + ')'));
}
