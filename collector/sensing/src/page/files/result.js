// Draws an answer of POST /api/v1/analyze, or the problem that came in its place.

import { element, number, percent, words } from './dom.js';

const MODALITIES = ['face', 'voice', 'motion', 'heart'];

const SCORES = [
  { field: 'stress_level', name: 'Stress', low: 0, colour: 'stress' },
  { field: 'attention_score', name: 'Attention', low: 0, colour: 'attention' },
  { field: 'overall_score', name: 'Overall', low: 0, colour: 'overall' },
  { field: 'valence', name: 'Valence', low: -1, colour: 'valence' },
  { field: 'arousal', name: 'Arousal', low: -1, colour: 'arousal' },
];

const STATUS = { completed: 'Completed', partial: 'Partial', insufficient_data: 'Not enough data' };

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const reasonOf = (answer, field) => answer.reasons?.find((reason) => reason.field === field);

/** Why something is not shown: the sentence, and in a word what each modality lacks where they differ. */
function because(reason) {
  if (!reason) return 'No reason was given.';
  const each = Object.entries(reason.modalities ?? {});
  const differ = each.some(([, lack]) => lack.code !== reason.code);
  return [`${capital(reason.reason)}.`, differ && element('small', { class: 'each' },
    each.map(([modality, lack]) => element('span', { title: lack.reason }, `${modality}: ${words(lack.code)}`)))].filter(Boolean);
}

function panel(title, { wide = false, note, kind } = {}, ...children) {
  return element('section', { class: `card panel${wide ? ' wide' : ''}${kind ? ` ${kind}` : ''}` },
    element('h3', {}, title), note && element('p', { class: 'note' }, note), ...children);
}

function row(name, bar, value, small) {
  return element('div', { class: 'row' }, element('span', { class: 'name' }, name), bar,
    element('span', { class: 'number' }, value, small && element('small', {}, small)));
}

function missing(name, reason) {
  return element('div', { class: 'row' }, element('span', { class: 'name' }, name),
    element('span', { class: 'reason' }, because(reason)));
}

/** A bar from zero to the value, with one standard deviation to both sides. */
function bar(value, sd, low, colour) {
  const place = (v) => ((Math.max(low, Math.min(1, v)) - low) / (1 - low)) * 100;
  const [from, to] = value < 0 ? [place(value), place(0)] : [place(0), place(value)];
  return element('span', { class: 'bar', 'aria-hidden': 'true' },
    low < 0 && element('b'),
    element('i', { css: { left: `${from}%`, width: `${to - from}%`, '--colour': `var(--${colour})` } }),
    sd !== undefined && element('u', { css: { left: `${place(value - sd)}%`, width: `${place(value + sd) - place(value - sd)}%` } }));
}

function scores(answer) {
  const rows = SCORES.map(({ field, name, low, colour }) => {
    const value = answer[field];
    if (value === null || value === undefined) return missing(name, reasonOf(answer, field));
    const sd = answer.uncertainty?.[field];
    return row(name, bar(value, sd, low, colour), number(value, 2, low < 0), sd !== undefined && `\u00b1\u00a0${number(sd)}`);
  });
  const facts = [
    ['cognitive_state', 'State', answer.cognitive_state_confidence],
    ['activity_level', 'Activity'],
  ].map(([field, name, sure]) => {
    const value = answer[field];
    if (value === null || value === undefined) return missing(name, reasonOf(answer, field));
    // Below one half the other states together are likelier: it is no headline.
    if (typeof sure === 'number' && sure < 0.5) {
      return element('div', { class: 'row' }, element('span', { class: 'name' }, name),
        element('span', { class: 'reason' }, `None stands out; the likeliest, ${value}, has a probability of ${number(sure)}.`));
    }
    const certainty = typeof sure === 'number' ? ` (probability ${number(sure)})` : '';
    return element('div', { class: 'row' }, element('span', { class: 'name' }, name),
      element('span', { class: 'reason' }, element('strong', {}, value), certainty));
  });
  return panel('Scores', { note: 'The line over each bar is one standard deviation to both sides.' }, rows, facts);
}

