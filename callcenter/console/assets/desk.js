/* 坐席台: the page an agent works a whole shift on, never reloaded. What it shows it hears over one link from the service
   (link.js); what it does are commands on that link and keys of the telephone in the page (phone.js). The service decides;
   here nothing is decided but what is on the screen and what sounds. */

import { Agents } from './agents.js';
import { Alarm } from './alarm.js';
import { Company } from './company.js';
import { Confirm } from './confirm.js';
import { Finishing } from './finishing.js';
import { Keys } from './keys.js';
import { Leaving } from './leaving.js';
import { Link } from './link.js';
import { Phone } from './phone.js';
import { Possible } from './possible.js';
import { Queue } from './queue.js';
import { Ready } from './ready.js';
import { Said } from './said.js';

const $ = (id) => document.getElementById(id);
const WORDS = JSON.parse(document.body.dataset.words);
const { account, password, beatSeconds } = document.body.dataset;

const socket = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
const alarm = new Alarm();
const link = new Link(`${socket}/desk/live`, Number(beatSeconds));
const phone = new Phone({ url: `${socket}/sip`, account, password });
const ready = new Ready(alarm, phone, WORDS);
const queue = new Queue($('queue'), WORDS, link);
const agents = new Agents($('agents'), $('presence'), WORDS);
const said = new Said($('said'));
const say = (text, refused) => said.say(text, refused);
const leaving = new Leaving({ queue, phone, command, say, words: WORDS, list: $('transfer') });
const company = new Company($('company'), $('profile'), WORDS);
company.addEventListener('left', ({ detail }) => (alarm.once(), say(detail.text, true)));
const confirm = new Confirm($('confirm'), () => say(''));
const finishing = new Finishing($('finish'), $('doubt'));
const possible = new Possible();
const keys = new Keys(JSON.parse(document.body.dataset.keys));

let selected = null; // emergency on the screen
let muted = false;
let overdue = 0; // how many were on hold for too long when it sounded last

// ---------------------------------------------------------------------------------------------- ready to be rung

async function goOnline() {
  const missing = await ready.prepare();
  if (missing.length) return say(WORDS.not_ready + missing.map((part) => WORDS[part]).join(' '), true);
  if (await command('presence', { presence: 'online' })) $('profile').focus({ preventScroll: true });
}

phone.addEventListener('failed', ({ detail }) => detail.reason === 'media' && say(WORDS.media, true));
phone.addEventListener('registered', here);
phone.addEventListener('ringing', () => ($('help').close(), rings(true)));
phone.addEventListener('talking', () => (rings(false), say('')));
phone.addEventListener('ended', () => (rings(false), mute(false)));

/** She can be rung again: whoever could not reach her a moment ago rings at once. */
function here() {
  if (phone.registered && agents.presence !== 'offline') link.ask('here', {});
}

function rings(now) {
  document.body.classList.toggle('rings', now);
  showPossible();
}

// ------------------------------------------------------------------------------------------------------ the link

link.addEventListener('state', ({ detail }) => {
  ready.show('link', true);
  queue.replace(detail.emergencies, detail.me);
  agents.replace(detail.agents, detail.me);
  $('notice').hidden = true;
  notice(detail.away ? WORDS.away : '');
  // The page was opened anew while its agent is on duty: be there again without a click, if the browser lets us.
  if (!phone.registered && agents.presence !== 'offline') ready.prepare();
  if (phone.registered && agents.presence === 'offline') say(WORDS.taken_off, true);
  here();
  keepSelected();
});

link.addEventListener('changes', ({ detail }) => {
  const asked = queue.mine()?.transfer;
  const news = queue.change(detail.emergencies ?? [], detail.gone ?? []);
  if (asked && queue.mine() && !queue.mine().transfer) say(WORDS.transfer_kept, true);
  if (detail.agents) agents.change(detail.agents);
  if ('away' in detail) notice(detail.away ? WORDS.away : '');
  for (const one of news) $('announce').textContent = `P${one.priority} ${one.name} ${one.place}`;
  if (news.length && queue.mine()) alarm.once();
  keepSelected();
});

