// A clue from nobody on the demo: filed by a visitor, read and answered by the inspector, read again under its code; and a word put
// in for somebody, recorded by an officer in one step from the case.
import { check } from '../lib.mjs';

const CLUE = '评审会前一天，评审组成员与投标单位负责人一同用餐，地点有监控可以核查。';
const ANSWER = '经核查属实，已按规定处理，并已更换评审组成员。';

async function whole(v, picture) {
  await v.fits();
  await v.accessible();
  await v.shot(picture);
}

async function follow(v, code) {
  await v.go('/follow?lang=zh-CN');
  await v.page.fill('main [name=code]', code);
  await Promise.all([v.page.waitForEvent('load'), v.page.click('main form[action="/follow"] button:not(.vh)')]);
}

export async function run(ctx) {
  let code;
  await ctx.test('a visitor gives a clue without a name and gets a code for it', async (v) => {
    await v.go('/?lang=zh-CN');
    await Promise.all([v.page.waitForEvent('load'), v.page.locator('footer a[href="/tip-off"]').click()]);
    await whole(v, 'tip-off');
    await v.fill({ about: 'person', whom: '示例评审组成员', text: CLUE }, { within: 'main form.form' });
    await v.send();
    code = (await v.page.locator('#code dd').first().textContent()).match(/(?:[0-9A-Z]{5}-){5}[0-9A-Z]/)?.[0];
    check(code, 'no code was shown');
    await whole(v, 'tip-off-code');
  });

  await ctx.test('the inspector takes it up, says what came of it, answers, and closes it', async (v) => {
    await v.signIn('supervisor');
    await v.go('/tip-offs?lang=zh-CN');
    await whole(v, 'tip-offs');
    await Promise.all([v.page.waitForEvent('load'), v.page.locator('main table a[href^="/tip-offs/"]').first().click()]);
    const clue = new URL(v.page.url()).pathname;
    await v.sees(CLUE);
    await whole(v, 'tip-off-received');
    await v.act(clue, 'acceptance', { reason: '线索具体，可以核查。' });
    await v.act(clue, 'substantiation', { reason: '监控与当事人陈述一致。' });
    await v.act(clue, 'reply', { reason: ANSWER });
    await whole(v, 'tip-off-answered');
    await v.act(clue, 'closing', { reason: '已答复，办结。' });
  });

  await ctx.test('its sender reads the answer under the code, and not the notes', async (v) => {
    await follow(v, code);
    await v.sees(CLUE, ANSWER);
    await v.seesNot('监控与当事人陈述一致');
    await whole(v, 'tip-off-followed');
  });

  await ctx.test('the auditor sees that there was a clue, and not what it said', async (v) => {
    await v.signIn('auditor');
    await v.go('/tip-offs?lang=zh-CN');
    await v.seesNot('示例评审组成员', '用餐');
    check((await v.page.locator('main table a[href^="/tip-offs/"]').count()) === 0, 'the auditor is led to a clue');
    await whole(v, 'tip-offs-auditor');
  });

  await ctx.test('an officer records a word that was put in, one step from the case', async (v) => {
    await v.signIn('officer');
    await v.go('/challenges?lang=zh-CN');
    const href = await v.page.locator('main a[href^="/challenges/"]:not([href$="/new"])').first().getAttribute('href');
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    await v.act(href, 'lobbying', { who: '示例单位某某', happened_on: today, how: 'phone', about: '打听评审组名单，请予关照。' });
    await v.sees('示例单位某某');
    await whole(v, 'lobbying');
  });
}