function emotions(answer) {
  const shown = answer.emotion_analysis;
  if (!shown) return panel('Emotion', {}, element('p', { class: 'note' }, because(reasonOf(answer, 'emotion_analysis'))));
  const sorted = Object.entries(shown.emotions).sort(([, a], [, b]) => b - a);
  return panel(shown.confidence >= 0.5 ? `Emotion: ${shown.dominant_emotion}` : 'Emotion: none stands out', { note: 'Probability of each expression; they add up to 1.' },
    sorted.map(([name, p]) => row(capital(name), bar(p, undefined, 0, 'neutral'), number(p))));
}

function contributions(answer) {
  const rows = SCORES.map(({ field, name, low }) => [name, low, answer.contributions?.[field]]).filter(([, , given]) => given);
  if (rows.length === 0) return null;
  const legend = MODALITIES.filter((m) => rows.some(([, , given]) => given[m]));
  return panel('What the scores rest on', { note: 'The share of each modality in a score, and what it says by itself.' },
    rows.map(([name, low, given]) => {
      const each = MODALITIES.filter((m) => given[m]);
      const text = each.map((m) => `${m} ${percent(given[m].share)} says ${number(given[m].value, 2, low < 0)}`).join(', ');
      const stack = element('span', { class: 'stack', 'aria-hidden': 'true' }, each.map((m) => element('i',
        { 'data-kind': m, title: `${m} ${percent(given[m].share)}`, css: { width: `${given[m].share * 100}%` } })));
      return element('div', { class: 'row' }, element('span', { class: 'name' }, name), stack, element('span'),
        element('span', { class: 'reason' }, text));
    }),
    element('ul', { class: 'legend', 'aria-hidden': 'true' }, legend.map((m) => element('li', { 'data-kind': m }, m))));
}

function coverage(answer, wide) {
  const rows = MODALITIES.map((m) => {
    const seen = answer.coverage?.[m];
    if (!seen) {
      return element('div', { class: 'row' }, element('span', { class: 'name' }, capital(m)),
        element('span', { class: 'reason' }, because(reasonOf(answer, `coverage.${m}`))));
    }
    const text = [`signal quality ${number(seen.quality)}`, seen.gap && `missing: ${words(seen.gap)}`].filter(Boolean).join('; ');
    return element('div', { class: 'row' }, element('span', { class: 'name' }, capital(m)), bar(seen.coverage, undefined, 0, m),
      element('span', { class: 'number' }, percent(seen.coverage)), element('span', { class: 'reason' }, text));
  });
  const quality = typeof answer.quality_score === 'number' ? `Quality over all: ${number(answer.quality_score)}.` : '';
  return panel('What was seen', { wide, note: `The part of what was given that could be used. ${quality}` }, rows);
}

function advice(answer) {
  const item = (kind) => ({ text, field, value, source }) => element('li', { class: kind }, element('p', {}, text),
    element('p', { class: 'because' }, 'Because ', element('code', {}, field), ` is ${number(value)}.`, source && ` ${capital(source)}.`));
  const all = [...(answer.recommendation_details ?? []).map(item('recommendation')), ...(answer.insights ?? []).map(item('insight'))];
  if (all.length === 0) return panel('What follows', { wide: true }, element('p', { class: 'note' }, 'Nothing measured calls for a word of advice.'));
  return panel('What follows', { wide: true }, element('ul', { class: 'advice' }, all));
}

