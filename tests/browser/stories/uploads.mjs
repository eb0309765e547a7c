// Files over a line that breaks: what has come is kept, by the page, over a reload, and by the draft.
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { check } from '../lib.mjs';

const MIB = 1024 * 1024;
const PATCH = /\/api\/v1\/uploads\/[0-9a-f-]{36}$/;

/** A document of so many bytes. */
function pdf(name, size) {
  const head = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n');
  const tail = Buffer.from('\ntrailer<</Root 1 0 R>>\n%%EOF\n');
  const middle = Buffer.alloc(size - head.length - tail.length, 'jiebang ');
  return { name, mimeType: 'application/pdf', buffer: Buffer.concat([head, middle, tail]) };
}

async function contact(v, lang) {
  await v.go(`/challenges/new?lang=${lang}`);
  await v.fill({ title: '焦化脱硫废液提盐及副盐高值化关键技术' });
  await v.page.locator('main form .form-end button[type=submit], main form button[type=submit].btn').first().click();
  await v.page.waitForLoadState();
  const where = `${new URL(v.page.url()).pathname}/contact`;
  await v.go(where);
  return where;
}

/** The next time that the server is given the draft with a file in it. */
const saved = (v) =>
  v.page.waitForResponse((r) => r.request().method() === 'POST' && r.ok() && /attachments=[0-9a-f]/.test(r.request().postData() ?? ''), { timeout: 20_000 });

const states = (v) => v.page.locator('.uploads .upload-state');

async function arrived(v, word, n = 1) {
  await v.page.waitForFunction(
    ([text, count]) => [...document.querySelectorAll('.uploads .upload-state')].filter((s) => s.textContent === text).length === count,
    [word, n],
    { timeout: 30_000 },
  );
}

/** Lets `n` pieces through, then cuts the line until told. Gives what counts and mends. */
async function cutAfter(v, n) {
  const line = { sent: 0, cut: false };
  await v.page.route(PATCH, (route) => {
    if (route.request().method() !== 'PATCH') return line.cut ? route.abort('connectionfailed') : route.continue();
    line.sent += 1;
    line.cut ||= line.sent > n;
    return line.cut ? route.abort('connectionreset') : route.continue();
  });
  line.mend = async () => {
    line.cut = false;
    line.sent = -1000;
    await v.page.evaluate(() => dispatchEvent(new Event('online')));
  };
  return line;
}

async function cutAndMended(v, lang, words) {
  await v.signIn('poster');
  const where = await contact(v, lang);
  const line = await cutAfter(v, 2);
  await v.page.setInputFiles('input[type=file][name=attachments]', pdf('技术要求.pdf', 5 * MIB));
  await v.page.waitForFunction((text) => document.querySelector('.uploads .upload-state')?.textContent === text, words.again);
  check((await v.page.locator('.uploads progress').evaluate((p) => p.value)) > 0.3, 'what had come was forgotten');
  await v.fits();
  await v.accessible();
  await v.shot(`upload-cut-${lang}`);
  const kept = saved(v);
  await line.mend();
  await arrived(v, words.done);
  check(line.sent === -997, `${line.sent + 1000} pieces after the cut, three were left`);
  await v.page.unroute(PATCH);
  await v.expectTrouble(/net::ERR_CONNECTION_RESET|net::ERR_CONNECTION_FAILED/);
  await kept;
  await v.shot(`upload-done-${lang}`);
  // The draft names it, whoever opens it.
  await v.go(where);
  const named = v.page.locator('input[type=checkbox][name=attachments]');
  check((await named.count()) === 1 && (await named.isChecked()), 'the draft does not name the file');
  await v.sees('技术要求.pdf (5.0 MB)');
  await v.signOut();
}

export async function run(ctx) {
  const zh = { again: '网络中断，正在重试；已上传的部分不会丢失。', done: '已上传' };
  const en = { again: 'The connection was cut; trying again. What has come is kept.', done: 'Uploaded' };
  await ctx.test('a cut upload goes on by itself, and the draft keeps the file', (v) => cutAndMended(v, 'zh-CN', zh));
  await ctx.test('a cut upload goes on by itself in English on a phone', (v) => cutAndMended(v, 'en', en), { width: 360 });

  await ctx.test('after a reload the same file goes on where it stood', async (v) => {
    await v.signIn('poster');
    const where = await contact(v, 'zh-CN');
    await cutAfter(v, 3);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'upload-'));
    const file = path.join(folder, '试验报告.pdf');
    fs.writeFileSync(file, pdf('', 6 * MIB).buffer);
    // The form saves itself once more: what is loaded after that has its newest version.
    const kept = v.page.waitForResponse((r) => r.request().method() === 'POST' && r.url().includes('/edit/'), { timeout: 20_000 });
    await v.page.setInputFiles('input[type=file][name=attachments]', file);
    await kept;
    await v.page.waitForFunction((text) => document.querySelector('.uploads .upload-state')?.textContent === text, zh.again);
    await v.page.unroute(PATCH);
    const known = await v.page.evaluate(() => Object.entries(sessionStorage));
    check(known.length === 1 && !JSON.stringify(known).includes('试验报告'), `the tab keeps ${JSON.stringify(known)}`);
    await v.page.goto(new URL(where, v.page.url()).href);
    let pieces = 0;
    v.page.on('request', (r) => (pieces += r.method() === 'PATCH'));
    await v.page.setInputFiles('input[type=file][name=attachments]', file);
    await arrived(v, zh.done);
    fs.rmSync(folder, { recursive: true });
    check(pieces === 3, `${pieces} pieces after the reload, three were left`);
    await v.expectTrouble(/net::ERR_CONNECTION_RESET|net::ERR_CONNECTION_FAILED/);
  });

  await ctx.test('a form sent early waits for its files, one refused stays at its line, one removed is not sent', async (v) => {
    await v.signIn('poster');
    const where = await contact(v, 'zh-CN');
    const input = v.page.locator('input[type=file][name=attachments]');
    await input.setInputFiles({ name: '工具.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(20_000, 'MZ') });
    await v.page.locator('.uploads li.bad').waitFor();
    check(!(await states(v).innerText()).includes('%'), 'a refusal names its reason');
    await v.shot('upload-refused');
    await v.expectTrouble(/422 for fetch/);
    await v.page.locator('.uploads li.bad button').click();
    await input.setInputFiles([pdf('甲.pdf', 2 * MIB), pdf('乙.pdf', MIB)]);
    await arrived(v, zh.done, 2);
    await v.page.locator('.uploads li', { hasText: '乙.pdf' }).locator('button').click();
    let go;
    const held = new Promise((open) => (go = open));
    await v.page.route(PATCH, async (route) => {
      await held;
      await route.continue();
    });
    await input.setInputFiles(pdf('丙.pdf', MIB));
    const sends = v.page.waitForURL((url) => !url.pathname.endsWith('/contact') || url.search.includes('done'), { timeout: 30_000 });
    await v.page.locator('main form .form-end button[type=submit]').first().click();
    await v.sees('附件上传完毕后自动提交，请勿关闭页面。');
    await v.shot('upload-waits');
    go();
    await sends.catch(() => {});
    await v.page.waitForLoadState();
    await v.page.unroute(PATCH);
    await v.go(where);
    const names = await v.page.locator('.boxes label').allInnerTexts();
    check(names.length === 2 && names[0].startsWith('甲.pdf') && names[1].startsWith('丙.pdf'), `attached: ${names}`);
  });
}
