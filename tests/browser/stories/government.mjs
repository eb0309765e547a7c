// The county's own challenge, in Chinese, from the need to an accepted result, every act by pages.
import { CAST, walk } from '../county.mjs';
import * as job from '../job.mjs';

const TRACK = 'government_posted';
const org = (key) => CAST.filter(([k]) => k === key).map(([, uscc, name]) => ({ uscc, name }))[0];

export const run = (ctx) =>
  walk(ctx, 'zh-CN', async (k) => {
    const at = await k.callIn('service', 'officer', 'checker', 'head', 'supervisor', 'bidder1', 'bidder2', 'finance', 'auditor');
    let c, first, second, n, contract;
    await k.step('政府榜: a need is written and submitted', async () => {
      c = await job.posted(k, at.service, TRACK, { background: { background: '太短' }, indicators: { 'indicators.1.target': '九十' }, money: { stake_fen: '很多' }, contact: { contact_phone: '12345' } });
    });
    await k.step('政府榜: screened, argued, decided and published', () => job.listed(k, at, c));
    await k.step('政府榜: two teams bid and seal', async () => {
      first = await job.sealed(k, at.bidder1, c, TRACK, '99.1', org('u1'), { team: { 'members.0.uscc': '12310000550099068X' }, milestones: { 'milestones.0.share_bp': '130' } });
      second = await job.sealed(k, at.bidder2, c, TRACK, '98.6', org('u2'));
    });
    await k.step('政府榜: opened by two and checked in form', async () => {
      await job.opened(k, at, c);
      for (const b of [first, second]) await job.formChecked(k, at, b);
    });
    await k.step('政府榜: reviewed by a panel drawn by lot', () => job.reviewed(k, at, c, [[first, 92], [second, 85]]));
    await k.step('政府榜: decided, announced and confirmed', async () => {
      n = await job.noticed(k, at, at.service, c, first);
      await job.confirmed(k, at, n);
    });
    await k.step('政府榜: the contract is agreed, signed and in force', async () => {
      contract = await job.effective(k, at, at.service, at.bidder1, c);
    });
    await k.step('政府榜: the contract is extended by a signed supplement', () => job.amended(k, at, at.service, at.bidder1, contract));
    await k.step('政府榜: a milestone is passed and an instalment paid', async () => {
      await job.milestonePassed(k, at, at.service, at.bidder1, contract, 1);
      await job.paidByCounty(k, at, at.bidder1, contract, org('u1').name);
    });
    await k.step('政府榜: delivered, accepted and closed', async () => {
      for (const number of [2, 3]) await job.milestonePassed(k, at, at.service, at.bidder1, contract, number, false);
      await job.archived(k, at, await job.accepted(k, at, at.bidder1, contract), c);
      await at.auditor.visit(`/challenges/${c}`);
      await at.auditor.visit('/record');
      const anyone = await k.visitor('public');
      await anyone.visit(`/challenges/${c}`);
      await anyone.visit(`/notices/${n}`);
    });
  });
