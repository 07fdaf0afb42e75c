/* Emergencies of probably one cause are one card in the queue; the service says which. Inside, each is a row of its own, and
   the card stands where its most urgent row would. A card of many is closed until somebody opens it. */

const OPEN_UP_TO = 5;

export class Cards {
  #words;
  #known = new Map();

  constructor(words) {
    this.#words = words;
  }

  /** What the queue shows, in this order: rows, and cards with their rows in them. */
  arranged(emergencies, row) {
    const shown = [];
    const together = new Map();
    for (const one of emergencies) {
      const card = one.together?.card;
      if (!card) shown.push(row(one));
      else if (together.has(card)) together.get(card).push(one);
      else {
        together.set(card, [one]);
        shown.push(this.#card(card, one));
      }
    }
    for (const [card, those] of together) this.#fill(card, those, row);
    for (const card of this.#known.keys()) if (!together.has(card)) this.#known.delete(card);
    return shown;
  }

  #card(id, one) {
    if (!this.#known.has(id)) {
      const card = document.createElement('li');
      card.append(document.createElement('details'));
      card.firstChild.append(document.createElement('summary'), document.createElement('ol'));
      this.#known.set(id, card);
    }
    const card = this.#known.get(id);
    card.className = `card p${one.priority}`;
    return card;
  }

  #fill(id, those, row) {
    const [details] = this.#known.get(id).children;
    const [summary, list] = details.children;
    const waiting = those.filter((one) => one.state === 'waiting').length;
    const text = this.#words.together.replace('#', those.length).replace('%', waiting);
    const shown = `${those[0].together.place} · ${text}`;
    if (summary.textContent !== shown) summary.textContent = shown;
    if (!details.dataset.seen) details.open = those.length <= OPEN_UP_TO;
    details.dataset.seen = 'yes';
    list.replaceChildren(...those.map(row));
  }
}
