// The page at /: collects what is given, sends it to the API and has the answer drawn.

import { Inputs } from './inputs.js';
import { answerView, problemView } from './result.js';
import { element } from './dom.js';

const API = '/api/v1';
/** The most bytes of a request. */
const LARGEST = 16 * 1024 * 1024;

const form = document.getElementById('inputs');
const send = form.querySelector('[type=submit]');
const append = document.getElementById('append');
const progress = document.getElementById('progress');
const result = document.getElementById('result');

let busy = false;
let session = null;

const inputs = new Inputs(form, () => ready());

function ready() {
  send.disabled = busy || !inputs.filled();
}

function work(text) {
  busy = text !== null;
  progress.hidden = !busy;
  progress.classList.toggle('busy', busy);
  progress.textContent = text ?? '';
  ready();
}

function show(...children) {
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
  const button = event.currentTarget;
  const said = button.parentElement.querySelector('[role=status]');
  button.disabled = true;
  try {
    await ask(`/sessions/${session}`, { method: 'DELETE' });
    sessionIs(null);
    show(element('div', { class: 'notice', role: 'status' }, 'The session was deleted.'));
  } catch (problem) {
    button.disabled = false;
    said.textContent = problem.detail ?? problem.title;
  }
}

document.getElementById('example').addEventListener('click', () => inputs.example());

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (busy || !inputs.filled()) return;
  work('Analysing …');
  try {
    const request = await inputs.fields();
    const user = form.elements.user_id.value.trim();
    if (user !== '') request.user_id = user;
    if (session !== null && form.elements.append.checked) request.session_id = session;
    const body = JSON.stringify(request);
    if (body.length > LARGEST) {
      throw { status: 413, detail: 'the files together are over 16 MB; give fewer or smaller ones' };
    }
    const answer = await ask('/analyze', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    sessionIs(answer.stored === false ? null : answer.session_id);
    show(...answerView(answer, forget));
  } catch (problem) {
    show(problemView(problem instanceof Error ? { detail: problem.message } : problem));
  } finally {
    work(null);
    result.focus({ preventScroll: true });
    result.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }
});

// Says at once where raw media cannot be analysed at all; otherwise the answer would say it only after the work.
// (An unwell collector answers 503, and names its profile all the same.)
fetch(`${API}/health`).then((response) => response.json()).then(({ profile }) => {
  document.getElementById('profile').textContent = `This collector runs under the profile “${profile}”.`;
}, () => {});
