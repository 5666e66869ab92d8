import {answer, getJson, h, number} from './dom.js';
import {card, key, reachable} from './sample.js';

/** The picture that was chosen last; it never leaves this page but for the query. */
let picture = null;

/** Where one says what to look for; a picture may also be dropped on it. */
export function form(text) {
  const input = h('input', {type: 'search', name: 'text', value: text, maxlength: '1000', placeholder: 'a red car in the rain', 'aria-label': 'Search the stream for a text', dir: 'auto'});
  const file = h('input', {type: 'file', accept: 'image/*', 'aria-label': 'Search the stream for a picture'});
  const byPicture = (chosen) => {
    if (!chosen) return;
    picture = chosen;
    location.hash = '#/stream/search?' + new URLSearchParams({picture: chosen.name, at: String(chosen.lastModified)});
  };
  const element = h('form', {class: 'filters search', role: 'search'}, input, h('button', {type: 'submit'}, 'Search'), h('label', null, 'or by a picture', file));
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value.trim()) location.hash = '#/stream/search?' + new URLSearchParams({text: input.value.trim()});
  });
  file.addEventListener('change', () => byPicture(file.files[0]));
  element.addEventListener('dragover', (event) => event.preventDefault());
  element.addEventListener('drop', (event) => {
    event.preventDefault();
    byPicture(event.dataTransfer.files[0]);
  });
  return element;
}

export async function load(route) {
  const text = route.query.get('text');
  const space = route.query.get('space');
  const query = new URLSearchParams(space ? {space} : {});
  if (text !== null) {
    query.set('text', text);
    return getJson('/api/v1/search?' + query);
  }
  if (picture === null) return null;
  return answer(await fetch('/api/v1/search?' + query, {method: 'POST', headers: {'Content-Type': picture.type || 'image/unknown'}, body: picture}));
}

export function show(element, found, route) {
  const text = route.query.get('text') ?? '';
  if (!element.firstChild) {
    element.append(h('div', {class: 'head'}, h('h1', null, 'Search the stream'), h('p', null, h('a', {href: '#/stream'}, 'All pairs'))), form(text),
      h('p', {id: 'search-note', class: 'small soft', role: 'status'}), h('ul', {id: 'search-spaces', class: 'tabs', 'aria-label': 'Spaces'}), h('ul', {id: 'samples', class: 'samples'}));
  }
  const note = document.getElementById('search-note');
  const list = document.getElementById('samples');
  if (found === null) {
    note.textContent = 'Choose the picture again: it is not kept in the address.';
    return;
  }
  note.textContent = said(found, text || route.query.get('picture'), route.query.get('space'));
  spaces(found, route);
  const known = new Map([...list.children].filter((item) => item.dataset.key).map((item) => [item.dataset.key, item]));
  list.replaceChildren(...found.hits.map((hit) => known.get(key(hit.sample)) ?? card(hit.sample, false, similarities(hit))));
  if (found.hits.length === 0) list.append(h('li', {class: 'empty'}, 'No reinforced pair is kept yet.'));
  reachable(list);
}

function said({spaces, kept, gone}, what, space) {
  const searched = spaces.filter(({trouble}) => trouble === '');
  return 'Nearest to “' + what + '” among ' + number(kept) + ' pairs, by the cosine with the mean of their stored views, in the space of '
    + searched.map(({id, searched}) => id + ' (' + number(searched) + ' vectors)').join(' and of ') + '. '
    + (searched.length > 1 && !space ? 'Ordered by both ranks (reciprocal rank fusion): cosines of different spaces do not compare. ' : '')
    + spaces.filter(({trouble}) => trouble !== '').map(({id, trouble}) => id + ' was not searched: ' + trouble + '. ').join('')
    + (gone > 0 ? number(gone) + ' hits are no longer in the topic.' : '');
}

/** Links that stay: all spaces together, or one of them. */
let choices = [];
function spaces(found, route) {
  if (!route.query.get('space')) choices = found.spaces.map(({id}) => id);
  const link = (name, space) => {
    const query = new URLSearchParams(route.query);
    query.delete('space');
    if (space) query.set('space', space);
    return h('li', null, h('a', {href: '#/stream/search?' + query, 'aria-current': (route.query.get('space') ?? '') === space ? 'true' : null}, name));
  };
  const all = choices.length > 0 ? choices : found.spaces.map(({id}) => id);
  document.getElementById('search-spaces').replaceChildren(link('All spaces', ''), ...all.map((id) => link(id, id)));
}

const similarities = ({similarities}) => Object.entries(similarities).map(([space, value]) =>
  h('span', {class: 'nowrap', title: 'cosine in the space of ' + space}, space.split('@')[0] + ' ', h('b', null, value.toFixed(3))));
