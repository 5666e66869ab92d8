import {age, h, number} from './dom.js';

const SAID = {ok: 'well', waiting: 'not heard of yet', trouble: 'in trouble'};

/** The flow as a live picture; the overview shows all of it, other views its first lines. */
export function showFlow(list, stages, full) {
  list.classList.toggle('full', full);
  list.replaceChildren(...stages.map((stage) => h('li', {class: stage.state, 'data-stage': stage.id},
    h('p', {class: 'name'}, stage.role && h('span', {class: 'dot', 'aria-hidden': 'true'}), stage.name,
      stage.role && h('span', {class: 'visually-hidden'}, ', ' + SAID[stage.state])),
    h('p', {class: 'number'}, number(stage.total), h('span', {class: 'unit'}, stage.unit)),
    h('p', {class: 'note'}, [rate(stage), stage.note].filter(Boolean).join(' · ') || '\u00a0'),
    full && h('p', {class: 'note waits'}, waits(stage)),
    full && h('p', {class: 'note'}, errors(stage)))));
}

const rate = ({perMinute}) => perMinute === null ? '' : number(perMinute) + '/min';

function waits({waiting, waitingFor, oldestSeconds}) {
  if (waitingFor === '') return '\u00a0';
  if (waiting === null) return 'what waits is not known';
  if (waiting === 0) return 'nothing waits';
  return [h('b', null, number(waiting)), ' ' + waitingFor, oldestSeconds === null ? '' : h('span', {class: 'nowrap'}, ', oldest ' + age(oldestSeconds))];
}

function errors({errors, errorsAre, errorsAt}) {
  if (errors === 0) return 'nothing ' + errorsAre;
  const text = number(errors) + ' ' + errorsAre;
  return errorsAt === '' ? text : h('a', {href: errorsAt}, text);
}
