import {h} from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const STEP = 74;
const LANE = 46;
const MOST = 40;

function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A version goes on in its parent's lane; a second child of the same parent begins a lane of its own. */
function lanes(versions) {
  const lane = new Map();
  const continued = new Set();
  let free = 0;
  for (const {version, parent} of versions) {
    if (lane.has(parent) && !continued.has(parent)) {
      lane.set(version, lane.get(parent));
      continued.add(parent);
    } else {
      lane.set(version, free++);
    }
  }
  return {lane, count: free};
}

/** The newest versions of a model from left to right, each linked with its parent. The table has the same as text. */
export function lineage({model, versions}, link) {
  const shown = versions.slice(0, MOST).reverse();
  if (shown.length < 2) return null;
  const {lane, count} = lanes(shown);
  const x = new Map(shown.map(({version}, i) => [version, 28 + i * STEP]));
  const y = (version) => 26 + lane.get(version) * LANE;
  const svg = s('svg', {width: 56 + (shown.length - 1) * STEP, height: 26 + count * LANE, class: 'lineage', role: 'group', 'aria-label': 'Lineage of ' + model});
  for (const {version, parent} of shown) {
    if (!x.has(parent)) continue;
    const [x1, y1, x2, y2] = [x.get(parent), y(parent), x.get(version), y(version)];
    svg.append(s('path', {d: `M${x1} ${y1}C${x1 + STEP / 2} ${y1} ${x2 - STEP / 2} ${y2} ${x2} ${y2}`}));
  }
  for (const {version, aliases, promoted, round} of shown) {
    const kind = aliases.includes('main') ? 'main' : promoted === false ? 'bad' : '';
    const anchor = s('a', {href: link(model, version), 'aria-label': `v${version}, round ${round}${aliases.length ? ', ' + aliases.join(', ') : ''}${promoted === false ? ', not promoted' : ''}`},
      s('circle', {cx: x.get(version), cy: y(version), r: 7, class: kind}),
      s('text', {x: x.get(version), y: y(version) + 22}, 'v' + version));
    if (aliases.length > 0) anchor.append(s('text', {x: x.get(version), y: y(version) - 12, class: 'alias'}, aliases.includes('main') ? 'main' : aliases[0]));
    svg.append(anchor);
  }
  return h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Lineage of ' + model}, svg);
}
