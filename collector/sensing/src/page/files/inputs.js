// The four cards: what was chosen, dropped, taken or recorded. Everything stays in this page until it is sent.

import { element, number } from './dom.js';
import { camera, microphone } from './devices.js';
import { heart, isHeart, motion } from './tables.js';

/** The fields of the request by card. */
const FIELDS = { face: 'face_image', voice: 'audio_data', motion: 'motion_data', heart: 'heart_data' };

/** The most bytes of a file that is read: as base64 it must fit into a request. */
const LARGEST = 11 * 1024 * 1024;

async function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(new Error('The file cannot be read.'));
    reader.readAsDataURL(blob);
  });
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${number(bytes / 1024 / 1024, 1)} MB`;
}

/** The course of some numbers, drawn small. */
function sketch(lines) {
  const canvas = element('canvas', { width: 560, height: 128, 'aria-hidden': 'true' });
  const pen = canvas.getContext('2d');
  const all = lines.flatMap(({ values }) => values);
  const [low, high] = all.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const style = getComputedStyle(document.documentElement);
  for (const { values, colour } of lines) {
    pen.beginPath();
    pen.strokeStyle = style.getPropertyValue(colour);
    pen.lineWidth = 2;
    values.forEach((value, i) => {
      pen.lineTo((i / Math.max(1, values.length - 1)) * 560, 118 - ((value - low) / (high - low || 1)) * 108);
    });
    pen.stroke();
  }
  return canvas;
}

class Card {
  constructor(root, changed) {
    this.root = root;
    this.kind = root.dataset.kind;
    this.changed = changed;
    this.content = null;
    this.preview = root.querySelector('.preview');
    this.state = root.querySelector('.state');
    this.file = root.querySelector('input[type=file]');
    this.file.addEventListener('change', () => {
      if (this.file.files[0]) this.take(this.file.files[0]);
    });
    root.querySelector('[data-do=camera]')?.addEventListener('click', () => this.run(() => this.useCamera()));
    root.querySelector('[data-do=microphone]')?.addEventListener('click', () => this.run(() => this.useMicrophone()));
  }

  say(text, tone = '') {
    this.state.textContent = text;
    this.state.className = `state ${tone}`;
  }

  show(...children) {
    for (const old of this.preview.querySelectorAll('img,audio')) URL.revokeObjectURL(old.src);
    this.preview.replaceChildren(...children);
    this.preview.hidden = children.length === 0;
  }

  set(content, text, ...preview) {
    this.content = content;
    this.root.classList.remove('live');
    this.root.classList.toggle('filled', content !== null);
    const remove = element('button', { type: 'button', class: 'button', on: { click: () => this.clear() } }, 'Remove');
    remove.setAttribute('aria-label', `Remove ${this.kind}`);
    this.show(...(content === null ? [] : [...preview, element('div', { class: 'actions' }, remove)]));
    this.say(text, content === null ? '' : 'good');
    this.changed();
  }

  clear() {
    this.file.value = '';
    this.set(null, '');
    this.file.focus();
  }

  fail(error) {
    this.set(null, '');
    this.file.value = '';
    this.say(error.message, 'bad');
  }

  async run(work) {
    try {
      await work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A file that was chosen or dropped. */
  take(file) {
    return this.run(async () => {
      if (file.size > LARGEST) throw new Error(`${file.name} has ${size(file.size)}; the limit is ${size(LARGEST)}.`);
      if (file.size === 0) throw new Error(`${file.name} is empty.`);
      const name = `${file.name}, ${size(file.size)}`;
      switch (this.kind) {
        case 'face': return this.setPicture(file, name);
        case 'voice': return this.setSound(file, name);
        case 'motion': {
          const { samples, seconds, millis } = motion(await file.text());
          const axis = (key, colour) => ({ values: samples.map((sample) => sample.acceleration[key]), colour });
          const rate = seconds > 0 ? `, ${number((samples.length - 1) / seconds, 0)} a second` : '';
          const unit = millis ? '; times were read as milliseconds' : '';
          return this.set(samples, `${samples.length} samples, ${number(seconds, 1)} s${rate}${unit}`,
            sketch([axis('x', '--stress'), axis('y', '--overall'), axis('z', '--attention')]));
        }
        default: {
          const { intervals, seconds } = heart(await file.text());
          return this.set(intervals, `${intervals.length} beats, ${number(seconds, 1)} s`,
            sketch([{ values: intervals, colour: '--heart' }]));
        }
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
    this.say('Opening the camera …');
    const opened = await camera(video);
    const take = element('button', { type: 'button', class: 'button' }, 'Take the picture');
    const cancel = element('button', { type: 'button', class: 'button' }, 'Close the camera');
    this.root.classList.add('live');
    this.show(video, element('div', { class: 'actions' }, take, cancel));
    this.say('The camera is on.');
    take.focus();
    take.addEventListener('click', () => this.run(async () => {
      const blob = await opened.take();
      this.setPicture(blob, `From the camera, ${size(blob.size)}`);
    }));
    cancel.addEventListener('click', () => {
      opened.close();
      this.clear();
    });
  }

  async useMicrophone() {
    const button = this.root.querySelector('[data-do=microphone]');
    const level = element('i');
    const ended = new AbortController();
    const stop = element('button', { type: 'button', class: 'button', on: { click: () => ended.abort() } }, 'Stop');
    button.disabled = true;
    try {
      this.say('Opening the microphone …');
      const recording = microphone((power, left) => {
        if (this.preview.hidden) {
          this.root.classList.add('live');
          this.show(element('div', { class: 'meter', 'aria-hidden': 'true' }, level), element('div', { class: 'actions' }, stop));
        }
        level.style.setProperty('width', `${power * 100}%`);
        const text = `Recording: ${Math.ceil(left)} s left`;
        if (this.state.textContent !== text) this.say(text);
      }, ended.signal);
      const { blob, seconds } = await recording;
      this.setSound(blob, `From the microphone, ${number(seconds, 1)} s, ${size(blob.size)}`);
    } finally {
      button.disabled = false;
    }
  }

  /** What goes into the request. */
  async field() {
    if (this.content === null) return {};
    const value = this.content instanceof Blob ? await base64(this.content) : this.content;
    return { [FIELDS[this.kind]]: value };
  }
}

/** The cards. `changed(filled)` is called when one of them got or lost its content. */
export class Inputs {
  constructor(form, changed) {
    this.cards = [...form.querySelectorAll('fieldset')].map((root) => new Card(root, () => changed(this.filled())));
    this.acceptDrops();
  }

  filled() {
    return this.cards.some((card) => card.content !== null);
  }

  async fields() {
    return Object.assign({}, ...(await Promise.all(this.cards.map((card) => card.field()))));
  }

  card(kind) {
    return this.cards.find((card) => card.kind === kind);
  }

  /** A dropped file goes to the card it fits, wherever it falls. */
  async sort(file) {
    const name = file.name.toLowerCase();
    if (file.type.startsWith('image/') || /\.(png|jpe?g|webp)$/.test(name)) return this.card('face').take(file);
    if (file.type.startsWith('audio/') || /\.(wav|flac|ogg|oga|mp3|m4a|aac)$/.test(name)) return this.card('voice').take(file);
    const text = await file.slice(0, 4096).text();
    return this.card(isHeart(text) ? 'heart' : 'motion').take(file);
  }

  /** Fills all cards with a person who does not exist. */
  async example() {
    for (const name of ['face.jpg', 'voice.ogg', 'motion.csv', 'heart.csv']) {
      const response = await fetch(`/assets/${name}`);
      const blob = await response.blob();
      await this.card(name.split('.')[0]).take(new File([blob], name, { type: blob.type }));
    }
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
      for (const file of event.dataTransfer.files) this.sort(file);
    });
  }
}
