import {h, percent, table} from './dom.js';

const ms = (value) => value === null || value === undefined ? '–' : value.toFixed(1);

/** Speed, calibration and the first look: what stands beside accuracy. */
export function beside(model, lines) {
  const title = h('h2', null, 'Beside accuracy: speed and calibration');
  if (!lines || lines.length === 0) {
    return h('section', {class: 'card'}, title, h('p', {class: 'empty'}, 'Not measured yet for any version.'));
  }
  const machine = lines.find((line) => line.machine)?.machine;
  return h('section', {class: 'card'}, title, table([
    ['Version', (line) => h('a', {href: '#/versions/' + encodeURIComponent(model) + '/' + line.version}, 'v' + line.version)],
    ['Picture + text, ms', (line) => line.latency === null ? '–' : [ms(line.latency) + (line.machine === machine ? '' : '†'), line.latencyLow !== null && h('span', {class: 'range'}, ms(line.latencyLow) + '–' + ms(line.latencyHigh))], true],
    ['Picture, ms', (line) => ms(line.image), true],
    ['Text, ms', (line) => ms(line.text), true],
    ['Calibration error', (line) => line.calibrationError === null ? '–' : percent(line.calibrationError) + ' %', true],
    ['First look', (line) => line.quickText || (line.quick === null ? '–' : percent(line.quick) + ' %')],
  ], lines, 'Speed and calibration by version'),
  h('p', {class: 'small soft'}, 'Median at batch 1 on the evaluator’s machine († another machine: does not compare). Calibration error: mean over the classification tasks of the expected calibration error, 15 bins.'));
}
