/* The keys of the desk: which key does what is each agent's own (the server keeps it), what they do is the page's. */

export class Keys {
  #does = new Map();

  /** `keys`: key by action. */
  constructor(keys) {
    for (const [action, key] of Object.entries(keys)) this.#does.set(key, action);
  }

  /** What this press asks for, or undefined: none while somebody composes 汉字, writes into a field, or holds a modifier. */
  action(event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return undefined;
    const writes = event.target.matches('textarea, input:not([type=radio]), select');
    if (writes && event.key.length === 1) return undefined;
    return this.#does.get(event.key);
  }
}
