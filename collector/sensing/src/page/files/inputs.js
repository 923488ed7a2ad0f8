// The four cards: what was chosen, dropped, taken or recorded. Everything stays in this page until it is sent.

import { element, number } from './dom.js';
import { camera, Closed, close, microphone } from './devices.js';
import { kindOf, textOf } from './kinds.js';
import { tableOf } from './tables.js';

/** The fields of the request by card. */
const FIELDS = { face: 'face_image', voice: 'audio_data', motion: 'motion_data', heart: 'heart_data' };
/** What each card takes, and how that is called. */
const TAKES = {
  face: ['picture', 'a picture: PNG, JPEG or WebP'], voice: ['sound', 'a sound: WAV, FLAC, OGG, MP3, M4A or WebM'],
  motion: ['table', 'a table that names timestamp,x,y,z in its first line'],
  heart: ['table', 'a table that names rr_ms, or timestamp,hr, in its first line'],
};
/** The device of a card that has one. */
const DEVICES = { face: 'camera', voice: 'microphone' };

/** The most bytes of a file: it must fit into a request. */
const LARGEST = 15.5 * 1024 * 1024;

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${number(bytes / 1024 / 1024, 1)} MB`;
}

/** The cards that take a table. */
const tableCards = () => [...document.querySelectorAll('[data-columns]')];

class Card {
  constructor(root, changed) {
    this.root = root;
    this.kind = root.dataset.kind;
    this.changed = changed;
    this.content = null;
    /** Counts what was begun: what ends late and was overtaken changes nothing. */
    this.turn = 0;
    this.preview = root.querySelector('.preview');
    this.state = root.querySelector('.status');
    this.file = root.querySelector('input[type=file]');
    this.file.addEventListener('change', () => {
      if (this.file.files[0]) this.take(this.file.files[0]);
    });
    this.opener = root.querySelector('[data-do]');
    this.opener?.addEventListener('click', () => this.run(() => (this.kind === 'face' ? this.useCamera() : this.useMicrophone())));
  }

  say(text, tone = '') {
    this.state.textContent = text;
    this.state.className = `status ${tone}`;
  }

  show(...children) {
    for (const old of this.preview.querySelectorAll('img,audio')) URL.revokeObjectURL(old.src);
    this.preview.replaceChildren(...children);
    this.preview.hidden = children.length === 0;
  }

  /** Whether what has the focus is about to go. */
  hasFocus() {
    return this.root.contains(document.activeElement);
  }

  set(content, text, ...preview) {
    this.turn += 1;
    if (DEVICES[this.kind]) close(DEVICES[this.kind]);
    const focused = this.hasFocus();
    this.content = content;
    this.root.classList.remove('live');
    this.root.classList.toggle('filled', content !== null);
    const remove = element('button', { type: 'button', class: 'button', on: { click: () => this.clear() } }, 'Remove');
    remove.setAttribute('aria-label', `Remove ${this.kind}`);
    this.show(...(content === null ? [] : [...preview, element('div', { class: 'actions' }, remove)]));
    this.say(text, content === null ? '' : 'good');
    if (focused && content !== null) remove.focus();
    this.changed();
  }

  clear() {
    const focused = this.preview.contains(document.activeElement);
    this.file.value = '';
    this.set(null, '');
    if (focused) this.file.focus();
  }

  /** Says what went wrong. What was there before stays. */
  fail(error) {
    this.file.value = '';
    this.leave();
    const kept = this.content === null ? '' : ' What was there before is kept.';
    this.say(error.message + kept, 'bad');
  }

  /** Ends what is on or being opened here; what was given stays. */
  leave() {
    if (this.content === null) this.clear();
  }

  /** Says that a device is being opened. From now on there is a way out, also where it never gives anything. */
  opening(device) {
    const close = element('button', { type: 'button', class: 'button', on: { click: () => this.clear() } }, `Close the ${device}`);
    if (this.content === null) this.show(element('div', { class: 'actions' }, close));
    this.say(`Opening the ${device} …`);
  }

  async run(work) {
    const turn = ++this.turn;
    try {
      await work(() => turn === this.turn);
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof Closed) this.leave();
      else this.fail(error);
    }
  }

  /** A file that was chosen or dropped. It takes the place of what was there only when it can be read. */
  take(file) {
    return this.run(async (wanted) => {
      if (file.size > LARGEST) throw new Error(`${file.name} has ${size(file.size)}; the limit is ${size(LARGEST)}.`);
      if (file.size === 0) throw new Error(`${file.name} is empty.`);
      const [takes, called] = TAKES[this.kind];
      const found = await kindOf(file).catch(() => { throw new Error(`${file.name} cannot be read.`); });
      if (found.kind !== takes) throw new Error(`${file.name} is ${found.name}. Here goes ${called}.`);
      const table = takes === 'table' ? tableOf(await textOf(file), tableCards()) : null;
      if (table !== null && !table.kinds.includes(this.kind)) {
        const other = table.kinds.length === 0 ? 'names no columns that are read here' : `is a table of ${table.kinds[0]}`;
        throw new Error(`${file.name} ${other}. Here goes ${called}.`);
      }
      if (table?.rows === 0) throw new Error(`${file.name} has nothing below its first line.`);
      if (!wanted()) return undefined;
      const name = `${file.name}, ${size(file.size)}`;
      switch (this.kind) {
        case 'face': return this.setPicture(file, name);
        case 'voice': return this.setSound(file, name);
        default: return this.set(file, `${name}, ${number(table.rows, 0)} rows`);
      }
    });
  }

  setPicture(blob, name) {
    const picture = element('img', { src: URL.createObjectURL(blob), alt: 'The picture that will be analysed' });
    picture.addEventListener('error', () => {
      picture.remove();
      this.say(`${name}; this browser cannot show it, it is sent as it is`);
    });
    this.set(blob, name, picture);
  }

  setSound(blob, name) {
    this.set(blob, name, element('audio', { src: URL.createObjectURL(blob), controls: true }));
  }

  async useCamera() {
    const video = element('video', { playsinline: true, 'aria-label': 'What the camera sees' });
    video.muted = true;
    this.opening('camera');
    const takePicture = await camera(video, () => this.fail(new Error('The camera was taken away. Choose a file instead.')));
    const take = element('button', { type: 'button', class: 'button' }, 'Take the picture');
    const cancel = element('button', { type: 'button', class: 'button', on: { click: () => this.clear() } }, 'Close the camera');
    const focused = this.hasFocus();
    this.root.classList.add('live');
    this.show(video, element('div', { class: 'actions' }, take, cancel));
    this.say('The camera is on.');
    if (focused) take.focus();
    take.addEventListener('click', () => this.run(async (wanted) => {
      const blob = await takePicture();
      if (wanted()) this.setPicture(blob, `From the camera, ${size(blob.size)}`);
    }));
  }

  async useMicrophone() {
    const level = element('i');
    const enough = new AbortController();
    const stop = element('button', { type: 'button', class: 'button', on: { click: () => enough.abort() } }, 'Stop');
    this.opening('microphone');
    const { blob, seconds } = await microphone((power, left) => {
      if (!this.root.classList.contains('live')) {
        const focused = this.hasFocus();
        this.root.classList.add('live');
        this.show(element('div', { class: 'meter', 'aria-hidden': 'true' }, level), element('div', { class: 'actions' }, stop));
        if (focused) stop.focus();
      }
      level.style.setProperty('width', `${power * 100}%`);
      const text = `Recording: ${Math.ceil(left)} s left`;
      if (this.state.textContent !== text) this.say(text);
    }, enough.signal);
    this.setSound(blob, `From the microphone, ${number(seconds, 1)} s, ${size(blob.size)}`);
  }

  /** Puts what was given into the request. */
  give(request) {
    if (this.content !== null) request.append(FIELDS[this.kind], this.content);
  }
}

/** The cards. `changed(filled)` is called when one of them got or lost its content, `say(text)` with what no card can say. */
export class Inputs {
  constructor(form, changed, say) {
    this.say = say;
    this.cards = [...form.querySelectorAll('fieldset')].map((root) => new Card(root, () => changed(this.filled())));
    this.acceptDrops();
    // The devices end with the page; where a browser brings it back as it was, no card may say that one is on.
    addEventListener('pagehide', () => this.cards.forEach((card) => card.leave()));
  }

  filled() {
    return this.cards.some((card) => card.content !== null);
  }

  /** A form with all that was given. */
  request() {
    const request = new FormData();
    for (const card of this.cards) card.give(request);
    return request;
  }

  card(kind) {
    return this.cards.find((card) => card.kind === kind);
  }

  /** A dropped file goes to the card it fits, wherever it falls; `problem` where there is none. */
  async sort(file) {
    const { kind, name } = await kindOf(file).catch(() => ({ kind: 'other', name: 'nothing that can be read; is it a folder?' }));
    if (kind === 'picture') return this.card('face').take(file);
    if (kind === 'sound') return this.card('voice').take(file);
    if (kind === 'table') return this.card(tableOf(await textOf(file.slice(0, 4096)), tableCards()).kinds[0] ?? 'motion').take(file);
    throw new Error(`${file.name} is ${name}. Pictures, sounds and tables can be dropped here.`);
  }

  /** Fills all cards with a person who does not exist. */
  async example() {
    const files = await Promise.all(['face.jpg', 'voice.ogg', 'motion.csv', 'heart.csv'].map(async (name) => {
      const response = await fetch(`/assets/${name}`).catch(() => null);
      if (!response?.ok) throw new Error('The example cannot be loaded: the collector does not answer. Look whether it is still running.');
      const blob = await response.blob();
      return new File([blob], name, { type: blob.type });
    }));
    await Promise.all(files.map((file) => this.card(file.name.split('.')[0]).take(file)));
  }

  acceptDrops() {
    const body = document.body;
    const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
    body.addEventListener('dragover', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      body.classList.add('dropping');
    });
    body.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) body.classList.remove('dropping');
    });
    body.addEventListener('drop', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      body.classList.remove('dropping');
      this.say('');
      for (const file of event.dataTransfer.files) this.sort(file).catch((error) => this.say(error.message));
    });
  }
}
