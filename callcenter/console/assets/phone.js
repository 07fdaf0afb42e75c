/* The operator's telephone in the page: SIP over the door's WebSocket, sound by WebRTC.

   const phone = new Phone({ url: 'wss://…/sip', account: '1001-web', password });
   phone.addEventListener('ringing', ({ detail }) => show(detail.name, detail.number));
   await phone.start();     // after a click: asks for the microphone once and keeps it, so that answering is quick

   Events, each with a `detail`:
     registered    {}                 can be rung
     unregistered  { reason }         cannot; it goes on trying by itself
     ringing       { name, number }   one call at a time: while there is one, others hear "busy"
     talking       {}                 sound goes both ways
     ended         { reason, talked } the call is over; `talked` is false if somebody else answered it
     failed        { reason }         microphone, another_tab, refused (account or password), media

   It needs no page of the server: while the service is dead, Asterisk rings it through the door alone. */

import JsSIP from 'jssip';

const ICE_QUIET_MS = 150; // after the last address the browser found for itself: it may go on looking for seconds
const CONNECT_MS = [1000, 2000]; // at least, at most, before it connects again: all that an elder waits for is that door
const WAITS_MS = [1000, 2000, 4000, 8000, 15000]; // before it registers again; the last one is kept to
const EXPIRES_SECONDS = 60;
const ANSWER_MS = 2000; // Asterisk's answer when there is a doubt; later the connection counts as dead
const KEY_MS = 100;
const BETWEEN_KEYS_MS = 70;

export class Phone extends EventTarget {
  #audio;
  #url;
  #account;
  #password;
  #ua = null;
  #session = null;
  #microphone = null;
  #speaker = null;
  #starting = null;
  #muted = false;
  #again = null;
  #doubt = null;
  #refused = 0; // times in a row that Asterisk, or the network, would not have us
  #letGo = null; // gives back the lock that keeps other tabs from ringing

  /** `audio`: which microphone, and how it is treated, as getUserMedia takes it. */
  constructor({ url, account, password, audio = true }) {
    super();
    this.#audio = audio;
    this.#url = url;
    this.#account = account;
    this.#password = password;
  }

  get registered() {
    return this.#ua?.isRegistered() ?? false;
  }

  /** Whether a call rings here, and waits for `answer`. */
  get rings() {
    return this.#session?.isInProgress() ?? false;
  }

  /** Whether there is a call, ringing or not. */
  get busy() {
    return this.#session !== null;
  }

  /** What the other side says, as a MediaStream; null while nobody talks. */
  get sound() {
    return this.#speaker?.srcObject ?? null;
  }

