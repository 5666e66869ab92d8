import {chip, h, time} from './dom.js';

export const aliases = (version) => (version.aliases.length > 0 || version.retired) && h('span', {class: 'chips'}, version.aliases.map((alias) => chip(alias, alias === 'main' ? 'main' : null)), version.retired && chip('retired', 'bad'));

export const verdict = (version) => version.promoted === null ? chip('not decided yet', 'wait') : version.promoted ? chip('promoted', 'good') : chip('not promoted', 'bad');

/** Moves of aliases, newest first. */
export const history = (moves, main) => h('ul', {class: 'synthetic'}, moves.map((move) => h('li', null,
  h('span', null, chip(move.alias, move.alias === main ? 'main' : null), (move.previous === null ? ' set to v' : ' from v' + move.previous + ' to v') + move.version + ' by ' + move.actor + ': ' + move.reason), time(move.time))));
