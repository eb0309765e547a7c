// Sealing in the browser, and an opening by two keyholders in two browsers. Nothing readable and no key reaches the server.
import fs from 'node:fs';
import { check } from '../lib.mjs';

const content = JSON.parse(fs.readFileSync(new URL('../../../src/cli/demo/content.json', import.meta.url), 'utf8'));
const PHRASE = '静夜思 correct horse battery';
const PDF = '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';

/** The API with the page's own session. */
const api = (v, method, path, body) =>
  v.page.evaluate(
    async ([method, path, body]) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await fetch(`/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    [method, path, body],
  );

async function challenge(v, words) {
  const found = await api(v, 'GET', `/challenges?q=${encodeURIComponent(words)}`);
  check(found.body.items.length === 1, `${found.body.items.length} challenges about ${words}`);
  return found.body.items[0].id;
}

async function upload(v, name) {
  return v.page.evaluate(
    async ([name, text]) => {
      const form = new FormData();
      form.append('file', new File([text], name, { type: 'application/pdf' }));
      return (await (await fetch('/api/v1/files', { method: 'POST', body: form })).json()).id;
    },
    [name, PDF],
  );
}

/** Presses the panel's button and waits for what it says. */
async function work(v, expected) {
  await v.page.locator('[data-go]').click();
  await v.page.waitForFunction((text) => document.querySelector('[data-says]').textContent.includes(text), expected, { timeout: 30_000 });
}

async function submit(v) {
  await Promise.all([v.page.waitForEvent('load', { timeout: 20_000 }), v.page.locator('main form .form-end button[type=submit]').first().click()]);
}

/** A keyholder decrypts its part with the key file and passphrase of its account. */
async function decrypt(v, id, account, stage = 'first') {
  await v.go(`/challenges/${id}/handout?lang=zh-CN`);
  await v.accessible();
  await v.fits();
  const file = { name: 'keyholder.jbkey', mimeType: 'application/json', buffer: Buffer.from(account.key_file) };
  await v.page.locator('#tool-key').setInputFiles(file);
  await v.page.locator('#tool-phrase').fill('a wrong passphrase');
  await work(v, '口令不正确');
  await v.page.locator('#tool-phrase').fill(account.password);
  await work(v, '已填入');
  await v.shot(`handout-${stage}-${account.role}`);
  await submit(v);
}

export async function run(ctx) {
  await ctx.test('a team seals its bid in the browser and the server never sees it open', async (v) => {
    await v.signIn('bidder2@dongjiang.example');
    const { body: me } = await api(v, 'GET', '/me');
    const id = await challenge(v, '四大车');
    const bid = (await api(v, 'POST', `/challenges/${id}/bids`, {})).body.id;
    const offer = structuredClone(content.offers.find((o) => o.key === 'D12-3').offer);
    offer.members[0].uscc = me.organisation.uscc;
    offer.members[0].name = me.organisation.name;
    offer.attachments = [await upload(v, '揭榜方案.pdf')];
    if (offer.members.length > 1) offer.consortium_agreement = [await upload(v, '联合揭榜协议.pdf')];
    const kept = await api(v, 'PUT', `/bids/${bid}/draft`, { draft: offer });
    check(kept.status === 200, `the draft was answered ${kept.status}: ${JSON.stringify(kept.body)}`);

    await v.go(`/bids/${bid}/seal-here?lang=zh-CN`);
    await v.accessible();
    await v.fits();
    await v.page.locator('#tool-phrase').fill('short');
    await work(v, '口令太短');
    await v.page.locator('#tool-phrase').fill(PHRASE);
    const spare = v.page.waitForEvent('download');
    await work(v, 'A ');
    check((await spare).suggestedFilename().endsWith('.jbspare'), 'no spare came down');
    const commits = (await v.page.locator('[data-says]').innerText()).match(/[0-9a-f]{64}/g);
    await v.page.locator('main form [name=agree]').check();
    await v.shot('seal-here');
    await submit(v);
    await v.sees('揭榜方（本机密封）', ...commits);
    await v.accessible();
    await v.shot('receipt-sealed-at-home');
  });

  await ctx.test('a keyholder makes a key and passes a drill', async (v) => {
    await v.signIn('head');
    await v.go('/account/keyholder?lang=zh-CN');
    await v.accessible();
    await v.fits();
    await v.page.locator('#tool-phrase').fill(PHRASE);
    const down = v.page.waitForEvent('download');
    await work(v, '密钥已生成');
    const file = fs.readFileSync(await (await down).path());
    await submit(v);
    await v.sees('等待另一方确认');
    const supervisor = await v.another();
    await supervisor.signIn('supervisor');
    const { body: asked } = await api(supervisor, 'GET', '/registrations?registration_kind=keyholder&state=proposed');
    await supervisor.go(`/registrations/${asked.items[0].id}/confirmation?lang=zh-CN`);
    await submit(supervisor);
    await v.go('/account/keyholder?lang=zh-CN');
    await v.sees('公钥指纹', '尚未演练');
    await submit(v);
    await v.page.locator('#tool-key').setInputFiles({ name: 'k.jbkey', mimeType: 'application/json', buffer: file });
    await v.page.locator('#tool-phrase').fill(PHRASE);
    await work(v, '已填入');
    await submit(v);
    await v.seesNot('尚未演练');
    await v.accessible();
  }, { width: 360 });

  await ctx.test('two keyholders open the bids in two browsers', async (officer) => {
    const first = await officer.signIn('officer');
    const supervisor = await officer.another();
    const second = await supervisor.signIn('supervisor');
    const id = await challenge(officer, '捣固焦炉装煤车');
    await officer.go(`/challenges/${id}/handout`, 409);
    await supervisor.go(`/challenges/${id}/opening-confirmation?lang=zh-CN`);
    await submit(supervisor);
    await decrypt(officer, id, first);
    await decrypt(supervisor, id, second);
    await supervisor.go(`/challenges/${id}/opening-confirmation?lang=zh-CN`);
    await submit(supervisor);
    const { body } = await api(supervisor, 'GET', `/challenges/${id}`);
    check(body.state === 'opened', `it is ${body.state}`);
    check(body.price_opened_at === null, 'the prices are open with the rest');
    await supervisor.shot('opened-by-keys');
    const bid = (await api(supervisor, 'GET', `/bids/${body.bids[0].id}`)).body;
    check(bid.offer.route && bid.offer.county_fen === undefined && bid.price_fen === null, 'a price is shown before its time');
    check(!JSON.stringify(bid).includes('"wraps"'), 'a wrap is shown with the bid');
    await supervisor.go(`/bids/${body.bids[0].id}?lang=zh-CN`);
    await supervisor.sees('报价与团队部分仍密封');
    await supervisor.accessible();
    await supervisor.fits();
    await supervisor.shot('bid-price-sealed');
    await officer.go(`/challenges/${id}/opening-record?lang=zh-CN`);
    await officer.sees('封存清单', '仍密封', '已开启');
    await officer.accessible();
    await officer.fits();
    await officer.shot('opening-record-first-stage');
  });

  await ctx.test('price and team are opened in two browsers when the blind scores are locked', async (officer) => {
    const first = await officer.signIn('officer');
    const supervisor = await officer.another();
    const second = await supervisor.signIn('supervisor');
    const id = await challenge(officer, '上升管荒煤气');
    const before = (await api(officer, 'GET', `/challenges/${id}`)).body;
    check(before.state === 'reviewing' && before.price_opened_at === null, 'it does not wait for its prices');
    await officer.go(`/challenges/${id}/handout`, 409);
    await supervisor.go(`/challenges/${id}/price-opening-confirmation?lang=zh-CN`);
    await supervisor.shot('price-opening-confirmation');
    await submit(supervisor);
    await decrypt(officer, id, first, 'price');
    await decrypt(supervisor, id, second, 'price');
    await supervisor.go(`/challenges/${id}/price-opening-confirmation?lang=zh-CN`);
    await submit(supervisor);
    const after = (await api(supervisor, 'GET', `/challenges/${id}`)).body;
    check(after.price_opened_at !== null, 'the prices are still sealed');
    const bid = (await api(supervisor, 'GET', `/bids/${after.bids[0].id}`)).body;
    check(bid.offer.county_fen > 0 && bid.price_fen > 0, 'no price came out');
    await officer.go(`/challenges/${id}/opening-record?lang=zh-CN`);
    await officer.sees('封存清单', '持钥人', '已开启');
    await officer.seesNot('仍密封');
    await officer.accessible();
    await officer.fits();
    await officer.shot('opening-record');
    await officer.go(`/challenges/${id}/opening-record?lang=en`);
    await officer.sees('Closing list', 'Price and team');
    await officer.shot('opening-record-en');
  });
}
