/* Who was called into the room for the emergency of this agent, and how it stands with each: beside the contact in the
   profile, and in a list by the keys. What nobody answered stays there to be seen, until somebody is called again. */

export class Company {
  #list;
  #profile;
  #words;

  /** `list` in `section`, which is hidden while nobody was called; names of contacts are taken from `profile`. */
  constructor(list, profile, words) {
    this.#list = list;
    this.#profile = profile;
    this.#words = words;
  }

  /** `emergency` as the service tells it, or nothing. */
  show(emergency) {
    const company = emergency?.company ?? [];
    this.#list.parentElement.hidden = !company.length;
    const shown = company.map(([role, target, outcome]) => `${this.#name(role, target)}：${this.#words.legs[role === 'dispatcher' && outcome === 'answered' ? 'sheet' : outcome]}`);
    if (shown.join() !== [...this.#list.children].map((item) => item.textContent).join()) {
      this.#list.replaceChildren(...company.map((one, at) => this.#item(one, shown[at])));
    }
    this.#mark(company);
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
