// The acts of the main job as people take them by pages, one function an act or a short run of acts; the stories string
// them together. `k` is the County, `at` the people at their windows, `c` the challenge's id.
import { email } from './county.mjs';
import { check } from './look.mjs';
import { meeting, need, offer, paper, words } from './content.mjs';

export const idOf = (v) => new URL(v.page.url()).pathname.match(/[0-9a-f-]{36}/)[0];

/** Sections of a long form, one after the other, by "save and continue". `wrong`: {section: {field: value}} sent first. */
export async function sections(v, base, parts, wrong = {}) {
  for (const [section, values] of Object.entries(parts)) {
    await v.visit(`${base}/${section}`);
    if (wrong[section]) await v.mistaken(values, wrong[section]);
    await v.complete(values);
    await v.send();
  }
  await v.visit(base);
}

/** A need from the first word to the officer's desk; gives its id. */
export async function posted(k, v, track, wrong) {
  const parts = need(k.lang, track);
  await v.visit('/desk');
  await v.visit('/challenges/new');
  if (wrong) await v.mistaken({ title: 'abc' }, { title: 'abc' });
  await v.complete({ title: parts.basics.title });
  await v.send();
  const c = idOf(v);
  await sections(v, `/challenges/${c}/edit`, parts, wrong);
  await v.act(`/challenges/${c}/edit`, 'submission');
  return c;
}

export const SCREENING = { industry_fit: true, not_duplicate: true, funds_proved: true, poster_real: true };

/** Screened by two, argued by experts, decided by the meeting, shown in public, published. */
export async function listed(k, at, c) {
  const w = words(k.lang);
  const on = await k.day();
  const here = `/challenges/${c}`;
  await at.officer.visit('/desk');
  await at.officer.act(here, 'screening', SCREENING);
  await at.checker.act(here, 'screening-approval');
  const opinion = (n) => ({ expert: `${w.pi}${n}`, unit: `${w.task}${n}`, verdict: 'agree', opinion: w.long(w.pi) });
  const appraisal = { held_on: on, opinions: [1, 2, 3].map(opinion), conclusion: w.long(w.title), outcome: 'accept' };
  await at.officer.act(here, 'appraisal', appraisal, { 'opinions.1.unit': '' });
  await at.head.visit('/desk');
  await at.head.act(here, 'approval', { ...meeting(k.lang, on), fair_competition_reviewed: true }, { number: '1' });
  const listed = await k.get('officer', here);
  await k.pass(listed.due_at);
  await at.officer.act(here, 'publication', { close_at: await k.moment(31), rubric: 'standard' });
  check((await k.get('officer', here)).state === 'published', 'the challenge is not published');
}

/** A bid from the first word to the sealed receipt, by pages; gives its id. */
export async function sealed(k, v, c, track, promise, org, wrong) {
  await v.visit(`/challenges/${c}`);
  await v.act(`/challenges/${c}`, 'bids');
  const b = idOf(v);
  await sections(v, `/bids/${b}/edit`, offer(k.lang, track, promise, org), wrong);
  await v.act(`/bids/${b}/edit`, 'seal', { agree: true });
  check(v.page.url().endsWith('/receipt'), `sealing leads to ${v.page.url()}, not to the receipt`);
  await v.visit(`/bids/${b}`);
  return b;
}

/** Closed by the clock, opened by two. */
export async function opened(k, at, c) {
  await k.pass((await k.get('officer', `/challenges/${c}`)).close_at);
  await at.officer.act(`/challenges/${c}`, 'opening');
  await at.supervisor.visit('/desk');
  await at.supervisor.act(`/challenges/${c}`, 'opening-confirmation');
}

/** Checked in form by two people. */
export async function formChecked(k, at, b) {
  const good = { stamped: 'yes', readable: 'yes', complete: 'yes', outcome: 'valid', reason: words(k.lang).note };
  await at.officer.act(`/bids/${b}`, 'form-check', good);
  await at.checker.act(`/bids/${b}`, 'validation');
}

const BLIND = { indicator_response: 20, route_soundness: 15, route_innovation: 7, route_attainability: 8, milestones_risk: 10 };
const OPEN = { team: 12, base: 8, price: 10, landing: 10 };
const COMMITMENT = { independence: true, secrecy: true, no_lobbying: true };

function marks(lang, percent, items, more = {}) {
  const out = { ...more };
  for (const [item, most] of Object.entries(items)) {
    out[item] = ((most * percent) / 100).toFixed(2);
    out[`${item}_reason`] = words(lang).long(item).slice(0, 200);
  }
  return out;
}