link.addEventListener('profile', ({ detail }) => {
  const mine = queue.mine();
  if (detail.offered && mine && mine.id !== detail.emergency) return; // whom the agent talks with stays on the screen
  if (!detail.offered && detail.emergency !== selected) return;
  selected = detail.emergency;
  if (detail.html === undefined) return say(WORDS.away, true);
  $('profile').innerHTML = detail.html; // made by the server's templates, which escape every word of it
  $('profile').scrollTop = 0;
  queue.select(selected);
  company.show(queue.mine() ?? queue.get(selected));
});

link.addEventListener('transcript', ({ detail }) => {
  const shown = $('transcript');
  if (!shown || detail.emergency !== selected) return;
  $('transcript-none').hidden = true;
  const last = shown.lastElementChild;
  const item = last?.classList.contains('so-far') ? last : shown.appendChild(document.createElement('li'));
  item.textContent = detail.text;
  item.classList.toggle('so-far', detail.final !== 'yes');
  item.scrollIntoView({ block: 'nearest' });
});

link.addEventListener('lost', () => {
  ready.show('link', false);
  document.body.classList.add('stale');
  notice(WORDS.stale);
});
link.addEventListener('back', () => {
  document.body.classList.remove('stale');
  notice('');
});
link.addEventListener('leave', ({ detail }) => {
  if (detail.why === 'signed_out') location.assign('/login');
  if (detail.why !== 'replaced') return;
  phone.stop();
  alarm.stop();
  document.body.classList.add('stale');
  notice(WORDS.replaced);
});

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

async function ask(name, words) {
  const answer = await link.ask(name, words);
  const did = queue.mine() && words.presence ? 'after_call' : (words.presence ?? name);
  say(answer.ok ? WORDS.did[did] : answer.said || WORDS.no_answer_from_service, !answer.ok);
  return answer;
}

async function command(name, words = {}) {
  return (await ask(name, words)).ok;
}

// ------------------------------------------------------------------------------------------------ what is chosen

queue.addEventListener('chosen', ({ detail }) => choose(detail.id));

function choose(id) {
  if (selected !== id) {
    selected = id;
    queue.select(id);
  }
  link.send({ kind: 'show', number: 0, emergency: id });
}

/** The emergency of this agent is on the screen; one that is over is not. */
function keepSelected() {
  call(); // first: whatever fails below, she is heard
  const mine = queue.mine();
  const holds = !mine && queue.held().length > 0;
  document.querySelector('[data-do=hold] span').textContent = holds ? WORDS.resume : WORDS.hold;
  if (mine && selected !== mine.id) choose(mine.id);
  if (selected && !queue.get(selected)) {
    selected = null;
    finishing.empty();
    $('profile').replaceChildren($('idle').content.cloneNode(true));
  }
  if (!selected && queue.held().length) choose(queue.held()[0].id);
  const idle = $('profile').querySelector('.idle');
  if (idle) idle.textContent = WORDS.idle[agents.presence];
  company.show(mine ?? queue.get(selected));
  agents.alone(Boolean(mine && !mine.connected));
  showPossible();
  $('waiting').textContent = WORDS.count.replace('#', queue.waiting().length);
  $('queue-empty').hidden = queue.size > 0;
}

/** Who waits is in the window's title and sounds. */
function call() {
  document.title = document.title.replace(/^\(\d+\) /, '');
  if (queue.waiting().length) document.title = `(${queue.waiting().length}) ${document.title}`;
  sound();
}

/** The rhythm of the most urgent that waits, or of whom the agent has left for too long; a beep while she talks. */
function sound() {
  const over = queue.held().filter((one) => one.hold.over);
  if (over.length > overdue && queue.mine()) alarm.once();
  if (over.length > overdue) say(WORDS.held_too_long, true);
  overdue = over.length;
  const listens = ['free', 'ringing', 'wrap_up'].includes(agents.presence);
  const calling = [...over, ...(listens ? queue.waiting() : [])].map((one) => one.priority);
  alarm.sound(queue.mine() || !calling.length ? 0 : Math.min(...calling));
}

// -------------------------------------------------------------------------------------------------- what is done

/** Whom a key is about: whom the agent talks with, has on hold, or looks at. */
function current() {
  return queue.mine() ?? queue.held()[0] ?? queue.get(selected);
}

function showPossible() {
  possible.show({
    presence: agents.presence,
    rings: phone.rings,
    talks: phone.busy && !phone.rings,
    mine: queue.mine(),
    held: queue.held().length,
    waiting: queue.waiting().length,
    chosen: current(),
  });
}

