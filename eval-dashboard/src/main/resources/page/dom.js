// Small helpers. Text from the stream only ever becomes text nodes and attribute values, never markup.

/** Makes an element: h('p', {class: 'x', onclick: f}, 'text', child, [children]). */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name.startsWith('--')) element.style.setProperty(name, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

export const number = (n) => Math.round(n).toLocaleString('en');

export const percent = (share) => (share * 100).toFixed(1);

export const signed = (points) => (points > 0 ? '+' : points < 0 ? '−' : '±') + Math.abs(points).toFixed(1);

/** Four significant digits, without exponents where it can be helped. */
export function short(value) {
  if (value === null || value === undefined) return '–';
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

export function age(seconds) {
  if (seconds < 90) return Math.round(seconds) + '\u00a0s';
  if (seconds < 5400) return Math.round(seconds / 60) + '\u00a0min';
  if (seconds < 129600) return Math.round(seconds / 3600) + '\u00a0h';
  return Math.round(seconds / 86400) + '\u00a0days';
}

export const ago = (seconds) => age(seconds) + ' ago';

export function time(iso) {
  const date = new Date(iso);
  const text = date.toLocaleString('sv').slice(0, 16);
  return h('time', {datetime: iso, title: iso, class: 'nowrap'}, text);
}

/** UPPER_CASE names of reasons as words. */
export const words = (name) => name.toLowerCase().replaceAll('_', ' ');

export async function getJson(path) {
  return answer(await fetch(path, {headers: {Accept: 'application/json'}}));
}

/** The JSON of an answer; its detail as an error when it is a problem. */
export async function answer(response) {
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.detail ?? response.status), {status: response.status});
  return body;
}

/** A table; columns are [title, cell function, numeric?]. */
export function table(columns, rows, caption) {
  return h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
    h('table', null,
      h('caption', {class: 'visually-hidden'}, caption),
      h('thead', null, h('tr', null, columns.map(([title, , numeric]) => h('th', {scope: 'col', class: numeric ? 'num' : null}, title)))),
      h('tbody', null, rows.map((row) => h('tr', null, columns.map(([, cell, numeric], i) =>
        i === 0 ? h('th', {scope: 'row', class: numeric ? 'num' : null}, cell(row)) : h('td', {class: numeric ? 'num' : null}, cell(row))))))));
}

export const chip = (text, kind) => h('span', {class: kind ? 'chip ' + kind : 'chip'}, text);

/**
 * Makes an element's children look like the new ones, and touches only what differs: focus, scrolling and
 * opened details stay. For elements without listeners of their own.
 */
export function patch(element, ...children) {
  const next = h('div', null, children);
  morphChildren(element, [...next.childNodes]);
}

function morphChildren(element, next) {
  next.forEach((node, i) => {
    const old = element.childNodes[i];
    if (!old) element.append(node);
    else morph(old, node);
  });
  while (element.childNodes.length > next.length) element.lastChild.remove();
}

function morph(old, next) {
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
    old.replaceWith(next);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
  } else {
    // A canvas keeps the size and the marks of who has painted it.
    for (const {name} of old.nodeName === 'CANVAS' ? [] : [...old.attributes]) {
      if (!next.hasAttribute(name) && name !== 'open' && name !== 'style') old.removeAttribute(name);
    }
    for (const {name, value} of next.attributes) {
      if (name === 'style') continue;
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    if (old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
    morphChildren(old, [...next.childNodes]);
  }
}
