// Runs on the audio thread: hands the microphone's samples over as they come.
registerProcessor('attune-microphone', class extends AudioWorkletProcessor {
  process([input]) {
    if (input[0]) this.port.postMessage(input[0].slice());
    return true;
  }
});