function answer() {
  if (phone.rings) return phone.answer();
  const most = queue.waiting()[0];
  if (most && !queue.mine()) command('take', { emergency: most.id });
}

function mute(on) {
  muted = on;
  phone.mute(on);
  const button = document.querySelector('[data-do=mute]');
  button.setAttribute('aria-pressed', String(on));
  button.querySelector('span').textContent = on ? WORDS.unmute : WORDS.mute;
}

function withCurrent(name) {
  const emergency = current();
  if (emergency) command(name, { emergency: emergency.id });
  else say(WORDS.nobody_here, true);
}

function dispatch() {
  if (confirm.asked) return callDispatch();
  confirm.ask();
  say(WORDS.confirm_120);
}

function callDispatch() {
  confirm.close();
  withCurrent('invite_120');
}

function finish() {
  if (finishing.doubted) return save(true);
  say('');
  $('help').close();
  finishing.begin();
}

$('finish').addEventListener('submit', (event) => (event.preventDefault(), save(false)));

/** `sure`: once more, although the service knows of nobody who took over. */
async function save(sure) {
  const emergency = current();
  const words = finishing.words(sure);
  if (!emergency) return say(WORDS.nobody_here, true);
  if (!words) return say(WORDS.choose_disposition, true);
  const answer = await ask('finish', { emergency: emergency.id, ...words });
  if (answer.refused === 'NobodyTookOver') finishing.doubt(words.disposition);
  if (!answer.ok) return;
  phone.hangUp();
  finishing.empty();
  $('profile').focus({ preventScroll: true });
}

function help() {
  if ($('help').open) return $('help').close();
  $('help').show();
  $('help').querySelector('button').focus();
}

const DO = {
  answer,
  mute: () => mute(!muted),
  family: () => withCurrent('invite_contact'),
  dispatch,
  hold: () => leaving.hold(selected),
  park: () => leaving.park(selected),
  transfer: () => leaving.choose(agents.free),
  finish,
  sure: () => save(true),
  callback: () => withCurrent('call_back'),
  help,
  search: () => $('search').focus(),
  confirm: callDispatch,
  cancel,
};

/** By key or click. What is not possible now says why. */
function act(action) {
  showPossible(); // the telephone may have news that no link has told yet
  const refusal = possible.refusal(action);
  if (refusal) say(WORDS[refusal], true);
  else DO[action]();
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (button) act(button.dataset.do);
});
$('online').addEventListener('click', goOnline);
$('break').addEventListener('click', () => command('presence', { presence: 'break' }));
$('offline').addEventListener('click', () => command('presence', { presence: 'offline' }));

document.addEventListener('keydown', (event) => {
  const action = keys.action(event);
  if (action && !event.repeat) act(action);
  if (action || (event.repeat && event.key === 'Enter') || otherKey(event)) event.preventDefault();
});

function otherKey(event) {
  if (event.key === 'Enter' && confirm.asked) return callDispatch(), true;
  if (event.key === 'Escape') return cancel(), false;
  if (event.target === $('note') && event.key === 'Enter' && !event.shiftKey && !event.isComposing) return finishing.submit(), true;
  if (event.target.matches('textarea, input:not([type=radio])')) return false;
  if (leaving.digit(event.key)) return true;
  if (!finishing.open) return false;
  if (event.key === 'Enter') return finishing.submit(), true;
  return finishing.digit(event.key);
}

/** What was begun and not done; if nothing was, whoever is on hold is talked with again. */
function cancel() {
  const begun = confirm.asked || finishing.open || $('help').open || !$('transfer').hidden;
  confirm.close();
  finishing.close();
  leaving.close();
  $('help').close();
  $('search').blur();
  say('');
  if (!begun && !queue.mine() && queue.held().length) leaving.resume(selected);
}

addEventListener('beforeunload', (event) => {
  if (queue.mine() || queue.held().length) event.preventDefault();
});
document.addEventListener('visibilitychange', () => alarm.unlock());

setInterval(() => {
  queue.tick();
  $('clock').textContent = new Date(link.now()).toLocaleTimeString(document.documentElement.lang, { hour12: false, timeZone: 'Asia/Shanghai' });
}, 500);

link.open();