function features(answer) {
  const records = answer.records ?? [];
  if (records.length === 0) return null;
  return element('details', {}, element('summary', {}, 'Every feature that was measured'),
    records.map((record) => element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Features of ${record.modality}` },
      element('table', {},
        element('caption', { class: 'note' }, `${capital(record.modality)}, ten seconds from ${record.window_start}`),
        element('tbody', {}, Object.entries(record.features).map(([name, value]) => element('tr', {},
          element('th', { scope: 'row' }, element('code', {}, name)), element('td', { class: 'number' }, number(value, 4)))))))));
}

function times(answer) {
  if (!answer.stages_ms) return null;
  const rows = Object.entries(answer.stages_ms).map(([stage, ms]) => element('tr', {},
    element('th', { scope: 'row' }, words(stage)), element('td', { class: 'number' }, `${number(ms, 1)} ms`)));
  return element('details', {}, element('summary', {}, 'Where the time went'), element('table', {}, element('tbody', {}, rows)));
}

/** The picture of the whole session, as the server draws it. */
function picture(answer) {
  const source = `/api/v1/sessions/${answer.session_id}/graph.svg`;
  const image = element('img', {
    alt: 'Scores of the session over time with their uncertainty, and what they rest on; the numbers stand above.' });
  const failed = element('p', { class: 'note', role: 'status' });
  const { signal } = shown;
  // Fetched anew each time: a session that was added to has the same address, and an image of before would be shown.
  const load = async () => {
    const asked = `?theme=${dark.matches ? 'dark' : 'light'}&layout=${narrow.matches ? 'narrow' : 'wide'}`;
    const response = await fetch(source + asked, { cache: 'no-store', signal })
      .catch(() => null);
    if (signal.aborted) return;
    const blob = response?.ok ? await response.blob() : null;
    if (signal.aborted) return;
    failed.textContent = blob ? '' : 'The picture cannot be loaded now; the numbers stand above. Its address is below.';
    image.hidden = blob === null;
    if (image.src) URL.revokeObjectURL(image.src);
    if (blob) image.src = URL.createObjectURL(blob);
  };
  for (const query of [dark, narrow]) query.addEventListener('change', load, { signal });
  signal.addEventListener('abort', () => URL.revokeObjectURL(image.src));
  load();
  return panel('The session so far', { wide: true, kind: 'picture' },
    image, failed,
    element('p', { class: 'note' }, element('a', { href: source }, 'SVG'), ' · ',
      element('a', { href: `/api/v1/sessions/${answer.session_id}/graph.png` }, 'PNG')));
}

const dark = matchMedia('(prefers-color-scheme: dark)');
const narrow = matchMedia('(max-width: 46rem)');

/** The picture that is shown; aborted when it no longer is. */
let shown = new AbortController();

/** Gives back the picture of the last answer, and asks for it no more. */
export function forgetPicture() {
  shown.abort();
  shown = new AbortController();
}

/** The whole answer. `forget` deletes its session. */
export function answerView(answer, forget) {
  const stored = answer.stored !== false;
  const where = stored
    ? ['Kept as session ', element('a', { href: `/api/v1/sessions/${answer.session_id}` }, answer.session_id), ': numbers only.']
    : ['Not kept.'];
  const given = contributions(answer);
  const remove = stored && element('button', { type: 'button', class: 'button', on: { click: forget } }, 'Delete this session');
  return [
    element('div', { class: 'headline' },
      element('h2', {}, 'What was found'),
      element('span', { class: `chip ${answer.status}` }, STATUS[answer.status] ?? words(answer.status)),
      element('span', { class: 'where' }, where, ` Answered in ${number(answer.processing_time_ms, 0)} ms.`)),
    (answer.warnings ?? []).length > 0 && element('div', { class: 'notice warn' }, answer.warnings.map((w) => element('p', {}, w))),
    element('div', { class: 'panels' },
      scores(answer), emotions(answer), given, coverage(answer, given === null), advice(answer), stored && picture(answer),
      panel('In detail', { wide: true }, features(answer), times(answer), element('details', {},
        element('summary', {}, 'The answer as JSON'), element('pre', { tabindex: '0' }, JSON.stringify(answer, null, 2))))),
    element('div', { class: 'end' }, remove, element('span', { class: 'note', role: 'status' })),
  ].filter(Boolean);
}

/** A problem body, or what stands in its place, for people. */
export function problemView({ status, title, detail, field, retryAfter }) {
  const heading = {
    403: 'This collector does not take raw pictures and sounds',
    413: 'That is too much at once',
    503: 'The collector is busy',
  }[status] ?? title ?? 'That did not work';
  return element('div', { class: `notice ${status === 503 ? 'warn' : 'bad'}`, role: 'alert' },
    element('h2', {}, heading),
    detail && element('p', {}, capital(detail), /[.!?]$/.test(detail) ? '' : '.'),
    field && element('p', {}, 'It is about ', element('code', {}, field), '.'),
    retryAfter && element('p', {}, `Try again in ${retryAfter} s.`),
    status && element('p', { class: 'note' }, `HTTP ${status}`));
}
