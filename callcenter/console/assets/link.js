/* The desk's link to the service: a WebSocket that connects again by itself, and says at once when it is dead. Beats go both
   ways, so that a quiet link looks different from a dead one. What comes after a new connection is the whole state.

   Events, `detail` is the service's message: state, changes, profile, transcript, leave; and of the link itself: lost, back. */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const ANSWER_WITHIN_MS = 8000;
const DEAD_AFTER_BEATS = 3;

export class Link extends EventTarget {
  #url;
  #beatMs;
  #socket = null;
  #heard = 0;
  #sent = 0;
  #wait = FIRST_WAIT_MS;
  #ahead = 0; // of the service's clock before ours
  #asked = new Map();
  #number = 0;
  #lost = false;
  #left = false;

  constructor(url, beatSeconds) {
    super();
    this.#url = url;
    this.#beatMs = beatSeconds * 1000;
    setInterval(() => this.#look(), this.#beatMs / 2);
  }

  /** The service's time: a page's own clock may be anything. */
  now() {
    return Date.now() + this.#ahead;
  }

  open() {
    this.#heard = performance.now();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(data)));
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#again();
    });
  }

  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    this.#sent = performance.now();
    return true;
  }

  /** A command's answer: `{ok, said}`; not ok if none came in time. */
  ask(name, words) {
    const number = ++this.#number;
    return new Promise((answered) => {
      const late = setTimeout(() => answered({ ok: false }), ANSWER_WITHIN_MS);
      this.#asked.set(number, (answer) => (clearTimeout(late), answered(answer)));
      if (!this.send({ kind: 'command', number, do: name, ...words })) this.#answer({ number, ok: false });
    });
  }

  #hear(message) {
    this.#heard = performance.now();
    this.#wait = FIRST_WAIT_MS;
    this.#ahead = message.now_ms - Date.now();
    if (this.#lost && message.kind === 'state') {
      this.#lost = false;
      this.#say('back');
    }
    // Here and not by a timer: a browser lets the timers of a hidden page run once a minute.
    if (this.#heard - this.#sent > this.#beatMs / 2) this.send({ kind: 'beat' });
    if (message.kind === 'answer') this.#answer(message);
    else if (message.kind !== 'beat') this.#say(message.kind, message);
    if (message.kind === 'leave') this.#left = message.why === 'replaced' || message.why === 'signed_out';
  }

  #answer(message) {
    this.#asked.get(message.number)?.(message);
    this.#asked.delete(message.number);
  }

  #look() {
    if (this.#left || performance.now() - this.#heard < this.#beatMs * DEAD_AFTER_BEATS) return;
    const dead = this.#socket;
    this.#again();
    dead?.close();
  }

  #again() {
    this.#socket = null;
    if (this.#left) return;
    if (!this.#lost) this.#say('lost');
    this.#lost = true;
    this.#heard = performance.now() + this.#wait;
    setTimeout(() => this.open(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  #say(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
