// What goes wrong, shown: a need returned with a reason at each field; no bids, so the challenge lapses and is listed again.
import { walk } from '../county.mjs';
import { check } from '../look.mjs';
import { meeting, need, words } from '../content.mjs';
import * as job from '../job.mjs';

/** Nobody has bid when the time is up. */
async function lapsed(k, at, c) {
  await job.opened(k, at, c);
  const lapse = { reason_class: 'no_bids', reason: words(k.lang).note, ...meeting(k.lang, await k.day()) };
  await at.head.act(`/challenges/${c}`, 'lapse', lapse, { reason: '' });
  await at.officer.act(`/challenges/${c}`, 'relisting', { what_changed: words(k.lang).note, close_at: await k.moment(32) });
  const next = job.idOf(at.officer);
  const told = await k.get('officer', `/challenges/${next}`);
  check(told.previous === c && told.state === 'published', 'the challenge is not listed again with its lineage');
  await at.officer.visit(`/challenges/${c}`);
}

export const run = (ctx) =>
  walk(ctx, 'zh-CN', async (k) => {
    const at = await k.callIn('poster', 'officer', 'checker', 'head', 'supervisor');
    let c;
    await k.step('退回: each field has its reason, and the poster submits again', async () => {
      const parts = need(k.lang, 'enterprise_posted');
      c = (await k.post('poster', '/challenges', { title: parts.basics.title })).id;
      const draft = Object.assign({}, ...Object.values(parts));
      for (const [name, value] of Object.entries(draft)) if (value === true || value === 'yes' || value === 'no') draft[name] = value === true || value === 'yes';
      draft.indicators = draft.indicators.map((i) => ({ ...i, hard: i.hard === 'yes' }));
      await k.call('poster', 'PUT', `/challenges/${c}/draft`, { version: (await k.get('poster', `/challenges/${c}/draft`)).version, draft });
      await at.poster.act(`/challenges/${c}/edit`, 'submission');
      const notes = [{ field: 'background', note: '请补充近三年处理量' }, { field: 'indicators', note: '回收率请注明测算边界' }];
      await at.officer.act(`/challenges/${c}`, 'return', { notes }, { 'notes.1.note': '' });
      await at.poster.visit('/desk');
      await at.poster.visit(`/challenges/${c}`);
      await at.poster.sees('请补充近三年处理量');
      await at.poster.act(`/challenges/${c}/edit`, 'submission');
    });
    await k.step('流榜: listed', () => job.listed(k, at, c));
    await k.step('流榜: nobody bids, so it lapses and is listed again', () => lapsed(k, at, c));
  });
