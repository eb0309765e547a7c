// A race in English, from two signatures to its balance: both lanes are paid and spend; one misses the checkpoint and is cut, is
// still paid for what was accepted and gives back the rest; the other is accepted, wins, and closes its books. One team has a phone.
import { walk } from '../county.mjs';
import { meeting, paper, words } from '../content.mjs';
import { check, same } from '../look.mjs';
import * as job from '../job.mjs';
import * as money from '../money.mjs';
import { bidder, cleared, org } from '../ready.mjs';

const { yuan } = money;
const [ONE, TWO] = ['u1', 'u2'].map((key, n) => `Lane ${n + 1} · ${org(key).name}`);
const HELD = [['Commitment', '¥400,000.00', '¥30,000.00'], ['Received, not accounted for', '—', '¥30,000.00'], ['Accounted for', '¥300,000.00', '—'], ['Returned', '¥100,000.00', '—']];

/** A day as the pages write it. */
const spoken = (day) => new Date(day).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
/** What the list of budget documents says of one: its sum, what is used, what is left, whether it is open. */
const left = async (v, doc) => (await v.table('list')).find((row) => row[0] === doc).slice(2);

/** One day and one table: the first lane hands in, the second lets the day pass, and the meeting rules after three experts. */
async function checkpoint(k, at, c, w) {
  const held = { name: 'Half-way checkpoint', held_on: await k.day(20), table: [{ indicator: '1', target: '95' }, { indicator: '2', target: '90' }] };
  await at.officer.act(`/challenges/${c}`, 'gates', held, { held_on: await k.day(3) });
  const here = `/gates/${job.idOf(at.officer)}`;
  const values = [['1', '96'], ['2', '91']].map(([indicator, value]) => ({ indicator, value }));
  await at.bidder1.act(here, 'report', { report: w.long(w.pi), values, files: paper(w.task) });
  await at.bidder2.visit(here);
  same((await at.bidder2.table('lanes')).slice(0, 2).map((row) => row.slice(1)), [['—', '—'], ['—', '—']], 'what a rival is told');
  await k.pass((await k.get('officer', here)).due_at);
  await at.officer.act(here, 'comparison');
  same((await at.officer.table('lanes')).slice(0, 2).map((row) => row.slice(1)), [['96 %', '—'], ['91 %', '—']], 'the lanes side by side');
  await at.officer.act(here, 'assessment', { experts: job.judges(k.lang, 3), conclusion: w.long(w.title), scan: paper(w.task) });
  const rulings = [['1', 'continue'], ['2', 'cut']].map(([lane, decision]) => ({ lane, decision, reason: w.note }));
  await at.head.act(here, 'decision', { rulings, ...meeting(k.lang, await k.day()) });
  same(await at.head.stands(), 'Decided', 'the checkpoint');
  same(await at.head.table('rulings'), [
    [ONE, 'Goes on', '—', '—', 'By its contract'],
    [TWO, 'Cut', '¥30,000.00', '¥670,000.00', 'Stays with the team by its contract'],
  ], 'the rulings');
  return here;
}