/** The panel by lot; one expert scores blind by pages, the others over the API; the prices are opened; the rest; the panel's report. */
export async function reviewed(k, at, c, bids) {
  const here = `/challenges/${c}`;
  await at.officer.act(here, 'panel');
  await at.supervisor.act(here, 'panel-draw', {
    words: k.lang === 'en' ? 'Drawn on the spot: 08 23 41' : '现场摇号 08 23 41',
    thin_reason: k.lang === 'en' ? 'The county builds its pool this year.' : '县专家库今年新建，已向省库申请补充。',
  });
  await at.officer.act(here, 'review');
  let watched;
  const panel = [];
  for (let n = 0; n < 12; n += 1) {
    const who = `expert${n}`;
    const a = (await k.get(who, '/assignments')).items.find((x) => x.challenge === c);
    if (!a) continue;
    if (!watched) {
      watched = await k.person(who);
      await scored(k, watched, a.id, bids);
    } else await scoredByCall(k, who, a.id, bids);
    panel.push([who, a.id]);
  }
  check(watched, 'nobody was drawn');
  await pricesOpened(at, c);
  for (const [n, [who, a]] of panel.entries()) await (n === 0 ? scoredOpen(k, watched, a, bids) : scoredOpenByCall(k, who, a, bids));
  await concluded(k, at, c);
}

/** Price and team are opened by two, once every blind score is locked. */
export async function pricesOpened(at, c) {
  await at.officer.act(`/challenges/${c}`, 'price-opening');
  await at.supervisor.act(`/challenges/${c}`, 'price-opening-confirmation');
}

/** The chair writes the panel's conclusion, then the officer reports. */
export async function concluded(k, at, c) {
  const conclusion = { conclusion: words(k.lang).long(words(k.lang).title), effective_competition: true };
  for (let n = 0; n < 12; n += 1) {
    const who = `expert${n}`;
    const a = (await k.get(who, '/assignments')).items.find((x) => x.challenge === c);
    if (a && (await k.get(who, `/assignments/${a.id}`)).chairs) await (await k.person(who)).act(`/assignments/${a.id}`, 'conclusion', conclusion);
  }
  await at.officer.act(`/challenges/${c}`, 'panel-report', conclusion);
}

/** One expert's blind part by pages, from the acceptance. */
export async function scored(k, v, a, bids, look = async () => {}) {
  const here = `/assignments/${a}`;
  await v.visit('/desk');
  await v.act(here, 'acceptance', { no_conflict: true });
  await v.act(here, 'commitment', COMMITMENT);
  await v.visit(`${here}/score?bid=${bids[0][0]}`);
  await look();
  for (const [n, [b, percent]] of bids.entries()) {
    const wrong = n === 0 ? { route_soundness: '99' } : undefined;
    await v.act(here, `score?bid=${b}`, marks(k.lang, percent, BLIND, { bid: b }), wrong);
  }
  await v.act(here, 'blind-submission');
}

/** The open part by pages, once the prices are open. */
export async function scoredOpen(k, v, a, bids) {
  const here = `/assignments/${a}`;
  for (const [b, percent] of bids) await v.act(here, `score?bid=${b}`, marks(k.lang, percent, OPEN, { bid: b, verdict: 'recommend' }));
  await v.act(here, 'submission');
}

/** The same over the API. */
export async function scoredByCall(k, who, a, bids) {
  const here = `/assignments/${a}`;
  await k.post(who, `${here}/acceptance`, { no_conflict: true });
  await k.post(who, `${here}/commitment`, COMMITMENT);
  for (const [b, percent] of bids) await k.post(who, `${here}/score`, marks(k.lang, percent, BLIND, { bid: b }));
  await k.post(who, `${here}/blind-submission`);
}

export async function scoredOpenByCall(k, who, a, bids) {
  const here = `/assignments/${a}`;
  for (const [b, percent] of bids) await k.post(who, `${here}/score`, marks(k.lang, percent, OPEN, { bid: b, verdict: 'recommend' }));
  await k.post(who, `${here}/submission`);
}

/** The chair's conclusion and the officer's report, over the API. */
export async function concludedByCall(k, c, panel) {
  const conclusion = { conclusion: words(k.lang).long(words(k.lang).title), effective_competition: true, routes_differ: true };
  for (const [who, a] of panel) {
    if ((await k.get(who, `/assignments/${a}`)).chairs) await k.post(who, `/assignments/${a}/conclusion`, conclusion);
  }
  await k.post('officer', `/challenges/${c}/panel-report`, conclusion);
}

/** The talk's outcome, the meeting's decision, the public notice; gives the notice. */
export async function noticed(k, at, poster, c, b, more = {}) {
  const w = words(k.lang);
  const here = `/challenges/${c}`;
  await poster.act(here, 'agreement', { bid: b, price_fen: '220万', minutes: w.long(w.pi), indicators_kept: true, ...more });
  await at.head.act(here, 'award-decision', meeting(k.lang, await k.day()));
  const n = (await k.get('head', here)).notices.at(-1).id;
  await at.head.act(`/notices/${n}`, 'publication');
  return n;
}

