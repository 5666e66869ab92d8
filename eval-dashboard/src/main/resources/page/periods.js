import {chip, h, number, percent, signed} from './dom.js';

/** The E matrix: what each version knows of each period's held-out pairs. */
export function periods(matrix, data) {
  const title = h('h2', null, 'What it has kept: versions by period');
  if (!data || data.lines.length === 0) {
    return h('section', {class: 'card'}, title, h('p', {class: 'empty'}, 'No version has been measured by period yet: a period needs 100 held-out pairs.'));
  }
  const all = data.lines.flatMap((line) => line.cells.map((cell) => cell.value)).filter((value) => value !== null);
  const low = Math.min(...all);
  const span = Math.max(0.02, Math.max(...all) - low);
  return h('section', {class: 'card'}, title,
    h('p', {class: 'small soft'}, 'E matrix: ' + data.metric + ' in percent of each version on the frozen held-out pairs of each period. Down a column a falling value is forgetting.'),
    h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'E matrix'}, h('table', {class: 'matrix'},
      h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Version'), data.periods.map((period) => h('th', {scope: 'col'}, period)), ['In domain', 'Backward', 'Forward'].map((name) => h('th', {scope: 'col'}, name)))),
      h('tbody', null, data.lines.map((line) => h('tr', null,
        h('th', {scope: 'row'}, h('a', {href: '#/versions/' + encodeURIComponent(matrix.model) + '/' + line.version}, 'v' + line.version), line.version === matrix.main && [' ', chip('main', 'main')]),
        line.cells.map((cell) => cell.value === null ? h('td', {title: cell.why}, h('span', {class: 'na'}, 'N/A'))
          : h('td', {'data-heat': true, '--h': (0.04 + 0.3 * (cell.value - low) / span).toFixed(3), title: number(cell.samples) + ' pairs'},
            h('span', {class: 'value'}, percent(cell.value)), cell.low !== null && h('span', {class: 'range'}, percent(cell.low) + '–' + percent(cell.high)))),
        ['inDomain', 'backward', 'forward'].map((name) => h('td', null, transfer(line.transfer[name])))))))),
    trend(data));
}

const transfer = (value) => value === undefined || value === null ? h('span', {class: 'na'}, '–') : percent(value);

/** How much the newest version lost or gained on past periods against the best that any version had there. */
function trend({lines, periods}) {
  if (lines.length < 2) return null;
  const changes = periods.map((period, i) => {
    const now = lines[0].cells[i].value;
    const before = lines.slice(1).map((line) => line.cells[i].value).filter((value) => value !== null);
    return now === null || before.length === 0 ? null : period + ' ' + signed((now - Math.max(...before)) * 100);
  }).filter((text) => text !== null);
  return changes.length > 0 && h('p', {class: 'small'}, 'v' + lines[0].version + ' against the best before it, in points: ' + changes.join(', ') + '.');
}
