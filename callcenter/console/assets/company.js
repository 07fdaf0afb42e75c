/* Who was called into the room for the emergency of this agent, and how it stands with each: beside the contact in the
   profile, and in a list by the keys. Who did not answer or has left stays there to be seen.

   Event `left`, detail {text}: somebody who was in the room is not any more. */

export class Company extends EventTarget {
  #list;
  #profile;
  #words;
  #before = { id: null, outcomes: new Map() };

  /** `list` in `section`, which is hidden while nobody was called; names of contacts are taken from `profile`. */
  constructor(list, profile, words) {
    super();
    this.#list = list;
    this.#profile = profile;
    this.#words = words;
  }

  /** `emergency` as the service tells it, or nothing. */
  show(emergency) {
    const company = emergency?.company ?? [];
    this.#list.parentElement.hidden = !company.length;
    const shown = company.map(([role, target, outcome]) => this.#text(role, target, outcome));
    if (shown.join() !== [...this.#list.children].map((item) => item.textContent).join()) {
      this.#list.replaceChildren(...company.map((one, at) => this.#item(one, shown[at])));
    }
    this.#mark(company);
    this.#miss(emergency?.id ?? null, company);
  }

  #text(role, target, outcome) {
    const asked = role === 'dispatcher' ? 'sheet' : 'asked';
    return `${this.#name(role, target)}${this.#words.colon}${this.#words.legs[outcome === 'answered' ? asked : outcome]}`;
  }

  #miss(id, company) {
    const before = this.#before.id === id ? this.#before.outcomes : new Map();
    this.#before = { id, outcomes: new Map(company.map(([role, target, outcome]) => [`${role} ${target}`, outcome])) };
    for (const [role, target, outcome] of company) {
      const was = before.get(`${role} ${target}`);
      if (outcome !== 'left' || !was || was === 'left') continue;
      this.dispatchEvent(new CustomEvent('left', { detail: { text: this.#text(role, target, outcome) } }));
    }
  }

  #item([, , outcome], text) {
    const item = document.createElement('li');
    item.className = outcome;
    item.textContent = text;
    return item;
  }

  #name(role, target) {
    if (role === 'dispatcher') return this.#words.dispatcher;
    return this.#contact(target)?.dataset.name ?? (role === 'standby' ? `${this.#words.standby} ${target}` : this.#words.contact);
  }

  #contact(id) {
    return this.#profile.querySelector(`[data-contact="${CSS.escape(id)}"]`);
  }

  #mark(company) {
    const outcomes = new Map(company.map(([, target, outcome]) => [target, outcome]));
    for (const contact of this.#profile.querySelectorAll('[data-contact]')) {
      const outcome = outcomes.get(contact.dataset.contact);
      const mark = contact.querySelector('.leg');
      mark.textContent = outcome ? this.#words.legs[outcome] : '';
      mark.className = `leg ${outcome ?? ''}`;
    }
  }
}
