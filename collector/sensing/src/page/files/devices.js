// The browser's own camera and microphone. Streams are stopped as soon as they have given what they were opened for.

import { wav } from './wav.js';

const SECONDS = 5;

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

async function open(device, constraints) {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    throw new Error(`A browser opens the ${device} only over https or on localhost. Choose a file instead.`);
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    throw new Error(reason(error, device));
  }
}

const stop = (stream) => stream.getTracks().forEach((track) => track.stop());

/** Opens the camera and shows it in `video`: `{take, close}`, where `take` gives a JPEG. */
export async function camera(video) {
  const constraints = { video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 } } };
  const stream = await open('camera', constraints);
  video.srcObject = stream;
  await video.play();
  return {
    close: () => stop(stream),
    async take() {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      canvas.getContext('2d').drawImage(video, 0, 0);
      stop(stream);
      return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
    },
  };
}

/** Records five seconds as WAV. `show(level, secondsLeft)` is called on the way; `signal` ends it early. */
export async function microphone(show, signal) {
  // The browser's own processing would change the very things that are measured.
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const stream = await open('microphone', { audio });
  const context = new AudioContext();
  try {
    await context.audioWorklet.addModule('/assets/microphone-worklet.js');
    const node = new AudioWorkletNode(context, 'attune-microphone', { numberOfOutputs: 0 });
    const chunks = [];
    let count = 0;
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
      stream.getTracks().forEach((track) => track.addEventListener('ended', resolve));
      node.port.onmessage = ({ data }) => {
        chunks.push(data);
        count += data.length;
        const seconds = count / context.sampleRate;
        const power = data.reduce((sum, sample) => sum + sample * sample, 0) / data.length;
        // From -60 dB to full scale.
        show(Math.max(0, 1 + Math.log10(power + 1e-12) / 6), Math.max(0, SECONDS - seconds));
        if (seconds >= SECONDS) resolve();
      };
      context.createMediaStreamSource(stream).connect(node);
    });
    node.port.onmessage = null;
    if (count === 0) throw new Error('The microphone gave no sound.');
    return { blob: wav(chunks, context.sampleRate), seconds: count / context.sampleRate };
  } finally {
    stop(stream);
    await context.close();
  }
}
