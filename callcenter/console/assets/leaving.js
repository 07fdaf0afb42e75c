/* Leaving her for a moment, and handing her on: hold, park, resume, transfer. Who has whom is the service's to say; kept here
   is only that the agent has asked for a ring, and wants it answered without another key. */

const ANSWERED_WITHIN_MS = 8000;
const HUNG_UP_WITHIN_MS = 3000;
const COLLEAGUES_AT_MOST = 9; // a digit each

export class Leaving {
  #queue;
  #phone;
  #command;
  #say;
  #words;
  #list;
  #answersUntil = 0;

  /** `list` is where the colleagues are shown to whom she may be transferred. */
  constructor({ queue, phone, command, say, words, list }) {
    this.#queue = queue;
    this.#phone = phone;
    this.#command = command;
    this.#say = say;
    this.#words = words;
    this.#list = list;
    phone.addEventListener('ringing', () => {
      if (performance.now() > this.#answersUntil) return;
      this.#answersUntil = 0;
      phone.answer();
    });
    list.addEventListener('click', ({ target }) => {
      const to = target.closest('[data-to]');
      if (to) this.#transfer(to.dataset.to);
    });
  }

  /** Holds whom the agent talks with; otherwise talks again with whom she held. */
  hold(selected) {
    const mine = this.#queue.mine();
    if (mine) return this.#command('hold', { emergency: mine.id });
    return this.resume(selected);
  }

  /** With the selected one if it is on hold here, or else with who has been for longest. */
  resume(selected) {
    const held = this.#queue.held();
    const next = held.find((one) => one.id === selected) ?? held[0];
    if (!next) return this.#say(this.#words.nobody_on_hold, true);
    return this.#take(next);
  }

  /** Leaves whom the agent talks with, and takes the selected one, the most urgent that waits, or who was parked first. */
  async park(selected) {
    const mine = this.#queue.mine();
    const mayBeNext = [...this.#queue.waiting(), ...this.#queue.held()];
    const next = mayBeNext.find((one) => one.id === selected) ?? mayBeNext[0];
    if (!mine && !next) return this.#say(this.#words.choose, true);
    if (mine) {
      if (!(await this.#command('park', { emergency: mine.id }))) return undefined;
      await this.#hungUp();
    }
    return next && this.#take(next);
  }

  /** Opens the list of colleagues, or closes it; asks nobody any more if somebody is being asked. */
  choose(colleagues) {
    const mine = this.#queue.mine() ?? this.#queue.held()[0];
    if (!mine) return this.#say(this.#words.not_yours, true);
    if (mine.transfer) return this.#command('stop_transfer', { emergency: mine.id });
    if (!this.#list.hidden) return this.close();
    const rows = colleagues.slice(0, COLLEAGUES_AT_MOST).map((agent, at) => this.#row(String(at + 1), agent.extension, `${agent.name} ${agent.extension}`));
    this.#list.querySelector('ol').replaceChildren(...rows, this.#row('0', '', this.#words.anybody));
    this.#list.hidden = false;
    this.#list.querySelector('button').focus();
    return undefined;
  }

  /** The digit of the list; false where the list is not open. */
  digit(key) {
    const row = this.#list.hidden ? null : this.#list.querySelector(`[data-digit="${CSS.escape(key)}"]`);
    if (row) this.#transfer(row.dataset.to);
    return row !== null;
  }

  close() {
    this.#list.hidden = true;
  }

  #row(digit, to, text) {
    const item = document.createElement('li');
    const button = item.appendChild(document.createElement('button'));
    Object.assign(button, { type: 'button' });
    Object.assign(button.dataset, { digit, to });
    button.appendChild(document.createElement('kbd')).textContent = digit;
    button.append(text);
    return item;
  }

  #transfer(to) {
    const mine = this.#queue.mine() ?? this.#queue.held()[0];
    this.close();
    if (!mine) return;
    if (to) this.#command('transfer', { emergency: mine.id, to });
    else this.#command('hand_back', { emergency: mine.id });
  }

  #take(one) {
    this.#answersUntil = performance.now() + ANSWERED_WITHIN_MS;
    if (this.#phone.rings) return this.#phone.answer();
    return this.#command('take', { emergency: one.id });
  }

  /** The telephone takes one call at a time. */
  #hungUp() {
    if (!this.#phone.busy) return undefined;
    return new Promise((done) => {
      const late = setTimeout(done, HUNG_UP_WITHIN_MS);
      this.#phone.addEventListener('ended', () => (clearTimeout(late), done()), { once: true });
    });
  }
}