/** The notice has run its working days. */
export async function confirmed(k, at, n) {
  await k.pass((await k.get('officer', `/notices/${n}`)).ends_at);
  await at.officer.act(`/notices/${n}`, 'confirmation');
}

/** The choices and terms of a contract. */
export function deal(lang) {
  const text = words(lang).long(words(lang).task);
  return {
    contract_kind: 'commissioned', payment_mode: 'instalments', equipment_owner: 'poster', poster_duties: text, confidentiality_months: '24',
    risk_bidder_bp: '50', risk_certifier: 'expert_panel', ip_owner: 'joint', licence_scope: text, publication_review_days: '30',
    acceptance_standard: text, breach: text, subcontract_consent: 'no', settlement: text, dispute: 'court',
  };
}

/** Somebody who is not the legal representative signs by a letter that the organisation has filed. */
export async function authorised(k, v) {
  await v.visit('/step-up?next=/organisation/signatories');
  await v.proved();
  await v.complete({ account: `${v.name} ${email(v.role)}`, letter: paper(words(k.lang).contact) });
  await v.send();
  await v.seen();
  // An officer looks at the letter before anybody signs by it.
  const asked = await k.get('officer', '/registrations?registration_kind=signatory&state=proposed');
  for (const { id } of asked.items) await k.post('officer', `/registrations/${id}/confirmation`);
}

/** Terms, agreement of both, clearance, three signatures, in force; gives the contract. */
export async function effective(k, at, poster, bidder, c) {
  const id = (await k.get('officer', `/challenges/${c}`)).contracts.find((x) => x.state === 'drafting').id;
  const here = `/contracts/${id}`;
  const sign = { full_name: words(k.lang).contact, agree: true };
  const text = words(k.lang).long(words(k.lang).task);
  await poster.act(here, 'terms', deal(k.lang), { risk_bidder_bp: '150' });
  // A clause is wished otherwise and answered; the plan is looked through; the papers are read.
  await bidder.act(here, 'deviation', { paper: 'agreement', clause: '7', wording: text, reason: text });
  await poster.act(here, 'deviation-answer', { accepted: 'yes', note: text });
  await poster.act(here, 'plan', {});
  for (const paper of ['agreement', 'task_book', 'pledge', 'commitments']) await bidder.visit(`${here}/papers/${paper}`);
  await poster.act(here, 'agreement', sign);
  await bidder.act(here, 'agreement', sign);
  await at.officer.act(here, 'clearance');
  // One takes back a signature and signs again; each has just proved who they are.
  await bidder.visit(`/step-up?next=${here}`);
  await bidder.proved();
  await bidder.act(here, 'signature', { full_name: bidder.name, agree: true }, { full_name: '别人' });
  await bidder.act(here, 'signature-withdrawal', { reason: text });
  await authorised(k, at.head);
  for (const v of [bidder, at.head, poster]) await v.act(here, 'signature', { full_name: v.name, agree: true });
  await at.checker.act(here, 'effect', { pledge_attached: true, commitments_attached: true });
  await bidder.act(here, 'registration', { registration_no: '2026140100000001', registered_on: await k.day(), place: text.slice(0, 20) });
  check((await k.get('officer', here)).state === 'effective', 'the contract is not in force');
  return id;
}

/** Experts who are asked in the course of the work; with kinds they are a panel, the first of finance. */
export function judges(lang, n, kinds = false) {
  const w = words(lang);
  const one = (_, i) => ({ expert: `${w.pi}${i + 1}`, unit: `${w.task}${i + 1}`, opinion: w.long(w.pi), no_conflict: true });
  return Array.from({ length: n }, one).map((j, i) => (kinds ? { ...j, expert_kind: i ? 'technical' : 'finance_management' } : j));
}

/** Every indicator judged by itself. */
export const judged = (verdict = 'met') => [1, 2, 3].map((n) => ({ indicator: String(n), verdict }));

/** An extension: asked, consented to, approved, signed by all three; the contract has its second edition. */
export async function amended(k, at, poster, bidder, contract) {
  const text = words(k.lang).long(words(k.lang).task);
  const here = `/contracts/${contract}`;
  await bidder.act(here, 'changes', { kind: 'extension' });
  await bidder.complete({ months: '3', reason: text });
  await bidder.send();
  await bidder.seen();
  const change = new URL(bidder.page.url()).pathname;
  await poster.act(change, 'consent');
  await at.officer.act(change, 'review');
  await at.checker.act(change, 'approval');
  for (const v of [poster, bidder, at.head]) await v.act(change, 'supplement', { full_name: v.name, agree: true });
  await bidder.visit(`${here}/editions`);
  check((await k.get('officer', here)).edition === 2, 'the contract has no second edition');
}

