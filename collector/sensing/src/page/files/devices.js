// The browser's own camera and microphone. This is the one place that owns a stream: each device has at most one, opening
// it anew ends the one before, and `close` ends it whatever happens next.

import { wav } from './wav.js';

const SECONDS = 5;

/** The device was closed meanwhile, on purpose: nothing went wrong, and nothing of it is wanted. */
export class Closed extends Error {}

/** What is on, by device; aborting it ends its stream. */
const on = new Map();

/** Ends a device, also one that is only being opened. */
export function close(device) {
  on.get(device)?.abort();
  on.delete(device);
}

addEventListener('pagehide', () => [...on.keys()].forEach(close));

/** Why a device could not be used, for people. */
function reason(error, device) {
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `The ${device} was refused. Allow it for this page in the browser, or choose a file.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${device} was found. Choose a file instead.`;
    case 'NotReadableError':
    case 'AbortError':
      return `The ${device} cannot be opened; another program may be using it.`;
    default:
      return `The ${device} cannot be used: ${error.message}`;
  }
}

/** Opens a device: `{stream, signal}`, where `signal` is aborted when it was closed or taken away. */
async function open(device, constraints) {
  close(device);
  if (!window.isSecureContext || !navigator.mediaDevices) {
    throw new Error(`A browser opens the ${device} only over https or on localhost. Choose a file instead.`);
  }
  const use = new AbortController();
  on.set(device, use);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    if (use.signal.aborted) throw new Closed();
    close(device);
    throw new Error(reason(error, device));
  }
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  if (use.signal.aborted) {
    stop();
    throw new Closed();
  }
  use.signal.addEventListener('abort', stop);
  return { stream, signal: use.signal };
}

/** Calls `gone` when the device itself ends the stream: pulled out, or forbidden meanwhile. */
function whenGone(stream, gone) {
  stream.getTracks().forEach((track) => track.addEventListener('ended', gone));
}

/** Opens the camera and shows it in `video`; gives what takes a JPEG. `gone` is called when the camera is taken away. */
export async function camera(video, gone) {
  const constraints = { video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 } } };
  const { stream, signal } = await open('camera', constraints);
  try {
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    if (signal.aborted) throw new Closed();
    close('camera');
    throw new Error(`The camera cannot be shown: ${error.message}`);
  }
  if (signal.aborted) throw new Closed();
  signal.addEventListener('abort', () => { video.srcObject = null; });
  whenGone(stream, gone);
  return async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext('2d').drawImage(video, 0, 0);
    close('camera');
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.92); });
    if (blob === null) throw new Error('The camera gave no picture. Open it again, or choose a file.');
    return blob;
  };
}

function listening() {
  try {
    return new AudioContext();
  } catch (error) {
    throw new Error(`The microphone cannot be listened to: ${error.message}. Choose a file instead.`);
  }
}

/** Records five seconds as WAV. `show(level, secondsLeft)` is called on the way; `enough` ends it early. */
export async function microphone(show, enough) {
  // The browser's own processing would change the very things that are measured.
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const { stream, signal } = await open('microphone', { audio });
  const chunks = [];
  let count = 0;
  let context = null;
  try {
    context = listening();
    await context.audioWorklet.addModule('/assets/microphone-worklet.js');
    const node = new AudioWorkletNode(context, 'attune-microphone', { numberOfOutputs: 0 });
    await new Promise((resolve) => {
      if (signal.aborted || enough.aborted) resolve();
      signal.addEventListener('abort', resolve);
      enough.addEventListener('abort', resolve);
      whenGone(stream, resolve);
      node.port.onmessage = ({ data }) => {
        chunks.push(data);
        count += data.length;
        const seconds = count / context.sampleRate;
        const power = data.reduce((sum, sample) => sum + sample * sample, 0) / data.length;
        if (seconds >= SECONDS || signal.aborted) return resolve();
        // From -60 dB to full scale.
        show(Math.max(0, 1 + Math.log10(power + 1e-12) / 6), SECONDS - seconds);
      };
      context.createMediaStreamSource(stream).connect(node);
    });
    node.port.onmessage = null;
  } finally {
    // First of all: whatever else fails, the microphone is off.
    if (!signal.aborted) close('microphone');
    else if (!enough.aborted) count = -1;
    await context?.close().catch(() => {});
  }
  if (count < 0) throw new Closed();
  if (count === 0) throw new Error('The microphone gave no sound. Look whether it is muted, or choose a file.');
  return { blob: wav(chunks, context.sampleRate), seconds: count / context.sampleRate };
}
