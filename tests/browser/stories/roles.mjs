// Each role signs in, sees its first screen in both languages, wide and narrow, and opens what waits for it.
const ROLES = ['poster', 'bidder', 'officer', 'checker', 'head', 'supervisor', 'expert', 'finance', 'auditor', 'administrator'];

export async function run(ctx) {
  for (const role of ROLES) {
    for (const [lang, width] of [['zh-CN', 1280], ['en', 360]]) {
      await ctx.test(`${role} sees its desk in ${lang} at ${width}`, async (v) => {
        await v.signIn(role);
        await v.go(`/desk?lang=${lang}`);
        await v.fits();
        await v.accessible();
        await v.shot(`desk-${role}-${lang}-${width}`);
        const first = await v.page.locator('main a[href*="-"]').first();
        if (await first.count()) {
          await first.click();
          await v.page.waitForLoadState();
          await v.fits();
          await v.accessible();
          await v.shot(`first-${role}-${lang}-${width}`);
        }
        await v.signOut();
      }, { width });
    }
  }

  await ctx.test('a firm begins a need, section by section, and nothing is lost', async (v) => {
    await v.signIn('poster');
    await v.go('/challenges/new?lang=zh-CN');
    await v.fill({ title: '焦炉烟气余热深度回收利用关键技术' });
    await v.page.locator('main form button[type=submit].btn').first().click();
    await v.page.waitForLoadState();
    await v.sees('未开始');
    await v.accessible();
    await v.fits();
    const edit = new URL(v.page.url()).pathname;
    await v.go(`${edit}/basics`);
    await v.accessible();
    await v.page.locator('main form .form-end button[type=submit]').first().click();
    await v.page.waitForLoadState();
    await v.go(`${edit}/basics`);
    const kept = await v.page.locator('input[name=title]').inputValue();
    if (kept !== '焦炉烟气余热深度回收利用关键技术') throw new Error(`title was ${kept}`);
  }, { width: 360 });
}
