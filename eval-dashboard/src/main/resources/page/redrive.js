import {answer, h} from './dom.js';

/** The token stays in this page's memory: a reload forgets it. */
let token = '';
const outcomes = new Map();

/** What became of a raw record that was sent again, in words. */
export const outcomeOf = (position) => outcomes.get(position);

/** Sends raw records to the gate once more; asks for the token when it is not known. Returns what to tell. */
export async function sendAgain(positions) {
  let complaint = '';
  for (;;) {
    if (!token) token = await ask(complaint);
    if (!token) return '';
    try {
      const sent = await post(positions);
      sent.outcomes.forEach(({position, text}) => outcomes.set(position, text));
      const count = sent.outcomes.filter(({outcome}) => outcome === 'SENT').length;
      return count + ' of ' + positions.length + ' sent again.';
    } catch (error) {
      if (error.status !== 401) return error.message;
      token = '';
      complaint = 'That is not the token.';
    }
  }
}

const post = async (positions) => answer(await fetch('/api/v1/redrive', {
  method: 'POST',
  headers: {'Content-Type': 'application/json', Authorization: 'Bearer ' + token},
  body: JSON.stringify({positions}),
}));

function ask(complaint) {
  const input = h('input', {type: 'password', name: 'token', autocomplete: 'off', required: true});
  const form = h('form', {method: 'dialog'},
    h('h2', {id: 'token-title'}, 'Sending records again wants the token'),
    h('p', {class: 'small soft'}, 'It is the line in ', h('code', null, 'HOME/dashboard-token'), ' of the machine that runs this page, or what ', h('code', null, 'dashboard.token'), ' says.'),
    complaint && h('p', {class: 'small bad-text', role: 'alert'}, complaint),
    h('label', null, 'Token', input),
    h('p', {class: 'chips'}, h('button', {type: 'submit', class: 'strong'}, 'Send again'), h('button', {type: 'button', name: 'cancel'}, 'Cancel')));
  const dialog = h('dialog', {'aria-labelledby': 'token-title'}, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    const end = (value) => {
      dialog.remove();
      resolve(value);
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      end(input.value.trim());
    });
    form.elements.cancel.addEventListener('click', () => end(''));
    dialog.addEventListener('cancel', () => end(''));
    dialog.showModal();
  });
}
