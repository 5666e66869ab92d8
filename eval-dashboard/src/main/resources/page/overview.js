import {ago, chip, h, number, patch, short, table, words} from './dom.js';

export const title = 'Overview';
export const parts = ['flow', 'stream', 'versions', 'benchmarks', 'training'];

export const load = async (route, overview) => overview;

export function show(element, data) {
  patch(element,
    h('h1', null, headline(data)),
    h('div', {role: 'status'}, troubles(data)),
    h('div', {class: 'columns'},
      h('div', {class: 'stack'}, newest(data), rejections(data)),
      h('div', {class: 'stack'}, roles(data), links(data))));
}

function headline({troubles, live}) {
  const serious = troubles.filter((trouble) => trouble.serious).length;
  if (serious > 0) return serious === 1 ? 'One thing needs you' : serious + ' things need you';
  if (!live) return 'Reading the past of the stream';
  return troubles.length === 0 ? 'Everything is well' : 'Running, with something to look at';
}

const troubles = ({troubles}) => troubles.map((trouble) =>
  h('p', {class: trouble.serious ? 'notice bad' : 'notice'}, h('strong', null, trouble.what), trouble.next));

function newest({newest}) {
  const body = newest.length === 0
    ? h('p', {class: 'empty'}, 'No version has been published yet. The first one follows the first round of training.')
    : newest.map((item) => h('div', null,
      h('p', {class: 'lead'}, sentence(item)),
      h('p', {class: 'small'}, h('a', {href: '#/benchmarks/' + encodeURIComponent(item.model) + '/' + item.version}, 'On what, and by how much'), ' · ',
        item.main !== null && item.main !== item.version && [h('a', {href: '#/versions/' + encodeURIComponent(item.model) + '/' + item.main + '..' + item.version}, 'Why: v' + item.version + ' beside v' + item.main), ' · '],
        h('a', {href: '#/versions/' + encodeURIComponent(item.model) + '/' + item.version}, 'Get it'))));
  return h('section', {class: 'card'}, h('h2', null, 'Is the newest model better?'), body);
}

function sentence({model, version, main, promoted, text}) {
  const name = model + ' v' + version;
  if (promoted === null) {
    return name + ' is being evaluated' + (main ? '; main is v' + main + '.' : '; there is no main yet.');
  }
  return name + ' was ' + text.replace(/\.$/, '') + '.';
}

const roles = ({roles}) => h('section', {class: 'card'}, h('h2', null, 'Is it healthy?'),
  roles.length === 0 ? h('p', {class: 'empty'}, 'No role has reported yet.') : [table([
    ['Role', (role) => role.name],
    ['State', (role) => role.ageSeconds > 15 ? chip('silent', 'bad') : role.healthy ? chip('ready', 'good') : chip('not ready', 'wait')],
    ['Last report', (role) => ago(role.ageSeconds)],
    ['Metrics', (role) => role.metrics ? h('a', {href: role.metrics, rel: 'noreferrer', 'aria-label': 'Metrics of ' + role.name}, '/metrics') : '–'],
  ], roles, 'Roles and their health'),
  roles.filter((role) => role.detail).map((role) => h('p', {class: 'small'}, h('b', null, role.name), ': ' + role.detail)),
  h('details', null, h('summary', null, 'Their last figures'), roles.map((role) => [h('h3', null, role.name), figures(role.figures)]))]);

function figures(figures) {
  const entries = Object.entries(figures);
  if (entries.length === 0) return h('p', {class: 'empty'}, 'none reported');
  return h('dl', {class: 'figures'}, entries.map(([name, value]) => [h('dt', null, name.replace(/^everclip\./, '')), h('dd', null, short(value))]));
}

function rejections({counts}) {
  const reasons = Object.entries(counts.reasons).sort((a, b) => b[1] - a[1]);
  const most = reasons.length === 0 ? 1 : reasons[0][1];
  return h('section', {class: 'card'}, h('h2', null, 'What was thrown away, by reason'),
    reasons.length === 0 ? h('p', {class: 'empty'}, 'Nothing has been rejected.')
      : h('ul', {class: 'bars'}, reasons.map(([reason, count]) => h('li', null,
        h('a', {href: '#/stream/rejected?reason=' + encodeURIComponent(reason)},
          h('span', null, words(reason)), h('span', null, number(count)),
          h('span', {class: 'track', 'aria-hidden': 'true'}, h('span', {class: 'fill', '--share': String(count / most)})))))),
    counts.deleted > 0 && h('p', {class: 'small soft'}, number(counts.deleted) + ' pairs were deleted on request.'));
}

const links = ({links}) => h('section', {class: 'card'}, h('h2', null, 'Elsewhere'),
  h('p', null, Object.entries(links).map(([name, href], i) => [i > 0 && ' · ', h('a', {href, rel: 'noreferrer'}, name)]), ' · ', h('a', {href: '/api/v1/overview'}, 'This page as JSON')));
