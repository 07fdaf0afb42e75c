/* What must be well before an agent may be rung here: the link, sound, the microphone, the telephone. A lamp for each. */

const REGISTERED_WITHIN_MS = 5000;
const ANOTHER_TAB_TRIES = 4;
const ANOTHER_TAB_WAIT_MS = 500;

export class Ready {
  #alarm;
  #phone;
  #words;
  #well = { link: false, sound: false, microphone: false, phone: false };

  constructor(alarm, phone, words) {
    this.#alarm = alarm;
    this.#phone = phone;
    this.#words = words;
    phone.addEventListener('registered', () => this.show('phone', true));
    phone.addEventListener('unregistered', () => this.show('phone', false));
    phone.addEventListener('failed', ({ detail }) => {
      if (detail.reason === 'media') return; // this call's, not the telephone's
      this.show(detail.reason === 'microphone' ? 'microphone' : 'phone', false, words.refused);
    });
  }

  show(part, well, text = well ? this.#words.ok : this.#words.lost) {
    this.#well[part] = well;
    const lamp = document.getElementById(`health-${part}`);
    lamp.classList.toggle('well', well);
    lamp.querySelector('b').textContent = text;
  }

  /** Unlocks the sound, takes the microphone, registers the telephone. Gives back what is not well then. */
  async prepare() {
    const heard = await this.#alarm.unlock();
    this.show('sound', heard, heard ? this.#words.ok : this.#words.off);
    if (await this.#startPhone()) {
      this.show('microphone', true);
      if (!this.#phone.registered) await this.#registered();
    }
    return Object.keys(this.#well).filter((part) => !this.#well[part]);
  }

  /* The page that had the desk before lets go of the telephone once the service has told it to. */
  async #startPhone() {
    for (let tries = ANOTHER_TAB_TRIES; ; tries -= 1) {
      try {
        await this.#phone.start();
        return true;
      } catch (error) {
        if (error.message !== 'another_tab' || !tries) return false;
        await new Promise((later) => setTimeout(later, ANOTHER_TAB_WAIT_MS));
      }
    }
  }

  #registered() {
    return new Promise((done) => {
      const late = setTimeout(done, REGISTERED_WITHIN_MS);
      this.#phone.addEventListener('registered', () => (clearTimeout(late), done()), { once: true });
    });
  }
}
