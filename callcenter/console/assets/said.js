/* One line about what was just done, or why not. It goes by itself: an old line reads like news. */

const DONE_IS_SHOWN_MS = 8000;
const REFUSED_IS_SHOWN_MS = 20_000;

export class Said {
  #line;
  #going = null;

  constructor(line) {
    this.#line = line;
  }

  say(text, refused = false) {
    clearTimeout(this.#going);
    this.#line.textContent = text;
    this.#line.classList.toggle('refusal', refused);
    if (text) this.#going = setTimeout(() => this.say(''), refused ? REFUSED_IS_SHOWN_MS : DONE_IS_SHOWN_MS);
  }
}
