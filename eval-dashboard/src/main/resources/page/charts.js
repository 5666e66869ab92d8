import {h, short} from './dom.js';

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const PALETTE_LIGHT = ['#0f5f5c', '#b8560b', '#5b4a9c', '#a3261c', '#2c6b9e'];
const PALETTE_DARK = ['#6cc5bd', '#f0a35e', '#b3a5f0', '#ff9d90', '#86bdea'];

/** Vertical lines with a label, for published versions. */
const marks = {
  id: 'marks',
  afterDatasetsDraw(chart, unused, options) {
    const {ctx, chartArea, scales} = chart;
    ctx.save();
    ctx.strokeStyle = css('--soft');
    ctx.fillStyle = css('--soft');
    ctx.font = '11px ' + css('--sans');
    ctx.setLineDash([2, 3]);
    let free = 0;
    for (const {step, version} of options.at ?? []) {
      const x = scales.x.getPixelForValue(step);
      if (x < chartArea.left || x > chartArea.right) continue;
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      if (x > free) {
        ctx.textAlign = 'right';
        ctx.fillText('v' + version, x - 3, chartArea.top + 9);
        free = x + 26;
      }
    }
    ctx.restore();
  },
};

/**
 * A figure with a line chart and the same values as a table.
 * series: [{name, points: [[x, y]], band?: [[x, low, high]], raw?: [[x, y]]}]; raw is what points are a smoothed form of.
 */
export function figure(id, title, note, xName, series, at) {
  const canvas = h('canvas', {role: 'img', 'aria-label': title + ': ' + summary(series, xName)});
  const body = h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title + ' as a table'});
  const element = h('figure', {class: 'card', id},
    h('figcaption', null, h('h2', null, title), h('span', {class: 'small soft'}, note)),
    h('div', {class: 'plot'}, canvas),
    h('details', null, h('summary', null, 'As a table'), body));
  const chart = new window.Chart(canvas, {type: 'line', data: {datasets: []}, options: options(xName), plugins: [marks]});
  const update = (next, nextAt, nextNote) => {
    chart.data.datasets = datasets(next);
    chart.options.plugins.marks = {at: nextAt ?? []};
    chart.update('none');
    canvas.setAttribute('aria-label', title + ': ' + summary(next, xName));
    body.replaceChildren(values(next, xName));
    element.querySelector('figcaption span').textContent = nextNote;
  };
  update(series, at, note);
  return {element, update, destroy: () => chart.destroy()};
}

function options(xName) {
  const grid = {color: css('--line')};
  const ticks = {color: css('--soft'), maxTicksLimit: 7};
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: {mode: 'nearest', axis: 'x', intersect: false},
    elements: {point: {radius: 0, hitRadius: 6}, line: {borderWidth: 1.8, tension: 0}},
    scales: {
      x: {type: 'linear', grid: {display: false}, border: {color: css('--line')}, ticks: {...ticks, precision: 0}, title: {display: true, text: xName, color: css('--soft')}},
      y: {grid, border: {display: false}, ticks, afterDataLimits: widen},
    },
    plugins: {legend: {align: 'start', labels: {color: css('--ink'), boxWidth: 14, boxHeight: 2, filter: (item) => item.text !== ''}}, tooltip: {filter: (item) => item.dataset.label !== ''}},
  };
}

/** A curve that hardly moves is drawn as a flat line, not as its last digits. */
function widen(axis) {
  const least = Math.max(Math.abs(axis.max), Math.abs(axis.min)) * 0.01;
  if (axis.max - axis.min < least) {
    axis.min -= least;
    axis.max += least;
  }
}

function datasets(series) {
  const palette = matchMedia('(prefers-color-scheme: dark)').matches ? PALETTE_DARK : PALETTE_LIGHT;
  return series.flatMap(({name, points, band, raw, level}, i) => {
    if (level) return [{label: name, data: points.map(([x, y]) => ({x, y})), borderColor: css('--soft'), backgroundColor: css('--soft'), borderWidth: 1, borderDash: [2, 4], pointRadius: 0}];
    const color = palette[i % palette.length];
    const few = points.length <= 30;
    const line = {label: name, data: points.map(([x, y]) => ({x, y})), borderColor: color, backgroundColor: color, pointRadius: few ? 3 : 0, borderDash: i === 0 ? [] : i === 1 ? [6, 3] : [2, 2]};
    if (raw) return [line, {label: '', data: raw.map(([x, y]) => ({x, y})), borderColor: color + '40', borderWidth: 1, pointRadius: 0}];
    if (!band) return [line];
    const edge = {label: '', borderWidth: 0, pointRadius: 0, backgroundColor: color + '26'};
    return [line,
      {...edge, data: band.map(([x, low]) => ({x, y: low}))},
      {...edge, data: band.map(([x, , high]) => ({x, y: high})), fill: '-1'}];
  });
}

const summary = (series, xName) => series.map(({name, points}) => points.length === 0 ? name + ' has no values'
  : name + ' from ' + short(points[0][1]) + ' to ' + short(points.at(-1)[1]) + ' at ' + xName + ' ' + points.at(-1)[0]).join('; ');

function values(series, xName) {
  const steps = [...new Set(series.flatMap(({points}) => points.map(([x]) => x)))].sort((a, b) => b - a).slice(0, 100);
  const maps = series.map(({points}) => new Map(points));
  return h('table', null,
    h('thead', null, h('tr', null, h('th', {scope: 'col'}, xName), series.map(({name}) => h('th', {scope: 'col', class: 'num'}, name)))),
    h('tbody', null, steps.map((x) => h('tr', null, h('th', {scope: 'row'}, x), maps.map((map) => h('td', {class: 'num'}, short(map.get(x))))))));
}
