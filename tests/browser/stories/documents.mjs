// Documents as people read and print them: a notice for anyone, a contract for its party, wide and narrow, in both languages; on
// paper nothing of the site stands around them, and a long one counts its pages.
import fs from 'node:fs';
import { check } from '../lib.mjs';

const KINDS = [
  ['publication notice', null, 'challenges?state=award_notice', 'challenges', 'publication_notice', '发榜公告'],
  ['proposed award', null, 'notices', 'notices', 'proposed_award_notice', '拟中榜公示'],
  ['contract', 'officer', 'contracts', 'contracts', 'contract', '技术开发合同'],
];

export async function run(ctx) {
  for (const [name, role, list, things, kind, title] of KINDS) {
    for (const [lang, width] of [['zh-CN', 1280], ['en', 360]]) {
      await ctx.test(`${name} is read and printed in ${lang} at ${width}`, async (v) => {
        if (role) await v.signIn(role);
        await v.go(`/${list}${list.includes('?') ? '&' : '?'}lang=${lang}`);
        const id = await v.page.locator(`main a[href^="/${things}/"]`).first().getAttribute('href');
        await v.go(`${id}?lang=${lang}`);
        if (lang === 'zh-CN') await v.sees(title);
        await v.go(`${id}/documents/${kind}?lang=${lang}`);
        check(await v.page.locator('article.paper').count(), 'a sheet of paper is on the page');
        await v.fits();
        await v.accessible();
        await v.shot(`document ${kind} ${lang} ${width}`);
        await v.page.emulateMedia({ media: 'print' });
        for (const gone of ['.top', '.foot', '.crumbs', '.side']) {
          const shown = await v.page.locator(gone).evaluateAll((all) => all.filter((e) => getComputedStyle(e).display !== 'none').length);
          check(!shown, `${gone} is not printed`);
        }
        const pdf = await v.page.pdf({ preferCSSPageSize: true, path: `${v.run.out}/${kind} ${lang}.pdf` });
        check(pdf.length > 5000 && fs.existsSync(`${v.run.out}/${kind} ${lang}.pdf`), 'it prints');
        await v.page.emulateMedia({ media: 'screen' });
      }, { width });
    }
  }

  await ctx.test('an issued document leads to its proof, and its data has the hash that is shown', async (v) => {
    await v.go('/notices?lang=zh-CN');
    const id = await v.page.locator('main a[href^="/notices/"]').first().getAttribute('href');
    await v.go(`${id}/documents/proposed_award_notice?lang=zh-CN`);
    const shown = (await v.page.locator('#verify dd').first().innerText()).trim();
    const href = await v.page.locator('a[href*="format=json"]').first().getAttribute('href');
    const same = await v.page.evaluate(async (href) => {
      const data = await (await fetch(href)).arrayBuffer();
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
      return [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
    }, href);
    check(same === shown, `the data has the hash ${same}, the page shows ${shown}`);
    await v.page.locator('#verify a[href^="/log/entries/"]').first().click();
    await v.page.waitForLoadState();
    await v.sees(shown);
  });
}
