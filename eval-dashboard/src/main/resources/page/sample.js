import {chip, h, time} from './dom.js';

/** Changes when a pair's caption, picture or reinforcement does. */
export const key = (sample) => sample.pairId + '/' + sample.revision + '/' + sample.reinforcementVersion;

/** A text that is cut must be reachable by keyboard to be scrolled. */
export function reachable(list) {
  for (const caption of list.querySelectorAll('.caption:not([tabindex])')) if (caption.scrollHeight > caption.clientHeight) caption.tabIndex = 0;
}

const score = (value) => value === null ? '' : value.toFixed(2);

function text(tag, kind, value) {
  return h(tag, {class: 'caption ' + kind, dir: 'auto'}, value);
}

/** One reinforced pair; the note says why it is shown. */
export function card(sample, fresh, note) {
  const base = '/api/v1/samples/' + encodeURIComponent(sample.pairId);
  const version = '?r=' + sample.revision + '-' + encodeURIComponent(sample.reinforcementVersion.slice(0, 12));
  const label = sample.caption.slice(0, 120);
  return h('li', {class: 'card sample' + (fresh ? ' fresh' : ''), 'data-key': key(sample)},
    h('div', null,
      h('img', {class: 'picture', src: base + '/image' + version, alt: label, width: sample.width, height: sample.height, loading: 'lazy'}),
      h('p', {class: 'facts'}, sample.source, ' · ', sample.period, h('br'), sample.width + '×' + sample.height, ' · ',
        sample.split === 'HOLDOUT' ? chip('held out', 'wait') : 'train')),
    h('div', {class: 'words'},
      note && h('p', {class: 'kind'}, note),
      h('p', {class: 'kind'}, h('span', null, 'Real caption'), h('span', {title: 'Mean cosine of the teachers with the picture'}, score(sample.captionSimilarity))),
      text('p', 'real', sample.caption),
      h('p', {class: 'kind'}, h('span', null, sample.synthetic.length + ' synthetic captions'), h('span', null, 'similarity')),
      h('ul', {class: 'synthetic'}, sample.synthetic.map((caption) => h('li', {title: caption.captioner + ' ' + caption.decoding},
        text('span', '', caption.text), h('span', {class: 'score'}, score(caption.similarity)))))),
    h('div', {class: 'crops'}, Array.from({length: Math.min(8, sample.crops)}, (unused, a) =>
      h('img', {src: base + '/crop/' + a + '.png' + version, alt: 'Augmented crop ' + (a + 1), width: 96, height: 96, loading: 'lazy'}))),
    h('details', null, h('summary', null, 'Teachers, time and origin'),
      h('dl', null,
        sample.teachers.map((teacher) => [h('dt', null, 'Teacher'), h('dd', null, h('code', null, teacher.id), ' · ' + teacher.dim + ' dims, ' + teacher.encoding
          + (teacher.similarity === null ? '' : ', cosine ' + teacher.similarity.toFixed(3)))]),
        h('dt', null, 'Quality score'), h('dd', null, sample.qualityScore.toFixed(3)),
        h('dt', null, 'Reinforced'), h('dd', null, time(sample.time)),
        h('dt', null, 'Pair'), h('dd', null, h('code', null, sample.pairId), ' revision ' + sample.revision),
        h('dt', null, 'Raw record'), h('dd', null, h('code', null, sample.rawPosition)),
        h('dt', null, 'Reinforcement'), h('dd', null, h('code', null, sample.reinforcementVersion)),
        Object.entries(sample.attributes).map(([name, value]) => [h('dt', null, name), h('dd', {dir: 'auto'}, value)]))));
}
