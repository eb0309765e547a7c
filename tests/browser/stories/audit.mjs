// The auditor's morning on the demo: what asks for a look, a question with its answer, a dismissal, the read log, draws drawn again,
// the calendar, other eyes, the check of the record, and a case taken away.
import { check } from '../lib.mjs';

const text = async (v) => v.page.locator('main').innerText();

async function shown(v, where, picture) {
  await v.go(where);
  await v.fits();
  await v.accessible();
  await v.shot(picture);
}

/** Waits until the desk says how the check ended. */
async function checked(v) {
  for (let n = 0; n < 60; n += 1) {
    await v.go('/desk?lang=zh-CN');
    const said = await text(v);
    if (!said.includes('正在核验')) return said;
    await v.page.waitForTimeout(1000);
  }
  throw new Error('the check did not end');
}

export async function run(ctx) {
  let flags;
  await ctx.test('the auditor begins the day at the desk, asks about a flag and puts another aside', async (v) => {
    await v.signIn('auditor');
    await shown(v, '/desk?lang=zh-CN', 'audit-desk');
    check((await text(v)).includes('待处理的疑点提示'), 'the desk shows no flags');
    await shown(v, '/flags', 'audit-flags');
    const href = await v.page.locator('#flags ~ * a[href$="/flags"], table a[href$="/flags"]').first().getAttribute('href');
    flags = href;
    await shown(v, flags, 'audit-case-flags');
    const ask = v.page.locator('main a[href*="/flag-question?flag="]');
    const open = await ask.count();
    check(open > 0, 'no flag of the case can be asked about');
    await Promise.all([v.page.waitForEvent('load'), ask.first().click()]);
    await v.fits();
    await v.accessible();
    await v.shot('audit-question');
    await v.fill({ reason: '请说明该情况的事实经过，并附依据。' }, { within: 'main form.form' });
    await v.send();
    await v.fits();
    await v.accessible();
    await v.shot('audit-finding');
    check(/\/findings\//.test(v.page.url()), `the question led to ${v.page.url()}`);
    await v.go(flags);
    if (open > 1) {
      const aside = v.page.locator('main a[href*="/flag-dismissal?flag="]').last();
      await Promise.all([v.page.waitForEvent('load'), aside.click()]);
      await v.fill({ reason: '已核对原始材料，情况属实且有书面说明。' }, { within: 'main form.form' });
      await v.send();
      await v.go(flags);
      check((await text(v)).includes('已排除'), 'the dismissal does not show');
    }
  });

  await ctx.test('the officer answers what was asked, and the auditor settles it', async (v) => {
    await v.signIn('officer');
    await v.go('/findings?lang=zh-CN');
    await Promise.all([v.page.waitForEvent('load'), v.page.locator('main table a[href^="/findings/"]').first().click()]);
    const finding = new URL(v.page.url()).pathname;
    await v.act(finding, 'answer', { reason: '经核实，情况如所附材料，程序符合规则。' });
    await v.signOut();
    await v.signIn('auditor');
    await v.act(finding, 'settlement', { outcome: 'explained', reason: '说明充分，材料齐全，办结。' });
    check((await text(v)).includes('已办结'), 'the finding is not settled');
  });

  await ctx.test('the auditor reads who read what, draws again, looks through other eyes and takes the case away', async (v) => {
    await v.signIn('auditor');
    const c = flags.replace(/\/flags$/, '');
    await shown(v, `${c}/redraws?lang=zh-CN`, 'audit-redraws');
    check(!(await text(v)).includes('不一致'), 'a draw comes out otherwise');
    await shown(v, `${c}/reads`, 'audit-reads');
    await shown(v, `${c}/publication-calendar`, 'audit-publication');
    for (const [as, stage] of [['public', 'before_opening'], ['rival', 'after_opening'], ['auditor', 'now']]) {
      await shown(v, `${c}/preview?as=${as}&stage=${stage}`, `audit-preview-${as}`);
    }
    const file = await v.page.request.get(new URL(`${c}/case.zip`, `${v.base}/`).href);
    const bytes = await file.body();
    check(file.status() === 200 && bytes.subarray(0, 2).toString() === 'PK', `the case file answered ${file.status()}`);
    await v.go('/desk');
    await Promise.all([v.page.waitForEvent('load'), v.page.locator('form[action="/desk/verification"] button').click()]);
    const said = await checked(v);
    check(said.includes('完好'), 'the check found something');
    await v.shot('audit-checked');
  });

  await ctx.test('the desk of the auditor in English on a phone', async (v) => {
    await v.signIn('auditor');
    await shown(v, '/desk?lang=en', 'audit-desk-en-360');
    await shown(v, flags, 'audit-case-flags-en-360');
  }, { width: 360 });

  await ctx.test('a team sees who read what is its own', async (v) => {
    await v.signIn('bidder');
    await shown(v, '/account/reads?lang=zh-CN', 'audit-mine');
  }, { width: 360 });
}
