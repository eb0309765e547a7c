// From the signature to the final account as people go that way by pages: signing, an instalment, spending, settling what ended;
// and what the pages must then say, to the fen.
import { meeting, paper, words } from './content.mjs';
import { check, same } from './look.mjs';
import { bidder, org } from './ready.mjs';

/** A sum as the pages write it. */
export const yuan = (fen) => `¥${(fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;
const fen = (text) => (text === '—' ? 0 : Math.round(Number(text.replace(/[¥,]/g, '')) * 100));

const SAYS = {
  en: { hands: ['Requested by', 'Checked by', 'Approved by', 'Paid by'], amount: 'Amount', voucher: 'Voucher number', doc: 'Budget allocation number', received: 'Received' },
  'zh-CN': { hands: ['申请人', '审核人', '批准人', '付款登记人'], amount: '金额', voucher: '支付凭证号', doc: '预算指标文号', received: '已到账' },
};

/** The team, the poster and the head sign, each with their own name typed; the checker puts the contract in force. */
export async function signed(k, at, team, contract) {
  const here = `/contracts/${contract}`;
  const lead = at[bidder(team)];
  await lead.act(here, 'signature', { full_name: lead.name, agree: true }, { full_name: at.service.name });
  for (const v of [at.service, at.head]) await v.act(here, 'signature', { full_name: v.name, agree: true });
  await at.checker.act(here, 'effect', { pledge_attached: true, commitments_attached: true });
  const { papers } = await k.get('officer', `${here}/papers`);
  const hash = (kind) => papers.find((p) => p.kind === kind).sha256.slice(0, 16);
  const of = (v, ...kinds) => kinds.map((kind) => [v.name, hash(kind)]);
  const marks = [...of(lead, 'agreement', 'task_book', 'pledge', 'commitments'), ...of(at.service, 'agreement'), ...of(at.head, 'task_book')];
  same((await at.checker.table('signed')).map(([, name, , sha256]) => [name, sha256]), marks, 'who signed which text');
}

/** Finance enters a document of this year's budget. */
export async function budgeted(k, v, number, sum) {
  await v.visit('/budget-documents/new');
  await v.complete({ number, title: words(k.lang).task, amount_fen: String(sum / 100) });
  await v.send();
  await v.seen();
}

/** The one instalment of a source that is due, as finance is told. */
async function due(k, contract, source) {
  const all = (await k.get('finance', `/contracts/${contract}`)).instalments.filter((x) => x.source === source && x.state === 'eligible');
  check(all.length === 1, `${all.length} instalments of ${source} are due`);
  return { here: `/instalments/${all[0].id}`, sum: String(all[0].amount_fen / 100), fen: all[0].amount_fen };
}

const asking = (k, team, invoice, invoice_fen, invoice_kind) => ({
  invoice, invoice_fen, invoice_kind, account_name: org(`u${team + 1}`).name, account_no: '6222000000000000', files: paper(words(k.lang).task),
});

/** The county's money to its payee by five hands: asked, checked, approved, paid with a voucher, received; and all of it is on the page. */
export async function paidByCounty(k, at, team, contract, [invoice, voucher, doc]) {
  const i = await due(k, contract, 'county');
  const [lead, on] = [at[bidder(team)], await k.day()];
  await lead.act(i.here, 'request', asking(k, team, invoice, i.sum, 'fiscal_receipt'));
  await at.officer.act(i.here, 'check');
  await at.head.act(i.here, 'approval', { fiscal_year: on.slice(0, 4), budget_doc_no: doc });
  await at.finance.act(i.here, 'fiscal-payment', { voucher, paid_on: on, amount_fen: i.sum });
  await lead.act(i.here, 'receipt', { received_on: on, amount_fen: i.sum });
  await at.finance.visit(i.here);
  const [says, facts] = [SAYS[k.lang], await at.finance.facts()];
  same(says.hands.map((hand) => facts[hand]), [lead, at.officer, at.head, at.finance].map((v) => v.name), 'through whose hands it went');
  same([facts[says.amount].split(' | ')[0], facts[says.voucher], facts[says.doc]], [yuan(i.fen), voucher, doc], 'what was paid, and from what');
  same(await at.finance.stands(), says.received, 'the payment');
}

/** The poster's own money: asked, paid, received. */
export async function paidByPoster(k, at, team, contract, [invoice, voucher]) {
  const i = await due(k, contract, 'enterprise');
  const [lead, on] = [at[bidder(team)], await k.day()];
  await lead.act(i.here, 'request', asking(k, team, invoice, i.sum, 'vat_invoice'));
  await at.service.act(i.here, 'payment', { voucher, paid_on: on, amount_fen: i.sum });
  await lead.act(i.here, 'receipt', { received_on: on, amount_fen: i.sum });
  same(await lead.stands(), SAYS[k.lang].received, 'the payment');
}

/** The same over the API. */
export async function paidByPosterByCall(k, team, contract, [invoice, voucher]) {
  const i = await due(k, contract, 'enterprise');
  const [who, on] = [bidder(team), await k.day()];
  const asked = asking(k, team, invoice, i.sum, 'vat_invoice');
  await k.post(who, `${i.here}/request`, { ...asked, files: [await k.paper(who, asked.files)] });
  await k.post('service', `${i.here}/payment`, { voucher, paid_on: on, amount_fen: i.sum });
  await k.post(who, `${i.here}/receipt`, { received_on: on, amount_fen: i.sum });
}

/** One line of the spending ledger, after the fact. */
export async function spent(k, v, contract, line, wrong) {
  const plain = { spent_on: await k.day(), payee_kind: 'unit', purpose: words(k.lang).scope, source: 'county', class: 'materials', payment_way: 'transfer', place: 'in_county', none_of_negative_list: true };
  await v.act(`/contracts/${contract}`, 'spendings', { ...plain, ...line }, wrong);
}

/** The sheet of what ended: the team has its say, the head settles, finance records exactly what came back; gives its page. */
export async function settled(k, at, team, contract, back, voucher) {
  const x = (await k.get('finance', '/settlements')).items.find((s) => s.contract === contract);
  const here = `/settlements/${x.id}`;
  await at[bidder(team)].act(here, 'comment', { reason: words(k.lang).note });
  await at.head.act(here, 'settlement', meeting(k.lang, await k.day()));
  await at.finance.visit('/desk');
  await at.finance.act(here, 'refund', { voucher, paid_on: await k.day(), amount_fen: String(back / 100) }, { amount_fen: String(back / 100 - 1) });
  return here;
}

/** The trial balance of a contract, or of the county, as its page has it: [source, account, debit balance, credit balance]. Both
 * sides are the same sum, that of the rows and that of the API. */
export async function trial(k, v, contract) {
  const number = contract && (await k.get('finance', `/contracts/${contract}`)).number;
  const query = number ? `?contract=${encodeURIComponent(number)}` : '';
  await v.visit(`/ledger${query}`);
  const rows = await v.table('list');
  const [, , ...totals] = rows.pop();
  const sums = [2, 3, 4, 5].map((n) => rows.reduce((sum, row) => sum + fen(row[n]), 0));
  same(totals.map(fen), sums, 'the totals of the trial balance');
  check(sums[0] === sums[1] && sums[2] === sums[3], `debits and credits differ: ${sums}`);
  const told = await k.get('finance', `/ledger/trial-balance${query}`);
  same([told.debit_fen, told.credit_fen, told.balance_debit_fen, told.balance_credit_fen], sums, 'the trial balance over the API');
  return rows.map(([source, account, , , debit, credit]) => [source, account, debit, credit]).filter(([, , debit, credit]) => fen(debit) || fen(credit));
}
