/* 120 takes a second key: Enter, the same key again, or the button that opens here. Left alone, it closes by itself. */

const OPEN_MS = 5000;

export class Confirm {
  #box;
  #until = 0;
  #closing = null;
  #closed;

  /** `closed` is told when nothing was confirmed in time. */
  constructor(box, closed) {
    this.#box = box;
    this.#closed = closed;
  }

  get asked() {
    return performance.now() < this.#until;
  }

  ask() {
    this.#until = performance.now() + OPEN_MS;
    this.#box.hidden = false;
    this.#closing = setTimeout(() => (this.close(), this.#closed()), OPEN_MS);
  }

  close() {
    clearTimeout(this.#closing);
    this.#until = 0;
    this.#box.hidden = true;
  }
}
