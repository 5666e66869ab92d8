import {getJson, h, number} from './dom.js';
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
  const element = h('form', {class: 'filters search', role: 'search'}, input, h('button', {type: 'submit'}, 'Search'), h('label', null, 'or a picture', file));
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
  if (text !== null) return getJson('/api/v1/search?' + new URLSearchParams({text}));
  if (picture === null) return null;
  const response = await fetch('/api/v1/search', {method: 'POST', headers: {'Content-Type': picture.type || 'image/unknown'}, body: picture});
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail);
  return body;
}

export function show(element, found, route) {
  const text = route.query.get('text') ?? '';
  if (!element.firstChild) {
    element.append(h('div', {class: 'head'}, h('h1', null, 'Search the stream'), h('p', null, h('a', {href: '#/stream'}, 'All pairs'))), form(text),
      h('p', {id: 'search-note', class: 'small soft', role: 'status'}), h('ul', {id: 'samples', class: 'samples'}));
  }
  const note = document.getElementById('search-note');
  const list = document.getElementById('samples');
  if (found === null) {
    note.textContent = 'Choose the picture again: it is not kept in the address.';
    return;
  }
  note.textContent = 'Nearest to ' + (text ? '“' + text + '”' : route.query.get('picture')) + ' among the ' + number(found.searched) + ' newest pairs, by the cosine with the mean of their stored views in the space of ' + found.space + '.';
  const known = new Map([...list.children].filter((item) => item.dataset.key).map((item) => [item.dataset.key, item]));
  list.replaceChildren(...found.hits.map(({similarity, sample}) => known.get(key(sample)) ?? card(sample, false, [h('span', null, 'Similarity'), h('b', null, similarity.toFixed(3))])));
  if (found.hits.length === 0) list.append(h('li', {class: 'empty'}, 'No reinforced pair is kept yet.'));
  reachable(list);
}
