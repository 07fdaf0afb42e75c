/* Who is there: the list below the queue, and where this agent stands herself. */

export class Agents {
  #list;
  #pill;
  #words;
  #known = [];
  #me = null;
  #alone = false;

  constructor(list, pill, words) {
    this.#list = list;
    this.#pill = pill;
    this.#words = words;
  }

  /** Of this agent: offline, free, ringing, talking, hold, wrap_up or break. */
  get presence() {
    return this.#known.find((agent) => agent.extension === this.#me)?.presence ?? 'offline';
  }

  /** Everybody else who may be asked to take somebody over. */
  get free() {
    return this.#known.filter((agent) => agent.extension !== this.#me && ['free', 'wrap_up'].includes(agent.presence));
  }

  replace(agents, me) {
    this.#me = me;
    this.#show(agents);
  }

  change(changed) {
    const same = this.#known.filter((old) => !changed.some((one) => one.extension === old.extension));
    this.#show([...same, ...changed]);
  }

  /** Whether whom this agent is with has hung up, and is called back. */
  alone(alone) {
    this.#alone = alone;
    this.#showMe();
  }

  #showMe() {
    const alone = this.#alone && this.presence === 'talking';
    this.#pill.textContent = this.#words[alone ? 'alone' : this.presence];
    this.#pill.className = `pill ${this.presence}`;
  }

  #show(agents) {
    this.#known = agents.toSorted((one, other) => one.extension.localeCompare(other.extension));
    const words = this.#words;
    this.#showMe();
    this.#list.replaceChildren(
      ...this.#known.map((agent) => {
        const item = document.createElement('li');
        item.className = agent.presence;
        item.textContent = `${agent.extension} ${agent.name} · ${words[agent.presence]}`;
        return item;
      }),
    );
  }
}
