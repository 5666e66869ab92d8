import {h, number, percent} from './dom.js';

const ROW = 14;
let current = null;

/** All versions at a glance, a column each; the table below has the values. */
export function heatMap(model, map) {
  current = map;
  if (!map || map.lines.length === 0) return null;
  const first = map.versions[0];
  const last = map.versions.at(-1);
  return h('section', {class: 'card'}, h('h2', null, number(map.versions.length) + ' versions at a glance'),
    h('p', {class: 'small soft', id: 'map-note'}, 'One row a task, from v' + first + ' on the left to v' + last + ' on the right; the darker, the better within its row. Choose a place to see its versions in the table.'),
    h('div', {class: 'map', '--rows': String(map.lines.length)},
      h('ol', {class: 'map-names'}, map.lines.map((line) => h('li', {title: line.metric}, line.task.replace(/^local\//, '')))),
      h('canvas', {id: 'map', role: 'img', 'data-model': model, 'aria-label': 'Heat map of ' + map.lines.length + ' tasks over versions ' + first + ' to ' + last + '; the table below has the same values'})));
}

/** Paints when the canvas is in the document: its size is what the page gives it. */
heatMap.draw = () => {
  const canvas = document.getElementById('map');
  if (!canvas || !current) return;
  canvas.onmousemove = (event) => tell(canvas, event);
  canvas.onclick = (event) => go(canvas, event);
  const style = getComputedStyle(document.documentElement);
  const key = [canvas.clientWidth, devicePixelRatio, style.getPropertyValue('--heat'), current.versions.at(-1), JSON.stringify(current.lines.map(({values}) => values.at(-1)))].join();
  if (canvas.dataset.painted === key) return;
  canvas.dataset.painted = key;
  const scale = devicePixelRatio;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = current.lines.length * ROW * scale;
  const pen = canvas.getContext('2d');
  const [red, green, blue] = style.getPropertyValue('--heat').trim().split(' ');
  current.lines.forEach(({values}, row) => {
    const known = values.filter((value) => value !== null);
    const low = Math.min(...known);
    const span = Math.max(0.02, Math.max(...known) - low);
    values.forEach((value, i) => {
      if (value === null) return;
      pen.fillStyle = `rgb(${red} ${green} ${blue} / ${(0.08 + 0.92 * (value - low) / span).toFixed(3)})`;
      const left = Math.floor(i * canvas.width / values.length);
      pen.fillRect(left, row * ROW * scale, Math.max(1, Math.ceil((i + 1) * canvas.width / values.length) - left), (ROW - 1) * scale);
    });
  });
};

function at(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / box.width * current.versions.length);
  const row = Math.floor((event.clientY - box.top) / box.height * current.lines.length);
  return [Math.min(Math.max(column, 0), current.versions.length - 1), Math.min(Math.max(row, 0), current.lines.length - 1)];
}

function tell(canvas, event) {
  const [column, row] = at(canvas, event);
  const line = current.lines[row];
  const value = line.values[column];
  document.getElementById('map-note').textContent = 'v' + current.versions[column] + ', ' + line.task + ' ' + line.metric + ': ' + (value === null ? 'no value' : percent(value) + ' %');
}

function go(canvas, event) {
  const [column] = at(canvas, event);
  const middle = current.versions[Math.min(column + 10, current.versions.length - 1)];
  location.hash = '#/benchmarks/' + encodeURIComponent(canvas.dataset.model) + '?before=' + (middle + 1);
}
