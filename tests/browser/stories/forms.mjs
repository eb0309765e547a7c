// The long forms by themselves: kept while one types.
import { walk } from '../county.mjs';
import { check } from '../look.mjs';
import { need } from '../content.mjs';

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
    const at = await k.callIn('poster');
    const lang = k.lang;
    await k.step('a need is kept while it is typed', async () => {
      const made = await k.post('poster', '/challenges', { title: need(lang).basics.title });
      await kept(k, at.poster, `/challenges/${made.id}/edit/background`, 'background', need(lang).background.background);
    });
  });
