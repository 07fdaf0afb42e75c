/* The queue on the left: every open emergency, the most urgent first, and who has it. Priority is told by colour, shape, text
   and border. Many changes are one redraw a frame; rows that did not change are left as they are.

   Event `chosen`, detail {id}. */

import { Cards } from './cards.js';

const SVG = 'http://www.w3.org/2000/svg';
const SHAPES = { 1: 'M12 1 23 12 12 23 1 12z', 2: 'M12 2 23 22H1z', 3: 'M12 2a10 10 0 1 0 .01 0z' };

export class Queue extends EventTarget {
  #list;
  #words;
  #clock;
  #known = new Map();
  #rows = new Map();
  #me = null;
  #selected = null;
  #drawing = 0;
  #cards;

  constructor(list, words, clock) {
    super();
    this.#list = list;
    this.#words = words;
    this.#clock = clock;
    this.#cards = new Cards(words);
    list.addEventListener('click', (event) => {
      const row = event.target.closest('[data-id]');
      if (row) this.dispatchEvent(new CustomEvent('chosen', { detail: { id: row.dataset.id } }));
    });
  }

  get size() {
    return this.#known.size;
  }

  get(id) {
    return this.#known.get(id);
  }

  /** Whom this agent talks with. */
  mine() {
    return this.#ours().find((one) => !one.hold);
  }

  /** Whom this agent has on hold, the longest first. */
  held() {
    return this.#ours()
      .filter((one) => one.hold)
      .sort((one, other) => one.hold.since_ms - other.hold.since_ms);
  }

  /** Nobody has these; the most urgent first, then who waits longest. */
  waiting() {
    return this.#sorted().filter((one) => one.state === 'waiting');
  }

  replace(emergencies, me) {
    this.#me = me;
    this.#known = new Map(emergencies.map((one) => [one.id, one]));
    this.#draw();
  }

  /** Gives back those that are new, or wait again. */
  change(changed, gone) {
    const news = changed.filter((one) => one.state === 'waiting' && this.#known.get(one.id)?.state !== 'waiting');
    for (const one of changed) this.#known.set(one.id, one);
    for (const id of gone) this.#known.delete(id);
    this.#draw();
    return news;
  }

  select(id) {
    this.#selected = id;
    this.#draw();
  }

  tick() {
    for (const shown of this.#list.querySelectorAll('time')) {
      shown.textContent = clock(this.#clock.now() - Number(shown.dataset.since));
    }
  }

  #ours() {
    return [...this.#known.values()].filter((one) => one.owner === this.#me && one.owner_role === 'agent');
  }

  #sorted() {
    return [...this.#known.values()].sort((one, other) => one.priority - other.priority || one.opened_ms - other.opened_ms);
  }

  #draw() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      for (const id of this.#rows.keys()) if (!this.#known.has(id)) this.#rows.delete(id);
      this.#list.replaceChildren(...this.#cards.arranged(this.#sorted(), (one) => this.#row(one)));
      this.tick();
    });
  }

  #owner(one) {
    const name = one.owner_name || this.#words[one.owner_role] || one.owner;
    return one.owner_role === 'agent' ? `${name} ${one.owner}` : name;
  }

  #row(one) {
    const drawn = JSON.stringify([one, one.id === this.#selected]);
    const before = this.#rows.get(one.id);
    if (before?.drawn === drawn) return before.row;
    const row = this.#fresh(one);
    this.#rows.set(one.id, { drawn, row });
    return row;
  }

  #fresh(one) {
    const words = this.#words;
    const here = one.legs.some(([role, target, outcome]) => role === 'agent' && target === this.#me && outcome === 'ringing');
    const row = document.createElement('li');
    row.className = [`p${one.priority}`, one.state, one.hold && 'held', one.hold?.over && 'over', here && 'here', one.id === this.#selected && 'selected'].filter(Boolean).join(' ');
    const button = row.appendChild(document.createElement('button'));
    button.type = 'button';
    button.dataset.id = one.id;
    button.setAttribute('aria-pressed', String(one.id === this.#selected));
    const shape = button.appendChild(document.createElementNS(SVG, 'svg'));
    shape.setAttribute('viewBox', '0 0 24 24');
    shape.setAttribute('aria-hidden', 'true');
    shape.appendChild(document.createElementNS(SVG, 'path')).setAttribute('d', SHAPES[one.priority]);
    const unknown = one.candidates ? words.candidates.replace('#', one.candidates) : words.unknown;
    const years = one.age === null ? '' : ` ${one.age}${words.years}`;
    add(button, 'b', `P${one.priority} ${words[`p${one.priority}`]} · ${one.name || unknown}${years}${one.presses > 1 ? ` ×${one.presses}` : ''}`);
    const waits = one.state === 'waiting';
    const for_ = add(button, 'i', one.hold ? words.for_hold : waits ? words.for_waiting : words.for_with);
    add(for_, 'time', '').dataset.since = one.hold?.since_ms ?? (waits ? one.opened_ms : (one.claimed_ms ?? one.opened_ms));
    const facts = [
      one.place,
      here && !one.transfer ? words.rings_here : waits ? words.waiting : `${words[one.hold ? 'held_by' : 'with']}: ${this.#owner(one)}`,
      one.transfer && (one.transfer === this.#me ? words.transfer_here : words.transfer_to.replace('#', one.transfer)),
      one.round > 1 && words.round.replace('#', one.round),
      one.claimed_ms && words.waited.replace('#', clock(one.claimed_ms - one.opened_ms)),
      !one.connected && words.gone,
      one.connected && one.silent && words.silent,
    ];
    add(button, 'span', facts.filter(Boolean).join(' · '));
    return row;
  }
}

/** 75 000 ms → 1:15. */
function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function add(parent, name, text) {
  const element = parent.appendChild(document.createElement(name));
  element.textContent = text;
  return element;
}
