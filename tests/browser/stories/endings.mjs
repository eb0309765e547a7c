// Two contracts that end before their end, in Chinese: one is terminated without anybody's fault, and what is unspent goes back;
// of the other a milestone fails, and the failure is excused by the evidence that the platform has kept. Finance has a phone.
import { createHash } from 'node:crypto';
import { walk } from '../county.mjs';
import { meeting, paper, words } from '../content.mjs';
import { same } from '../look.mjs';
import * as job from '../job.mjs';
import * as money from '../money.mjs';
import { cleared, org } from '../ready.mjs';

const LIST = ['原始记录', '节点按期提交', '早期预警', '试过备选方案', '台账合规', '专家认定技术原因'];
const FUNDS = { county_fen: 200_000_000, enterprise_fen: 20_000_000 };

/** In force, its first instalment paid and partly spent: `{c, contract}`. */
async function running(k, at, [doc, no], spends) {
  const { c, contracts: [contract] } = await cleared(k, FUNDS);
  await money.signed(k, at, 0, contract);
  await money.budgeted(k, at.finance, doc, 100_000_000);
  await money.paidByCounty(k, at, 0, contract, [`CZ-E${no}`, `GK-E${no}`, doc]);
  await money.spent(k, at.bidder1, contract, { amount_fen: spends, payee: '示例试剂有限公司', voucher: `记-E${no}`, invoice: `FP-E${no}` }, { amount_fen: '很多' });
  return { c, contract };
}

/** A day as the pages write it. */
const spoken = (day) => day.replace(/^(\d+)-0?(\d+)-0?(\d+)$/, '$1年$2月$3日');

/** What everybody reads of all years: county and enterprise money, promised and then paid. */
async function overview(k) {
  const anyone = await k.visitor('public');
  await anyone.visit('/overview');
  const found = (await anyone.table('years').catch(() => [])).at(-1);
  const fen = (text) => Math.round(Number(text.replace(/[¥,]/g, '')) * 100);
  return found ? [3, 4, 6, 7].map((n) => fen(found[n])) : [0, 0, 0, 0];
}

/** What parties, finance and the auditor read of a contract that has ended and is settled. */
async function ended(k, at, contract, { state, held, nodes }) {
  for (const v of [at.bidder1, at.service, at.finance, at.auditor]) {
    await v.visit(`/contracts/${contract}`);
    same(await v.stands(), state, 'the contract');
    same((await v.table('milestones')).map((row) => row.at(-1)), nodes, 'its milestones');
    same((await v.table('instalments')).map((row) => row.at(-1)), ['已取消', '已取消', '已取消', '已到账', '已取消', '已取消'], 'its instalments');
    same((await v.table('ledger')).slice(0, -1), held, 'where its money is');
  }
}

