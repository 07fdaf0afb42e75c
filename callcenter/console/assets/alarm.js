/* Three rhythms, one for each priority, made here and loaded from nowhere. They differ by rhythm and pitch, so that neither
   alone has to be heard. A browser keeps sound suspended until a click: `unlock` in one. */

const RHYTHMS = {
  1: { every: 1200, beats: [[0, 880], [0.18, 880], [0.36, 880]] },
  2: { every: 2500, beats: [[0, 660], [0.3, 660]] },
  3: { every: 5000, beats: [[0, 520]] },
};
const SOFT = { gain: 0.06, beats: [[0, 440]] }; // while the agent talks
const LOUD = 0.35;

export class Alarm {
  #context = null;
  #playing = 0;
  #timer = null;

  get running() {
    return this.#context?.state === 'running';
  }

  /** Whether sound can be heard now. */
  async unlock() {
    this.#context ??= new AudioContext();
    // Without a click the browser would let this wait for ever.
    await Promise.race([this.#context.resume(), new Promise((late) => setTimeout(late, 500))]);
    return this.running;
  }

  /** The rhythm of this priority from now on; 0 for silence. */
  sound(priority) {
    if (priority === this.#playing) return;
    this.#playing = priority;
    clearInterval(this.#timer);
    const rhythm = RHYTHMS[priority];
    if (!rhythm) return;
    this.#play(rhythm.beats, LOUD);
    this.#timer = setInterval(() => this.#play(rhythm.beats, LOUD), rhythm.every);
  }

  /** One soft beep: somebody else calls while the agent talks. */
  once() {
    this.#play(SOFT.beats, SOFT.gain);
  }

  stop() {
    this.sound(0);
  }

  #play(beats, loudness) {
    if (!this.running) return;
    for (const [after, pitch] of beats) {
      const at = this.#context.currentTime + after;
      const tone = new OscillatorNode(this.#context, { type: 'triangle', frequency: pitch });
      const gain = new GainNode(this.#context, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loudness, at + 0.02);
      gain.gain.setValueAtTime(loudness, at + 0.1);
      gain.gain.linearRampToValueAtTime(0, at + 0.14);
      tone.connect(gain).connect(this.#context.destination);
      tone.start(at);
      tone.stop(at + 0.16);
    }
  }
}
