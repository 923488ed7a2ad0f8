// The page at /: collects what is given, sends it to the API and has the answer drawn.

import { Inputs } from './inputs.js';
import { answerView, forgetPicture, problemView } from './result.js';
import { element } from './dom.js';

const API = '/api/v1';
/** The most bytes of files in a request; the form itself takes up some more. */
const LARGEST = 15.5 * 1024 * 1024;

const form = document.getElementById('inputs');
const send = form.querySelector('[type=submit]');
const append = document.getElementById('append');
const progress = document.getElementById('progress');
const result = document.getElementById('result');

let busy = false;
let session = null;

const said = document.getElementById('said');
const say = (text) => {
  said.textContent = text;
  said.className = text === '' ? 'status' : 'status bad';
};
const inputs = new Inputs(form, () => ready(), say);
form.hidden = false;

/** Whether it can be sent. While it is being sent the button only says so: a button that is disabled loses the focus. */
function ready() {
  send.disabled = !busy && !inputs.filled();
  send.setAttribute('aria-disabled', String(busy || !inputs.filled()));
}

function work(text) {
  busy = text !== null;
  progress.hidden = !busy;
  progress.classList.toggle('busy', busy);
  progress.textContent = text ?? '';
  ready();
}

/** Shows what `make` gives in the place of the last result. */
function show(make) {
  forgetPicture();
  const children = make();
  result.replaceChildren(...children);
  result.hidden = children.length === 0;
}

/** Asks the API. What is not a success is thrown as a problem. */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(API + path, { ...options, headers: { accept: 'application/json', ...options.headers } });
  } catch {
    throw { title: 'The collector does not answer', detail: 'look whether it is still running, then try again' };
  }
  const text = await response.text();
  let body = null;
  try {
    body = text === '' ? null : JSON.parse(text);
  } catch {
    body = null;
  }
  if (response.ok) return body;
  throw {
    status: response.status,
    title: body?.title ?? response.statusText,
    detail: body?.detail,
    field: body?.field,
    retryAfter: response.headers.get('retry-after'),
  };
}

function sessionIs(id) {
  session = id;
  append.hidden = id === null;
  append.querySelector('input').checked = false;
}

async function forget(event) {
  const [button, deleted] = [event.currentTarget, session];
  const state = button.parentElement.querySelector('[role=status]');
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  try {
    await ask(`/sessions/${deleted}`, { method: 'DELETE' });
    // Its row in the list goes, too: nothing asks for a picture that is no more.
    document.getElementById(`session-${deleted}`)?.remove();
    if (session !== deleted) return;
    const focused = result.contains(document.activeElement);
    sessionIs(null);
    show(() => [element('div', { class: 'notice', role: 'status' }, 'The session was deleted.')]);
    if (focused) result.focus({ preventScroll: true });
  } catch (problem) {
    button.removeAttribute('aria-disabled');
    state.textContent = problem.detail ?? problem.title;
  }
}

document.getElementById('example').addEventListener('click', () => {
  say('');
  inputs.example().catch((error) => say(error.message));
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (busy || !inputs.filled()) return;
  work('Analysing …');
  try {
    const body = inputs.request();
    if ([...body.values()].reduce((sum, file) => sum + file.size, 0) > LARGEST) {
      throw { status: 413, detail: 'the files together are over 15.5 MB; give fewer or smaller ones' };
    }
    const user = form.elements.user_id.value.trim();
    if (user !== '') body.append('user_id', user);
    if (session !== null && form.elements.append.checked) body.append('session_id', session);
    const answer = await ask('/analyze', { method: 'POST', body });
    sessionIs(answer.stored === false ? null : answer.session_id);
    show(() => answerView(answer, forget));
  } catch (problem) {
    show(() => [problemView(problem instanceof Error ? { detail: problem.message } : problem)]);
  } finally {
    // Focus stays where it is; what came is said, and shown.
    work(null);
    result.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }
});
