/* 结案: the form with dispositions, by digits and Enter or by mouse. What the service doubts takes another key than Enter, or
   the button that opens then: an Enter held too long closes nothing that was not meant. */

export class Finishing {
  #form;
  #note;
  #doubt;
  #doubted = ''; // the disposition that the service asked about

  /** `doubt` is shown while the service wants to be told once more. */
  constructor(form, doubt) {
    this.#form = form;
    this.#doubt = doubt;
    form.addEventListener('change', () => this.#settle());
    this.#note = form.querySelector('textarea');
  }

  get open() {
    return document.body.classList.contains('finishing');
  }

  begin() {
    document.body.classList.add('finishing');
    this.#form.scrollIntoView({ block: 'end' });
    const chosen = this.#form.querySelector('input[name=disposition]:checked');
    (chosen ?? this.#form.elements.disposition[0])?.focus({ preventScroll: true });
  }

  /** Closed, what was chosen and written is kept; emptied, it is gone. */
  close() {
    document.body.classList.remove('finishing');
    this.#form.parentElement.scrollTop = 0;
    this.#settle();
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
    this.#settle();
    return true;
  }

  submit() {
    this.#form.requestSubmit();
  }

  /** Whether the service waits to be told once more. */
  get doubted() {
    return this.#doubted !== '';
  }

  /** What the command says, or nothing while no disposition is chosen. `sure`: said once more. */
  words(sure) {
    const disposition = this.#form.elements.disposition.value;
    if (!disposition) return undefined;
    const ticked = this.#form.querySelectorAll('.choice:has(> label :checked) [name=tick]:checked');
    const items = [...ticked].map((item) => item.value);
    return { disposition, items, note: this.#note.value, sure: sure && this.#doubted === disposition };
  }

  /** The service would have this disposition saved a second time. */
  doubt(disposition) {
    this.#doubted = disposition;
    this.#doubt.hidden = false;
    this.#doubt.scrollIntoView({ block: 'nearest' });
  }

  #settle() {
    this.#doubted = '';
    this.#doubt.hidden = true;
  }
}
