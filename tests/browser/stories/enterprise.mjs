// A firm's challenge, in English, from the need to the award: a talk with its minute, a question answered for all, and an
// objection that stops the clock of the notice and lets it go on.
import { CAST, walk } from '../county.mjs';
import { check } from '../look.mjs';
import { meeting, paper, words } from '../content.mjs';
import * as job from '../job.mjs';

const TRACK = 'enterprise_posted';
const org = (key) => CAST.filter(([k]) => k === key).map(([, uscc, name]) => ({ uscc, name }))[0];

/** A team asks for a talk, the firm writes the minute, the team confirms it; another asks a question, and all read the answer. */
async function talked(k, at, c) {
  const w = words('en');
  await at.bidder2.act(`/challenges/${c}`, 'interests', { note: w.long(w.pi) });
  const talk = job.idOf(at.bidder2);
  await at.poster.act(`/talks/${talk}`, 'minute', { held_on: await k.day(), present: w.attendance, summary: w.long(w.pi) }, { summary: 'x' });
  await at.bidder2.act(`/talks/${talk}`, 'confirmation');
  await at.bidder1.act(`/challenges/${c}`, 'questions', { text: 'How much liquor a day?' });
  await at.poster.visit('/desk');
  const asked = (await k.get('poster', `/challenges/${c}`)).questions[0].id;
  await at.poster.act(`/questions/${asked}`, 'answer', { answer: 'About 120 cubic metres.' });
  const anyone = await k.visitor('public');
  await anyone.visit(`/challenges/${c}`);
  await anyone.sees('How much liquor a day?', 'About 120 cubic metres.');
  await anyone.seesNot(org('u1').name);
  return anyone;
}

/** Anyone objects by name; accepted, it stops the clock; dismissed, the clock goes on with the days that were left. */
async function objected(k, at, anyone, c, n) {
  const w = words('en');
  const before = (await k.get('officer', `/notices/${n}`)).ends_at;
  const facts = { kind: 'person', proof: paper('signed'), name: 'Li Example', contact: '13812345678', facts: w.long(w.pi), request: 'Please check the references.', real_name: true };
  await anyone.act(`/notices/${n}`, 'objections', facts, { name: 'x' });
  const code = (await anyone.page.locator('#code dd').first().textContent()).match(/(?:[0-9A-Z]{5}-){5}[0-9A-Z]/)[0];
  const o = (await k.get('checker', '/objections')).items[0].id;
  await k.advance(1);
  await at.checker.visit('/desk');
  await at.checker.act(`/objections/${o}`, 'acceptance');
  check((await k.get('', `/challenges/${c}`)).state === 'on_hold', 'the challenge is not on hold');
  await anyone.visit(`/notices/${n}`);
  await k.pass(before);
  await at.checker.act(`/objections/${o}`, 'investigation', { no_conflict: true });
  await at.officer2.act(`/objections/${o}`, 'joining', { no_conflict: true });
  await k.advance(8);
  await at.checker.act(`/objections/${o}`, 'findings', { facts_found: w.long(w.pi), technical: 'no', independent: true });
  const decision = { outcome: 'dismiss', rule: 'Rules on notices and objections', reason: w.long(w.pi), ...meeting('en', await k.day()) };
  await at.head.act(`/objections/${o}`, 'decision', decision, { reason: 'Short.' });
  const after = (await k.get('officer', `/notices/${n}`)).ends_at;
  check(Date.parse(after) > Date.parse(before), 'the clock of the notice did not go on later');
  await anyone.visit('/follow');
  await anyone.page.fill('[name=code]', code);
  await anyone.page.click('form[action="/follow"] button:not(.vh)');
  await anyone.page.waitForSelector('#letter');
}

export const run = (ctx) =>
  walk(ctx, 'en', async (k) => {
    const at = await k.callIn('poster', 'officer', 'officer2', 'checker', 'head', 'supervisor', 'bidder1', 'bidder2');
    let c, first, second, n, anyone;
    await k.step('enterprise track: a need is written and submitted', async () => {
      c = await job.posted(k, at.poster, TRACK, { basics: { industry_code: '12' }, results: { period_months: '99' }, conditions: { bidder_conditions: 'x'.repeat(1001) } });
    });
    await k.step('enterprise track: screened, argued, decided and published', () => job.listed(k, at, c));
    await k.step('enterprise track: a talk with its minute, a question answered for all', async () => {
      anyone = await talked(k, at, c);
    });
    await k.step('enterprise track: two teams bid and seal', async () => {
      first = await job.sealed(k, at.bidder1, c, TRACK, '99.1', org('u1'), { route: { route: 'Short.' }, money: { county_fen: 'much' } });
      second = await job.sealed(k, at.bidder2, c, TRACK, '98.6', org('u2'));
    });
    await k.step('enterprise track: opened by two and checked in form', async () => {
      await job.opened(k, at, c);
      for (const b of [first, second]) await job.formChecked(k, at, b);
    });
    await k.step('enterprise track: reviewed by a panel drawn by lot', () => job.reviewed(k, at, c, [[first, 90], [second, 84]]));
    await k.step('enterprise track: the firm chooses among the qualified, with its reason', async () => {
      n = await job.noticed(k, at, at.poster, c, second, { reason: 'The team knows the site from the talks.' });
    });
    await k.step('enterprise track: an objection stops the clock, which then goes on', () => objected(k, at, anyone, c, n));
    await k.step('enterprise track: the award is confirmed', () => job.confirmed(k, at, n));
  });
