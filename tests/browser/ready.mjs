// A case brought to the signing by calls, for the walks that begin there: need, review, award, and a contract that both sides
// have agreed to and the bureau has cleared. All of it is walked by pages elsewhere.
import { CAST } from './county.mjs';
import { check } from './look.mjs';
import { meeting, need, offer, paper, words } from './content.mjs';
import { SCREENING, concludedByCall, deal, scoredByCall, scoredOpenByCall } from './job.mjs';

export const org = (key) => CAST.filter(([k]) => k === key).map(([, uscc, name]) => ({ uscc, name }))[0];
const TRACK = 'government_posted';
const TEAMS = ['u1', 'u2'];
export const bidder = (team) => `bidder${team + 1}`;

/** What a page's radio buttons say, as a call says it. */
function typed(value) {
  if (Array.isArray(value)) return value.map(typed);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typed(one)]));
  return { yes: true, no: false }[value] ?? value;
}
const whole = (parts) => typed(Object.assign({}, ...Object.values(parts)));

async function published(k, more) {
  const draft = { ...whole(need(k.lang, TRACK)), ...more };
  const c = (await k.post('service', '/challenges', { title: draft.title })).id;
  const here = `/challenges/${c}`;
  await k.call('service', 'PUT', `${here}/draft`, { version: (await k.get('service', `${here}/draft`)).version, draft });
  await k.post('service', `${here}/submission`);
  await k.post('officer', `${here}/screening`, SCREENING);
  await k.post('checker', `${here}/screening-approval`);
  const { note, pi, task } = words(k.lang);
  const opinions = [1, 2, 3].map((n) => ({ expert: `${pi}${n}`, unit: `${task}${n}`, verdict: 'agree', opinion: note }));
  await k.post('officer', `${here}/appraisal`, { held_on: await k.day(), opinions, conclusion: note, outcome: 'accept' });
  await k.post('head', `${here}/approval`, { ...meeting(k.lang, await k.day()), fair_competition_reviewed: true });
  await k.pass((await k.get('officer', here)).due_at);
  await k.post('officer', `${here}/publication`, { close_at: new Date((await k.now()).getTime() + 31 * 86_400_000).toISOString(), rubric: 'standard' });
  return c;
}

/** One sealed bid a team, opened by two and checked in form. */
async function bids(k, c, money) {
  const here = `/challenges/${c}`;
  const all = [];
  for (const [team, key] of TEAMS.entries()) {
    const draft = { ...whole(offer(k.lang, TRACK, ['99.1', '98.6'][team], org(key))), ...money };
    draft.members[0].money_fen = money.county_fen + money.enterprise_fen;
    const b = (await k.post(bidder(team), `${here}/bids`)).id;
    await k.call(bidder(team), 'PUT', `/bids/${b}/draft`, { version: (await k.get(bidder(team), `/bids/${b}/draft`)).version, draft });
    await k.post(bidder(team), `/bids/${b}/seal`, { agree: true });
    all.push(b);
  }
  await k.pass((await k.get('officer', here)).close_at);
  await k.post('officer', `${here}/opening`);
  await k.post('supervisor', `${here}/opening-confirmation`);
  for (const b of all) {
    await k.post('officer', `/bids/${b}/form-check`, { stamped: true, readable: true, complete: true, outcome: 'valid' });
    await k.post('checker', `/bids/${b}/validation`);
  }
  return all;
}

async function reviewed(k, c, all) {
  const here = `/challenges/${c}`;
  await k.post('officer', `${here}/panel`);
  await k.post('supervisor', `${here}/panel-draw`, { words: '08 23 41 · 11 05 38', thin_reason: '县专家库今年新建，已向省库申请补充。' });
  await k.post('officer', `${here}/review`);
  const panel = [];
  for (let n = 0; n < 12; n += 1) {
    const a = (await k.get(`expert${n}`, '/assignments')).items.find((x) => x.challenge === c);
    if (a) panel.push([`expert${n}`, a.id]);
  }
  const marks = all.map((b, n) => [b, [90, 88][n]]);
  for (const [who, a] of panel) await scoredByCall(k, who, a, marks);
  await k.post('officer', `${here}/price-opening`);
  await k.post('supervisor', `${here}/price-opening-confirmation`);
  for (const [who, a] of panel) await scoredOpenByCall(k, who, a, marks);
  await concludedByCall(k, c, panel);
}

/** Who is not the legal representative may sign by a letter on file. */
async function authorised(k, who) {
  const letter = [await k.paper(who, paper('letter'))];
  await k.post(who, '/me/organisation/signatories', { account: (await k.get(who, '/me')).id, letter });
}

/** Awarded to the first, or to both in a race: `{c, contracts}`, each contract waiting for its signatures. */
export async function cleared(k, money, lanes) {
  const c = await published(k, lanes ? { award_mode: 'race', lanes } : {});
  const here = `/challenges/${c}`;
  const all = await bids(k, c, money);
  await reviewed(k, c, all);
  const { note } = words(k.lang);
  for (const b of all.slice(0, lanes ?? 1)) {
    await k.post('service', `${here}/agreement`, { bid: b, price_fen: money.county_fen + money.enterprise_fen, minutes: note, indicators_kept: true });
  }
  await k.post('head', `${here}/award-decision`, meeting(k.lang, await k.day()));
  const n = (await k.get('head', here)).notices.at(-1).id;
  await k.post('head', `/notices/${n}/publication`);
  await k.pass((await k.get('officer', `/notices/${n}`)).ends_at);
  await k.post('officer', `/notices/${n}/confirmation`);
  const contracts = (await k.get('officer', here)).contracts.filter((x) => x.state === 'drafting').map((x) => x.id);
  check(contracts.length === (lanes ?? 1), `${contracts.length} contracts were drafted`);
  for (const [team, id] of contracts.entries()) {
    await k.post('service', `/contracts/${id}/terms`, { ...typed(deal(k.lang)), version: (await k.get('service', `/contracts/${id}`)).version });
    for (const who of ['service', bidder(team)]) await k.post(who, `/contracts/${id}/agreement`, { full_name: words(k.lang).contact, agree: true });
    await k.post('officer', `/contracts/${id}/clearance`);
  }
  await authorised(k, 'head');
  return { c, contracts };
}
