// An expert's whole review on a phone: the invitation, the parties, the commitment, blind points beside what they mean, then the open part;
// and an expert who recuses is followed by the next of the draw without anybody's help. Then the report, and the lot drawn again.
import { CAST, walk } from '../county.mjs';
import { check } from '../look.mjs';
import * as job from '../job.mjs';

const TRACK = 'government_posted';
const org = (key) => CAST.filter(([k]) => k === key).map(([, uscc, name]) => ({ uscc, name }))[0];
const NARROW = { width: 360 };

/** Who of the cast is on the panel, and by which assignment. */
async function seats(k, c) {
  const out = [];
  for (let n = 0; n < 12; n += 1) {
    const a = (await k.get(`expert${n}`, '/assignments')).items.find((x) => x.challenge === c);
    if (a && !['recused', 'declined', 'no_reply', 'replaced'].includes(a.state)) out.push([`expert${n}`, a.id]);
  }
  return out;
}

export const run = (ctx) =>
  walk(ctx, 'zh-CN', async (k) => {
    const at = await k.callIn('service', 'officer', 'checker', 'head', 'supervisor', 'bidder1', 'bidder2', 'auditor');
    let c, bids;
    await k.step('评审: a need is written and listed', async () => {
      c = await job.posted(k, at.service, TRACK);
      await job.listed(k, at, c);
    });
    await k.step('评审: two teams bid and seal', async () => {
      bids = [[await job.sealed(k, at.bidder1, c, TRACK, '99.1', org('u1')), 92], [await job.sealed(k, at.bidder2, c, TRACK, '98.6', org('u2')), 85]];
    });
    await k.step('评审: both are opened and checked in form, and a panel is drawn', async () => {
      await job.opened(k, at, c);
      for (const [b] of bids) await job.formChecked(k, at, b);
      await at.officer.act(`/challenges/${c}`, 'panel');
      await at.supervisor.act(`/challenges/${c}`, 'panel-draw', { words: '现场摇号 11 05 38', thin_reason: '县专家库今年新建，已向省库申请补充。' });
      await at.officer.act(`/challenges/${c}`, 'review');
    });
    await k.step('评审: one expert recuses on a phone, and the next of the draw is invited', async () => {
      const [who, a] = (await seats(k, c)).at(-1);
      const v = await k.person(who, NARROW);
      await v.act(`/assignments/${a}`, 'recusal', { reason: '与一家揭榜单位有合作项目。' }, { reason: '' });
      const all = (await k.get('supervisor', `/challenges/${c}`)).assignments;
      check(all.length === 6 && all.filter((x) => x.state === 'invited').length === 5, 'nobody was invited in the place of who recused');
    });
    let own, v;
    await k.step('评审: an expert scores blind on a phone, from the invitation on', async () => {
      own = (await seats(k, c))[0];
      v = await k.person(own[0], NARROW);
      await v.visit('/desk');
      await v.visit(`/assignments/${own[1]}/acceptance`);
      await v.sees(org('u1').name);
      await v.shot('review-acceptance-360');
      await job.scored(k, v, own[1], bids, async () => {
        await v.sees('分：');
        await v.shot('review-blind-360');
      });
      for (const [who, a] of (await seats(k, c)).slice(1)) await job.scoredByCall(k, who, a, bids);
    });
    await k.step('评审: price and team are opened by two, and the rest is scored', async () => {
      await job.pricesOpened(at, c);
      await v.visit(`/assignments/${own[1]}/score?bid=${bids[0][0]}`);
      await v.shot('review-open-360');
      await job.scoredOpen(k, v, own[1], bids);
      await v.visit(`/assignments/${own[1]}`);
      await v.shot('review-done-360');
      for (const [who, a] of (await seats(k, c)).slice(1)) await job.scoredOpenByCall(k, who, a, bids);
    });
    await k.step('评审: the chair concludes, the report and the lot are read', async () => {
      await job.concluded(k, at, c);
      for (const where of ['review-report', 'draw']) {
        await at.auditor.visit(`/challenges/${c}/${where}`);
        await at.auditor.shot(`review-${where}-1280`);
      }
      await at.auditor.sees('结果与记录完全一致');
    });
    await k.step('评审: the rubric says what points mean, and the head edits it', async () => {
      await at.head.visit('/rubrics');
      await at.head.shot('rubrics-1280');
      await at.head.visit('/rubrics/race/edit');
      await at.head.shot('rubric-edit-1280');
    });
  });