export const run = (ctx) =>
  walk(ctx, 'en', async (k) => {
    const at = await k.callIn('service', 'officer', 'checker', 'head', 'finance', 'bidder1');
    at.bidder2 = await k.person('bidder2', { width: 360 });
    const w = words(k.lang);
    let c, first, second, gate, acceptance, doc;
    await k.step('race: two lanes are ready to be signed', async () => {
      ({ c, contracts: [first, second] } = await cleared(k, { county_fen: 100_000_000, enterprise_fen: 10_000_000 }, 2));
      doc = `交财预〔${(await k.day()).slice(0, 4)}〕31号`;
      await money.budgeted(k, at.finance, doc, 200_000_000);
    });
    await k.step('race: the first lane is signed and in force', () => money.signed(k, at, 0, first));
    await k.step('race: the second lane is signed from a phone and in force', () => money.signed(k, at, 1, second));
    await k.step('race: the first lane is paid by different hands', () => money.paidByCounty(k, at, 0, first, ['CZ-R0001', 'GK-R0001', doc]));
    await k.step('race: and so is the second', async () => {
      await money.paidByCounty(k, at, 1, second, ['CZ-R0002', 'GK-R0002', doc]);
      await at.finance.visit('/budget-documents');
      same(await left(at.finance, doc), ['¥2,000,000.00', '¥800,000.00', '¥1,200,000.00', 'Open'], 'the budget document');
    });
    await k.step('race: each lane tells what it spent', async () => {
      await money.spent(k, at.bidder1, first, { amount_fen: '35万', payee: 'Example Reagents Ltd', voucher: 'J-R0001', invoice: 'FP-R1001' }, { amount_fen: 'much' });
      await at.bidder1.act(`/spendings/${job.idOf(at.bidder1)}`, 'classification', { class: 'outsourcing', place: 'outside', reason: w.note });
      await money.spent(k, at.bidder2, second, { amount_fen: '300000', payee: 'Example Reagents Ltd', voucher: 'J-R0002', invoice: 'FP-R1002' });
      await at.finance.visit(`/contracts/${first}`);
      same(await at.finance.table('spending'), [[spoken(await k.day()), 'Example Reagents Ltd', 'Outsourcing', 'County money', '¥350,000.00', 'Recorded']], 'the spending ledger');
    });
    await k.step('race: each lane passes its first milestone', async () => {
      for (const n of [0, 1]) await job.milestonePassed(k, at, at.service, at[bidder(n)], [first, second][n], 1, false);
    });
    await k.step('race: a lane misses the checkpoint and is cut', async () => {
      gate = await checkpoint(k, at, c, w);
    });
    await k.step('race: what was accepted of the cut lane is still paid, the rest goes back', async () => {
      await money.paidByPoster(k, at, 1, second, ['FP-R2001', 'HD-R2001']);
      const sheet = await money.settled(k, at, 1, second, 10_000_000, 'JK-R0001');
      for (const v of [at.finance, at.bidder2, at.service]) {
        await v.visit(sheet);
        same(await v.stands(), 'Settled', 'the settlement');
        same(await v.table('sheet'), [
          ['Agreed', '¥1,000,000.00', '¥100,000.00'], ['Released, no longer payable', '¥600,000.00', '¥70,000.00'], ['Accepted work, still payable', '¥0.00', '¥0.00'],
          ['Paid', '¥400,000.00', '¥30,000.00'], ['Spent and accounted for', '¥300,000.00', '¥0.00'], ['Not spent', '¥0.00', '¥30,000.00'], ['Returned or clawed back', '¥100,000.00', '¥0.00'],
        ], 'the sheet');
        await v.visit(`/contracts/${second}`);
        same(await v.stands(), 'Terminated', 'the cut lane');
        same((await v.table('ledger')).slice(0, -1), HELD, 'where its money is');
        same((await v.table('instalments')).map((row) => row.at(-1)), ['Received', 'Cancelled', 'Cancelled', 'Received', 'Cancelled', 'Cancelled'], 'its instalments');
      }
    });
    await k.step('race: the balance is right, and rivals read nothing of it', async () => {
      same(await money.trial(k, at.finance, second), [
        ['County money', 'Commitment', '—', '¥400,000.00'], ['County money', 'Accounted for', '¥300,000.00', '—'], ['County money', 'Returned', '¥100,000.00', '—'],
        ['Enterprise money', 'Commitment', '—', '¥30,000.00'], ['Enterprise money', 'Received, not accounted for', '¥30,000.00', '—'],
      ], 'the trial balance of the cut lane');
      await at.finance.visit(gate);
      same(await at.finance.table('balance'), [
        [ONE, '¥1,100,000.00', '¥1,100,000.00', '¥400,000.00', '¥0.00'],
        [TWO, '¥1,100,000.00', '¥430,000.00', '¥430,000.00', '¥100,000.00'],
        ['Total', '¥2,200,000.00', '¥1,530,000.00', '¥830,000.00', '¥100,000.00'],
      ], 'the balance of the race');
      await at.bidder1.go(`/contracts/${second}`, 404);
      await at.bidder1.visit(gate);
      check(!(await at.bidder1.page.locator('#balance').count()), 'a racer reads its rival’s money');
    });
    await k.step('race: the other lane delivers and is paid', async () => {
      await money.paidByPosterByCall(k, 0, first, ['FP-R2002', 'HD-R2002']);
      for (const number of [2, 3]) {
        await job.milestonePassedByCall(k, 0, first, number);
        await money.paidByPosterByCall(k, 0, first, [`FP-R200${number + 1}`, `HD-R200${number + 1}`]);
      }
      await money.paidByCounty(k, at, 0, first, ['CZ-R0003', 'GK-R0003', doc]);
    });
    await k.step('race: it is accepted', async () => {
      acceptance = await job.accepted(k, at, at.bidder1, first);
    });
    await k.step('race: it wins, has its last instalment, and the case is closed', async () => {
      await at.officer.act(`/challenges/${c}`, 'gates', { name: 'Last checkpoint', held_on: await k.day(12), last: true });
      const last = `/gates/${job.idOf(at.officer)}`;
      await at.officer.act(last, 'assessment', { experts: job.judges(k.lang, 3), conclusion: w.long(w.title), scan: paper(w.task) });
      await at.head.act(last, 'decision', { rulings: [{ lane: '1', decision: 'win', reason: w.note }], ...meeting(k.lang, await k.day()) });
      same((await at.head.facts()).Winner, ONE, 'the winner');
      same((await at.head.table('balance')).map((row) => row[0]), [ONE, TWO, 'Total'], 'the lanes of the balance');
      await money.paidByCounty(k, at, 0, first, ['CZ-R0004', 'GK-R0004', doc]);
      await job.archived(k, at, acceptance, c);
    });
    await k.step('race: its final account is put up, signed and settled', async () => {
      await money.spent(k, at.bidder1, first, { amount_fen: '55万', class: 'labour', payee: 'Example Staffing Ltd', voucher: 'J-R0003', invoice: 'FP-R1003' });
      await money.spent(k, at.bidder1, first, { amount_fen: '8万', source: 'enterprise', class: 'equipment', payee: 'Example Instruments Ltd', voucher: 'J-R0004', invoice: 'FP-R1004' });
      await at.bidder1.act(`/contracts/${first}`, 'final-accounts', { none_of_negative_list: true });
      const account = `/final-accounts/${job.idOf(at.bidder1)}`;
      await at.bidder1.act(account, 'disclosure', { place: w.attendance });
      await k.pass((await k.get('bidder1', '/final-accounts')).items.find((x) => account.endsWith(x.id)).due_at);
      const signs = { disclosure_result: 'none', pi_name: w.pi, finance_name: 'Li Na', research_name: 'Sun Wei', audit_report: paper('audit'), agree: true };
      await at.bidder1.act(account, 'signature', signs, { pi_name: '' });
      await at.checker.act(account, 'settlement', { enterprise_surplus: 'returned' });
      for (const v of [at.checker, at.bidder1, at.service, at.finance]) {
        await v.visit(account);
        same(await v.stands(), 'Settled', 'the final account');
        same(await v.table('income'), [
          ['County money', yuan(100_000_000), yuan(100_000_000), yuan(90_000_000), yuan(10_000_000)],
          ['Enterprise money', yuan(10_000_000), yuan(10_000_000), yuan(8_000_000), yuan(2_000_000)],
          ['Own money', '¥0.00', '¥0.00', '¥0.00', '¥0.00'],
        ], 'income and use');
        same(await v.table('classes'), [
          ['Equipment', '¥0.00', '¥80,000.00', '¥0.00'], ['Labour', '¥550,000.00', '¥0.00', '¥0.00'], ['Outsourcing', '¥350,000.00', '¥0.00', '¥0.00'],
        ], 'spending by class');
        const facts = await v.facts();
        same([facts['Signed by'].split(' | ')[0], facts['Fiscal surplus']], ['Han Xue, Li Na, Sun Wei', 'Stays with the host for direct research costs'], 'who signed, and the surplus');
        same(facts['Enterprise money left over'], 'Goes back to the poster | ¥20,000.00', 'the enterprise’s surplus');
      }
      await at.bidder1.go(await at.bidder1.page.locator('#documents a').first().getAttribute('href'));
      await at.bidder1.sees('¥980,000.00', '玖拾捌万元整', 'Sun Wei');
    });
    await k.step('race: every fen of it is in the books, and the public reads how it ended', async () => {
      await at.bidder1.visit(`/contracts/${first}`);
      same(await at.bidder1.stands(), 'Completed', 'the winner');
      same(await at.bidder1.table('flow'), [
        ...['Promised', 'Unlocked', 'Paid', 'Received'].map((station) => [station, '¥1,000,000.00', '¥100,000.00', '¥1,100,000.00']),
        ['Accounted for', '¥1,000,000.00', '¥80,000.00', '¥1,080,000.00'], ['Returned or clawed back', '¥0.00', '¥20,000.00', '¥20,000.00'],
      ], 'the flow of its money');
      same(await money.trial(k, at.finance, first), [
        ['County money', 'Commitment', '—', '¥1,000,000.00'], ['County money', 'Accounted for', '¥1,000,000.00', '—'],
        ['Enterprise money', 'Commitment', '—', '¥100,000.00'], ['Enterprise money', 'Accounted for', '¥80,000.00', '—'], ['Enterprise money', 'Returned', '¥20,000.00', '—'],
      ], 'the trial balance of the winner');
      await money.trial(k, at.finance);
      const anyone = await k.visitor('public');
      await anyone.visit(`/challenges/${c}`);
      same((await anyone.table('contracts')).map((row) => row.slice(1)), [[org('u1').name, 'Completed', '110.00'], [org('u2').name, 'Terminated', '110.00']], 'what everybody reads of the contracts');
      await anyone.go(`/contracts/${second}`, 404);
      await at.finance.visit('/budget-documents');
      same(await left(at.finance, doc), ['¥2,000,000.00', '¥1,400,000.00', '¥600,000.00', 'Open'], 'the budget document');
    });
  });
