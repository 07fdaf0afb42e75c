/* Which keys would do something now. One that would not stays in reach, looks so, and says why when it is pressed. */

/** Why not, by action: a word of the page, or '' for what is possible. `now` is how things stand at this desk. */
function whyNot({ presence, rings, talks, mine, held, waiting, chosen }) {
  const off = presence === 'offline' ? 'online_first' : '';
  const has = Boolean(mine || held || talks);
  const none = has ? '' : off || 'nobody_here';
  return {
    answer: rings ? '' : off || (mine ? 'talks_already' : waiting ? '' : 'nobody_waits'),
    mute: talks ? '' : off || 'no_call',
    hold: none,
    park: waiting || held ? '' : has ? 'nobody_else' : off || 'nobody_here',
    family: none,
    dispatch: none,
    transfer: none,
    finish: has || chosen ? '' : off || 'nobody_here',
    callback: !chosen ? off || 'nobody_here' : chosen.connected ? 'she_is_there' : '',
  };
}

export class Possible {
  #why = {};

  show(now) {
    this.#why = whyNot(now);
    for (const button of document.querySelectorAll('.keys [data-do], [data-like]')) {
      const refused = String(Boolean(this.#why[button.dataset.do ?? button.dataset.like]));
      if (button.getAttribute('aria-disabled') !== refused) button.setAttribute('aria-disabled', refused);
    }
  }

  /** The word that says why this cannot be done now; '' if it can. */
  refusal(action) {
    return this.#why[action] ?? '';
  }
}