  /** Goes online. Must come from a click. Rejects, after `failed`, without a microphone or if another tab is the phone. */
  start() {
    return (this.#starting ??= this.#goOnline().finally(() => (this.#starting = null)));
  }

  async #goOnline() {
    if (this.#ua) return;
    if (!(await this.#takeTheLine())) throw this.#fault('another_tab');
    try {
      await this.#listen();
    } catch (error) {
      this.#leaveTheLine();
      throw error;
    }
    this.#speaker = Object.assign(new Audio(), { autoplay: true });
    this.#ua = this.#userAgent();
    this.#ua.start();
    window.addEventListener('online', this.#check);
  }

  /** Goes offline: ends the call, unregisters, gives the microphone back. */
  stop() {
    window.removeEventListener('online', this.#check);
    clearTimeout(this.#again);
    clearTimeout(this.#doubt);
    this.#ua?.stop();
    this.#ua = null;
    this.#session = null;
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = null;
    this.#speaker = null;
    this.#leaveTheLine();
  }

  /** Takes the call that rings. Without a microphone the call goes back, so that somebody else is rung at once. */
  async answer() {
    const session = this.#session;
    if (!session?.isInProgress()) return;
    try {
      await this.#listen();
    } catch {
      session.terminate({ status_code: 480 });
      return;
    }
    if (session.isInProgress()) {
      session.answer({ mediaStream: this.#microphone, pcConfig: { iceServers: [] } });
    }
  }

  /** Ends the call, or sends back the one that rings. */
  hangUp() {
    if (!this.#session || this.#session.isEnded()) return;
    this.#session.terminate(this.#session.isInProgress() ? { status_code: 603 } : {});
  }

  mute(on) {
    this.#muted = on;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !on;
  }

  /** A key of the telephone: 0 to 9, * or #. Several are sent one after the other. */
  sendKey(keys) {
    if (!this.#session?.isEstablished()) return;
    this.#session.sendDTMF(keys, { transportType: 'RFC2833', duration: KEY_MS, interToneGap: BETWEEN_KEYS_MS });
  }

  /** To be called when the network may have been away: finds out at once whether Asterisk still hears us. */
  check() {
    if (!this.#ua?.isConnected()) return; // it is looking for a connection already
    clearTimeout(this.#doubt);
    this.#doubt = setTimeout(() => this.#reconnect(), ANSWER_MS);
    this.#ua.register();
  }

  #check = () => this.check();

  #reconnect() {
    if (!this.#ua?.isConnected()) return;
    this.#ua.transport.disconnect();
    this.#ua.transport.connect();
  }

  #userAgent() {
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(this.#url)],
      uri: `sip:${this.#account}@${new URL(this.#url).hostname.replace(/[[\]]/g, '')}`,
      password: this.#password,
      register_expires: EXPIRES_SECONDS,
      session_timers: false,
      connection_recovery_min_interval: CONNECT_MS.at(0) / 1000,
      connection_recovery_max_interval: CONNECT_MS.at(-1) / 1000,
    });
    ua.on('disconnected', () => this.#cutOff());
    ua.on('registered', () => {
      clearTimeout(this.#doubt);
      this.#refused = 0;
      this.#say('registered');
      this.#tellWhereWeAre();
    });
    ua.on('registrationFailed', (event) => this.#notRegistered(ua, event));
    ua.on('newRTCSession', ({ originator, session }) => {
      if (originator === 'remote') this.#rung(session);
    });
    return ua;
  }

  #cutOff() {
    if (this.#session?.isInProgress()) this.#session.terminate({ status_code: 480 }); // nobody could take it back any more
    this.#say('unregistered', { reason: 'disconnected' });
  }

  /* A talk outlives the connection on which it was begun. Asterisk must learn of the new one, or its good-bye would go to
     the old; if it has said good-bye meanwhile, it answers that there is no such talk. */
  #tellWhereWeAre() {
    const session = this.#session;
    if (!session?.isEstablished()) return;
    session.sendRequest(JsSIP.C.UPDATE, {
      extraHeaders: [`Contact: ${session.contact}`],
      eventHandlers: { onDialogError: () => session.terminate() },
    });
  }

  #notRegistered(ua, { response, cause }) {
    this.#say('unregistered', { reason: cause });
    if (response && [401, 403, 404].includes(response.status_code)) this.#say('failed', { reason: 'refused' });
    clearTimeout(this.#again);
    const wait = WAITS_MS[Math.min(this.#refused, WAITS_MS.length - 1)];
    this.#refused += 1;
    this.#again = setTimeout(() => {
      if (this.#ua !== ua) return;
      if (response) ua.register(); // after a refusal JsSIP would not try again
      else this.#reconnect(); // nobody answered on this connection: perhaps on a new one
    }, wait);
  }

  #rung(session) {
    if (this.#session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.#session = session;
    let talked = false;
    let quiet;
    session.on('icecandidate', ({ ready }) => {
      clearTimeout(quiet);
      quiet = setTimeout(ready, ICE_QUIET_MS);
    });
    session.on('peerconnection', ({ peerconnection }) => this.#hear(peerconnection));
    session.on('confirmed', () => {
      talked = true;
      this.#say('talking');
    });
    const over = ({ cause }) => {
      clearTimeout(quiet);
      if (this.#session !== session) return;
      this.#session = null;
      if (this.#speaker) this.#speaker.srcObject = null;
      this.mute(false);
      if (cause === JsSIP.C.causes.WEBRTC_ERROR || cause === JsSIP.C.causes.RTP_TIMEOUT) {
        this.#say('failed', { reason: 'media' });
      }
      this.#say('ended', { reason: cause, talked });
    };
    session.on('ended', over);
    session.on('failed', over);
    const { display_name: name, uri } = session.remote_identity;
    this.#say('ringing', { name: name ?? '', number: uri.user ?? '' });
  }

  #hear(connection) {
    connection.addEventListener('track', ({ streams, track }) => {
      if (this.#speaker) this.#speaker.srcObject = streams[0] ?? new MediaStream([track]);
    });
  }

  async #listen() {
    if (this.#microphone?.getAudioTracks().some((track) => track.readyState === 'live')) return;
    try {
      this.#microphone = await navigator.mediaDevices.getUserMedia({ audio: this.#audio });
    } catch {
      throw this.#fault('microphone');
    }
    for (const track of this.#microphone.getAudioTracks()) {
      track.enabled = !this.#muted;
      track.addEventListener('ended', () => this.#listenAgain());
    }
  }

  /* The headset was unplugged: whatever microphone there is goes on in its place. */
  async #listenAgain() {
    try {
      await this.#listen();
    } catch {
      return; // it was said
    }
    const [track] = this.#microphone.getAudioTracks();
    for (const sender of this.#session?.connection?.getSenders() ?? []) await sender.replaceTrack(track);
  }

  /* Two tabs with one account would take the calls from each other. */
  #takeTheLine() {
    return new Promise((answered) => {
      navigator.locks.request(`phone ${this.#account}`, { ifAvailable: true }, (lock) => {
        answered(lock !== null);
        return lock && new Promise((letGo) => (this.#letGo = letGo));
      });
    });
  }

  #leaveTheLine() {
    this.#letGo?.();
    this.#letGo = null;
  }

  #fault(reason) {
    this.#say('failed', { reason });
    return new Error(reason);
  }

  #say(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
