import {h, number, patch, table, time, words} from './dom.js';
import {outcomeOf, sendAgain} from './redrive.js';

let listed = [];
let told = '';

/** Where refusals are listed; its buttons send raw records again. */
export function box() {
  told = '';
  const list = h('div', {id: 'rejections', class: 'card'});
  list.addEventListener('click', async (event) => {
    const button = event.target.closest('button[data-again]');
    if (!button) return;
    const positions = button.dataset.again === 'all' ? listed.map(({position}) => position) : [button.dataset.again];
    told = await sendAgain(positions);
    draw(list);
  });
  return list;
}

export function show(page) {
  listed = page.items;
  draw(document.getElementById('rejections'));
}

const mayGoAgain = ({stage}) => stage === 'GATE' || stage === 'FETCH';

function draw(list) {
  if (listed.length === 0) {
    patch(list, h('p', {class: 'empty'}, 'Nothing has been rejected.'));
    return;
  }
  patch(list,
    h('p', {class: 'small soft'}, 'Raw records are kept: after the cause is gone they can be offered to the gate once more. '
      + 'Pairs that only reinforcement or training put aside go again by: ', h('code', null, './everclip reconcile --redrive')),
    h('p', null, h('button', {type: 'button', 'data-again': 'all'}, 'Send all ' + listed.length + ' listed again')),
    h('p', {id: 'redrive-status', role: 'status'}, told),
    table([
      ['Reason', (pair) => h('span', {title: pair.reason}, words(pair.reason))],
      ['Why', (pair) => h('span', {class: 'why', dir: 'auto'}, pair.detail, pair.duplicateOf && [' (first: ', h('code', null, pair.duplicateOf.slice(0, 12)), ')'])],
      ['Source', (pair) => h('span', {class: 'source', dir: 'auto'}, pair.source ?? '–')],
      ['By', (pair) => words(pair.stage)],
      ['Size', (pair) => number(pair.sizeBytes) + '\u00a0B', true],
      ['When', (pair) => time(pair.time)],
      ['Raw record', (pair) => [h('code', {class: 'nowrap'}, pair.position), pair.head && h('details', null, h('summary', null, 'first bytes'), h('code', null, pair.head))]],
      ['Again', again],
    ], listed, 'Rejected pairs, newest first'));
}

function again(pair) {
  const outcome = outcomeOf(pair.position);
  if (outcome) return h('span', {class: 'small'}, outcome);
  return mayGoAgain(pair) ? h('button', {type: 'button', class: 'nowrap', 'data-again': pair.position, 'aria-label': 'Send ' + pair.position + ' again'}, 'Send again') : '–';
}
