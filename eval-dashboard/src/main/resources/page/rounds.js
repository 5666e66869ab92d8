import {h, number, patch, percent, short, table, time} from './dom.js';

const MOST = 50;

/** What each round did and cost: from the curves while it runs, from the manifest when its version is out. */
export function rounds(box, run, spent) {
  const known = new Map(run.rounds.map((round) => [round.round, {round: round.round, curve: round}]));
  for (const manifest of spent.filter(({model}) => model === run.model)) {
    known.set(manifest.round, {round: manifest.round, ...known.get(manifest.round), manifest});
  }
  const rows = [...known.values()].sort((a, b) => b.round - a.round).slice(0, MOST);
  if (rows.length === 0) return;
  patch(box, h('section', {class: 'card'}, h('h2', null, 'Rounds and what they cost'),
    table([
      ['Round', ({round}) => round],
      ['Version', ({manifest}) => manifest ? h('a', {href: '#/versions/' + encodeURIComponent(manifest.model) + '/' + manifest.version}, 'v' + manifest.version) : '–'],
      ['Steps', steps, true],
      ['Mean loss', ({curve}) => short(curve?.means.loss), true],
      ['New pairs', ({manifest}) => count(manifest?.pairsNew), true],
      ['Samples', ({manifest}) => count(manifest?.account.samples), true],
      ['Seconds', ({manifest, curve}) => count(manifest?.account.wallSeconds ?? curve?.seconds), true],
      ['CPU seconds', ({manifest}) => count(manifest?.account.cpuSeconds), true],
      ['GFLOP', ({manifest}) => count(manifest?.account.flops === undefined ? undefined : manifest.account.flops / 1e9), true],
      ['Cost', cost, true],
      ['Put aside', ({manifest}) => count(manifest?.skippedSteps), true],
      ['Samples by period', shares],
    ], rows, 'Rounds, newest first'),
    h('p', {class: 'small soft'}, 'Cost = wall hours × price of the machine + share of the reinforcement, with the prices of ', h('code', null, 'trainer.cost'), '; without prices it is 0. What training put aside: ', h('a', {href: '#/stream/rejected?stage=TRAIN'}, 'the refused pairs'), '. ',
      rows.some(({manifest}) => manifest) ? 'Newest version: ' : '', rows.find(({manifest}) => manifest) && time(rows.find(({manifest}) => manifest).manifest.created))));
}

const count = (value) => value === undefined || value === null ? '–' : number(value);

const steps = ({curve}) => curve ? h('span', {class: 'nowrap'}, number(curve.firstStep) + '–' + number(curve.lastStep)) : '–';

function cost({manifest}) {
  const account = manifest?.account;
  return account?.cost === undefined ? '–' : short(account.cost) + '\u00a0' + account.currency;
}

function shares({manifest}) {
  const entries = Object.entries(manifest?.shares ?? {});
  return entries.length === 0 ? '–' : entries.map(([period, share]) => h('div', {class: 'nowrap'}, period + ' ' + percent(share) + '\u00a0%'));
}