export const run = (ctx) =>
  walk(ctx, 'zh-CN', async (k) => {
    const at = await k.callIn('service', 'officer', 'checker', 'head', 'bidder1', 'auditor');
    at.finance = await k.person('finance', { width: 360 });
    const w = words(k.lang);
    const doc = (no) => `交财预〔2027〕4${no}号`;
    const read = createHash('sha256').update(paper('').buffer).digest('hex');
    let c, contract, here, m, seen;
    await k.step('终止: a contract is signed, paid and partly spent', async () => {
      seen = await overview(k);
      ({ c, contract } = await running(k, at, [doc(1), '0001'], '30万'));
      here = `/contracts/${contract}`;
    });
    await k.step('终止: it ends without anybody’s fault', async () => {
      await at.head.act(here, 'termination', { class: 'external', reason: w.note, ...meeting(k.lang, await k.day()) }, { reason: '短' });
      const sheet = `/settlements/${(await k.get('finance', '/settlements')).items.find((s) => s.contract === contract).id}`;
      await at.bidder1.visit(sheet);
      same([await at.bidder1.stands(), await at.bidder1.turn()], ['待审定', '科技局分管领导'], 'whose turn it is');
      same(await at.bidder1.table('sheet'), [
        ['合同承诺', '¥2,000,000.00', '¥200,000.00'], ['已释放（不再支付）', '¥1,200,000.00', '¥200,000.00'], ['已通过的工作，仍应付', '¥0.00', '¥0.00'],
        ['已支付', '¥800,000.00', '¥0.00'], ['已按规定使用', '¥300,000.00', '¥0.00'], ['未使用（含核减）', '¥500,000.00', '¥0.00'], ['已退回或追回', '¥0.00', '¥0.00'],
      ], 'the sheet');
    });
    await k.step('终止退款: it is settled, and what is unspent comes back', async () => {
      const sheet = await money.settled(k, at, 0, contract, 50_000_000, '缴库-E0001');
      const on = spoken(await k.day());
      for (const v of [at.finance, at.bidder1, at.service]) {
        await v.visit(sheet);
        same([await v.stands(), await v.turn()], ['已结清', ''], 'the settlement');
        const facts = await v.facts();
        same([facts['应退财政资金'], facts['已退回']], ['¥500,000.00 | 伍拾万元整', `¥500,000.00 | ${on} 缴库-E0001`], 'what was owed, and what came back');
        same((await v.table('sheet')).slice(-3), [['已按规定使用', '¥300,000.00', '¥0.00'], ['未使用（含核减）', '¥0.00', '¥0.00'], ['已退回或追回', '¥500,000.00', '¥0.00']], 'the sheet');
      }
    });
    await k.step('终止退款: nothing is left of it anywhere', async () => {
      const held = [['合同承诺', '¥800,000.00', '—'], ['已列支', '¥300,000.00', '—'], ['已退回', '¥500,000.00', '—']];
      await ended(k, at, contract, { state: '已终止', held, nodes: ['已取消', '已取消', '已取消'] });
      same(await money.trial(k, at.finance, contract), [
        ['县级财政资金', '合同承诺', '—', '¥800,000.00'], ['县级财政资金', '已列支', '¥300,000.00', '—'], ['县级财政资金', '已退回', '¥500,000.00', '—'],
      ], 'the trial balance');
      await money.trial(k, at.finance);
      const anyone = await k.visitor('public');
      await anyone.visit(`/challenges/${c}`);
      same((await anyone.table('contracts')).map((row) => row.slice(1)), [[org('u1').name, '已终止', '220.00']], 'what everybody reads');
      await anyone.go(here, 404);
      await anyone.visit('/integrity-records');
      await anyone.seesNot(org('u1').name);
      const [before, now] = [seen, await overview(k)];
      same(now.map((sum, n) => sum - before[n]), [80_000_000, 0, 80_000_000, 0], 'what the county overview has of it');
    });
    await k.step('尽职免责: another contract is signed, paid and partly spent', async () => {
      ({ c, contract } = await running(k, at, [doc(2), '0002'], '45万'));
      here = `/contracts/${contract}`;
      m = `/milestones/${(await k.get('officer', here)).milestones_of[0].id}`;
    });
    await k.step('尽职免责: the team keeps its records and warns, and the milestone fails', async () => {
      await at.bidder1.act(here, 'progress-reports', { kind: 'lab_record', text: w.note, files: paper('原始记录') }, { text: '短' });
      await at.bidder1.act(here, 'progress-reports', { kind: 'early_warning', text: w.note, problem: w.note, found_on: await k.day(-2) });
      const evidence = [['1', '95.2'], ['2', '88.4'], ['3', '95.1']].map(([indicator, value]) => ({ indicator, value }));
      await at.bidder1.act(m, 'evidence', { report: w.long(w.pi), evidence, files: paper('节点材料') });
      await at.service.act(m, 'dispute', { reason: w.note });
      await at.checker.act(m, 'failure', { verdict: w.long(w.pi), judged: job.judged('not_met'), experts: job.judges(k.lang, 5), scan: paper(w.task) });
      same(await at.checker.stands(), '未通过', 'the milestone');
      same(await at.checker.turn(), '科技局分管领导', 'whose turn it is');
    });
    await k.step('尽职免责: it is excused only with the whole list of evidence, which all can read', async () => {
      const decision = { outcome: 'terminate', excused: 'yes', class: 'technical', reason: w.note, experts: job.judges(k.lang, 5), ...meeting(k.lang, await k.day()) };
      await at.head.visit(`${m}/decision`);
      await at.head.proved();
      await at.head.complete(decision);
      await at.head.send({ faulty: true });
      await at.head.sees('尽职证据不全，缺：试过备选方案');
      await at.bidder1.act(here, 'progress-reports', { kind: 'plan_b', text: w.note, milestone: '1' });
      await at.head.act(m, 'decision', decision);
      same([await at.head.stands(), await at.head.table('diligence')], ['未通过，已处理', LIST.map((item) => [item, '达到'])], 'the excused milestone');
      for (const v of [at.bidder1, at.service, at.finance, at.auditor]) {
        await v.visit(`${here}/diligence`);
        same(await v.table('diligence'), LIST.map((item) => [item, '达到']), 'the list');
        same((await v.table('kept-files')).map(([name, , sha256]) => [name, sha256]), ['原始记录.pdf', '节点材料.pdf', `${w.task}.pdf`].map((name) => [name, read]), 'the files that were kept');
      }
    });
    await k.step('尽职免责: the contract ends by settlement, and nothing is held against the team', async () => {
      await money.settled(k, at, 0, contract, 35_000_000, '缴库-E0002');
      await ended(k, at, contract, { state: '已终止', held: [['合同承诺', '¥800,000.00', '—'], ['已列支', '¥450,000.00', '—'], ['已退回', '¥350,000.00', '—']], nodes: ['未通过，已处理', '已取消', '已取消'] });
      await at.officer.visit(`${here}/integrity-records`);
      await at.officer.complete({ against: 'bidder', kind: 'idle', facts: w.long(w.pi) });
      await at.officer.send({ faulty: true });
      await at.officer.sees('该合同已认定尽职免责，不得以此提请');
      await money.trial(k, at.finance, contract);
    });
  });
