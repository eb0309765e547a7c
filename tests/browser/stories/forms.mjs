// The long forms by themselves: kept while one types, whole without script.
import { CAST, walk } from '../county.mjs';
import { check } from '../look.mjs';
import { need, offer } from '../content.mjs';
import * as job from '../job.mjs';

/** Types, waits for the server's word, comes back: what was typed is there though nothing was pressed. */
async function kept(k, v, where, field, text) {
  await k.advance(1 / 24);
  await v.go(where);
  const box = v.page.locator(`main form.form [name="${field}"]`);
  await box.fill(text);
  const before = await v.page.locator('p[data-saved]').innerText();
  await v.page.waitForFunction((old) => {
    const line = document.querySelector('p[data-saved]');
    return line.textContent !== old && /\d{1,2}:\d{2}/.test(line.textContent);
  }, before, { timeout: 12_000 });
  await v.seen();
  await v.go(where);
  check((await box.inputValue()) === text, `${field} was not kept by itself`);
}

export const run = (ctx) =>
  walk(ctx, 'zh-CN', async (k) => {
    const at = await k.callIn('poster', 'officer', 'checker', 'head');
    const lang = k.lang;
    const plain = await k.person('poster', { scripts: false, width: 360 });
    const team = await k.person('bidder1', { scripts: false });
    const typist = await k.person('bidder2');
    let c;
    await k.step('a need is kept while it is typed', async () => {
      const made = await k.post('poster', '/challenges', { title: need(lang).basics.title });
      await kept(k, at.poster, `/challenges/${made.id}/edit/background`, 'background', need(lang).background.background);
    });
    await k.step('a need is written, mended and submitted without script', async () => {
      const wrong = { background: { background: '太短' }, money: { stake_fen: '很多' } };
      c = await job.posted(k, plain, 'government_posted', wrong);
    });
    await k.step('a second tab does not overwrite the first', async () => {
      const made = await k.post('poster', '/challenges', { title: need(lang).basics.title });
      const where = `/challenges/${made.id}/edit/background`;
      const second = await k.person('poster', { scripts: false });
      await plain.go(where);
      await second.go(where);
      await plain.complete({ scope: '先到的内容，保存在前。' });
      await plain.send();
      await second.complete({ scope: '后到的内容，不得覆盖。' });
      await second.send({ faulty: true });
      await second.seen('conflict');
      await second.stillTyped({ scope: '后到的内容，不得覆盖。' });
    });
    await k.step('a bid section works without script, and a bid is kept while it is typed', async () => {
      await job.listed(k, at, c);
      const org = (key) => CAST.filter(([x]) => x === key).map(([, uscc, name]) => ({ uscc, name }))[0];
      const start = async (v) => {
        await v.act(`/challenges/${c}`, 'bids');
        return job.idOf(v);
      };
      const parts = offer(lang, 'government_posted', '99', org('u1'));
      await job.sections(team, `/bids/${await start(team)}/edit`, { route: parts.route }, { route: { route: '短' } });
      await kept(k, typist, `/bids/${await start(typist)}/edit/route`, 'route', parts.route.route);
    });
  });
