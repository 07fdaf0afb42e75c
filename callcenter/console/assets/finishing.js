/* 结案: the form with dispositions, by digits and Enter or by mouse. What the service doubts is saved by saving it again. */

export class Finishing {
  #form;
  #note;
  #doubted = ''; // the disposition that the service asked about

  constructor(form) {
    this.#form = form;
    this.#note = form.querySelector('textarea');
  }

  get open() {
    return document.body.classList.contains('finishing');
  }

  begin() {
    document.body.classList.add('finishing');
    this.#form.scrollIntoView({ block: 'nearest' });
    this.#form.elements.disposition[0]?.focus({ preventScroll: true });
  }

  /** Closed, what was chosen and written is kept; emptied, it is gone. */
  close() {
    document.body.classList.remove('finishing');
    this.#doubted = '';
  }

  empty() {
    this.close();
    this.#form.reset();
  }

  /** Chooses by the digit; false for one that stands for nothing. */
  digit(key) {
    const radio = this.#form.querySelector(`input[name=disposition][value="${CSS.escape(key)}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.focus({ preventScroll: true });
    return true;
  }

  submit() {
    this.#form.requestSubmit();
  }

  /** What the command says, or nothing while no disposition is chosen. */
  words() {
    const disposition = this.#form.elements.disposition.value;
    if (!disposition) return undefined;
    const ticked = this.#form.querySelectorAll('.choice:has(> label :checked) [name=tick]:checked');
    const items = [...ticked].map((item) => item.value);
    return { disposition, items, note: this.#note.value, sure: this.#doubted === disposition };
  }

  /** The service would have this disposition saved a second time. */
  doubt(disposition) {
    this.#doubted = disposition;
  }
}