function delivered(lang) {
  const evidence = [['1', '98.6'], ['2', '92.4'], ['3', '95.1']].map(([indicator, value]) => ({ indicator, value }));
  return { report: words(lang).long(words(lang).pi), evidence, deliverables: [{ kind: 'process_package', number: 'GYB-001', count: '1' }] };
}

/** Delivered with a paper, confirmed by the poster, passed by the checker. */
export async function milestonePassed(k, at, poster, bidder, contract, number, looked = true) {
  const w = words(k.lang);
  const m = (await k.get('officer', `/contracts/${contract}`)).milestones_of.find((x) => x.number === number).id;
  const here = `/milestones/${m}`;
  await bidder.act(here, 'evidence', { ...delivered(k.lang), files: paper(w.task) }, looked ? { report: 'x' } : undefined);
  await poster.act(here, 'confirmation');
  await at.checker.act(here, 'pass', { verdict: w.long(w.pi), judged: judged(), experts: judges(k.lang, 3) });
}

/** The same over the API, of the county's own challenge. */
export async function milestonePassedByCall(k, team, contract, number) {
  const who = `bidder${team + 1}`;
  const m = (await k.get('officer', `/contracts/${contract}`)).milestones_of.find((x) => x.number === number).id;
  const here = `/milestones/${m}`;
  await k.post(who, `${here}/evidence`, { ...delivered(k.lang), files: [await k.paper(who, paper('report'))] });
  await k.post('service', `${here}/confirmation`);
  await k.post('checker', `${here}/pass`, { verdict: words(k.lang).note, judged: judged(), experts: judges(k.lang, 3) });
}

/** County money to its payee: asked, checked, approved, paid, received, by five people. */
export async function paidByCounty(k, at, payee, contract, org) {
  const w = words(k.lang);
  const i = (await k.get('finance', `/contracts/${contract}`)).instalments.find((x) => x.source === 'county' && x.state === 'eligible');
  check(i, 'nothing is due from the county');
  const here = `/instalments/${i.id}`;
  const on = await k.day();
  await at.finance.visit('/budget-documents/new');
  await k.call('finance', 'POST', '/budget-documents', { number: '交财预〔2026〕8号', fiscal_year: Number(on.slice(0, 4)), title: w.task, amount_fen: 1_000_000_000 }).catch(() => {});
  const asked = { invoice_kind: 'fiscal_receipt', invoice: 'CZ20260001', invoice_fen: `${i.amount_fen / 100}`, account_name: org, account_no: '6222000000000000', files: paper(w.task) };
  await payee.act(here, 'request', asked);
  await at.officer.act(here, 'check');
  await at.head.act(here, 'approval', { fiscal_year: on.slice(0, 4), budget_doc_no: '交财预〔2026〕8号' });
  await at.finance.visit('/desk');
  await at.finance.act(here, 'fiscal-payment', { voucher: 'GK-0001', paid_on: on, amount_fen: `${i.amount_fen / 100}` }, { amount_fen: '一百' });
  await payee.act(here, 'receipt', { received_on: on, amount_fen: `${i.amount_fen / 100}` });
}

/** Applied for, measured, judged, on notice, decided; gives the acceptance. */
export async function accepted(k, at, bidder, contract) {
  const w = words(k.lang);
  const on = await k.day();
  const x = (await k.get('officer', `/contracts/${contract}`)).acceptance.id;
  const here = `/acceptances/${x}`;
  const own = [['98.9', 'met'], ['93', 'met'], ['96', 'exceeded']].map(([value, verdict], n) => ({ indicator: String(n + 1), value, verdict }));
  await bidder.act(here, 'application', {
    summary: w.long(w.title), self_assessed: own, end_user: w.long(w.task).slice(0, 20), end_user_opinion: 'agree', end_user_report: w.long(w.pi),
    cause: 'none', files: paper(w.task),
  });
  await at.officer.act(here, 'check');
  const measured = own.map((row) => ({ ...row, report_no: 'JC-001', measured_on: on, basis: 'cma', lab: 'Lab 01', lab_no: 'CMA 0017' }));
  await at.officer.act(here, 'measurement', { measured });
  await at.officer.act(here, 'panel-verdict', { opinions: judges(k.lang, 5, true), verdict: 'passed' });
  await at.officer.act(here, 'notice');
  await k.advance(12);
  await at.head.act(here, 'decision', meeting(k.lang, await k.day()));
  return x;
}

/** The file of the acceptance is complete, then the case is closed. */
export async function archived(k, at, x, c) {
  await at.officer.act(`/acceptances/${x}`, 'archive', { result_registration_no: 'CG2026001', sci_report_no: 'KJ2026001' });
  await at.officer.act(`/challenges/${c}`, 'archive');
  check((await k.get('officer', `/challenges/${c}`)).state === 'archived', 'the case is not closed');
}
