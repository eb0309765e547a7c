// What every browser test needs. Starts no server: it is told where one is.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const axeSource = fs.readFileSync(path.join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');
export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export class Fault extends Error {}

/** Throws unless `truth`. The message is what stands after `not ok name:`. */
export function check(truth, message) {
  if (!truth) throw new Fault(message);
}

/** One browser, many tests; each test has a visitor of its own (fresh cookies). */
export class Run {
  constructor({ base, accounts, executablePath, out = path.join(here, 'out'), timeout = 60_000 }) {
    this.base = base.replace(/\/+$/, '');
    this.accounts = accounts;
    this.executablePath = executablePath;
    this.out = out;
    this.timeout = timeout;
    this.passed = 0;
    this.failed = 0;
    this.names = new Set();
  }

  async open() {
    fs.rmSync(this.out, { recursive: true, force: true });
    fs.mkdirSync(this.out, { recursive: true });
    this.browser = await chromium.launch({
      executablePath: this.executablePath,
      args: [
        '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync',
      ],
    });
  }

  async close() {
    await this.browser?.close();
  }

  /** A visitor: a page with empty cookies. Options: width, height, scripts (false: JavaScript off), and Playwright's. */
  async visitor({ width = 1280, height = 800, scripts = true, ...more } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      reducedMotion: 'reduce',
      javaScriptEnabled: scripts,
      ...more,
    });
    const visitor = new Visitor(this, context, await context.newPage());
    await visitor.watch();
    return visitor;
  }

  /**
   * Runs `fn(visitor)` and prints `ok name` or `not ok name: why`. Whatever went wrong unnoticed on the way (console
   * errors, page errors, CSP violations, answers of 500 and above, missing files of a page) fails the test too.
   * Further visitors of the same test: `await visitor.another(options)`.
   */
  async test(name, fn, options = {}) {
    const faults = [];
    if (this.names.has(name)) faults.push('another test has this name');
    this.names.add(name);
    let visitor;
    let timer;
    try {
      visitor = await this.visitor(options);
      const late = new Promise((_, no) => {
        timer = setTimeout(() => no(new Fault(`took longer than ${this.timeout / 1000} s`)), this.timeout);
      });
      await Promise.race([fn(visitor), late]);
    } catch (e) {
      faults.push(e instanceof Fault ? e.message : String(e?.message ?? e));
    } finally {
      clearTimeout(timer);
    }
    if (visitor) {
      await visitor.settle();
      if (faults.length) await visitor.shot(`failed ${name}`).catch(() => {});
      for (const one of [visitor, ...visitor.others]) {
        faults.push(...one.troubles);
        await one.context.close().catch(() => {});
      }
    }
    if (faults.length) {
      this.failed += 1;
      console.log(`not ok ${name}: ${faults.map(oneLine).join(' | ')}`);
    } else {
      this.passed += 1;
      console.log(`ok ${name}`);
    }
    return faults.length === 0;
  }

  /** The last line; true when nothing failed. */
  finish() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 && this.passed > 0;
  }

  /** An account of the demonstration: by role ("officer"), by e-mail, or by any of its fields ({role, organisation}). */
  account(who) {
    const wanted = typeof who === 'string' ? null : Object.entries(who);
    const found = this.accounts.find((a) =>
      wanted ? wanted.every(([key, value]) => a[key] === value) : a.role === who || a.email === who,
    );
    check(found, `no account ${JSON.stringify(who)} among ${this.accounts.map((a) => a.role).join(', ')}`);
    return found;
  }
}

const oneLine = (text) =>
  text
    .replace(/\u001b\[\d+m/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 900);

class Visitor {
  constructor(run, context, page) {
    this.run = run;
    this.context = context;
    this.page = page;
    this.others = [];
    this.troubles = [];
    page.setDefaultTimeout(10_000);
    page.setDefaultNavigationTimeout(20_000);
  }

  async watch() {
    const { page, troubles } = this;
    const add = (text) => troubles.includes(text) || troubles.push(text);
    page.on('console', (message) => {
      // "Failed to load resource" is said of every 4xx page; what matters of it is seen below, by status and by type.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        // Of a CSP report the advice on how to weaken the policy is left out.
        add(`console: ${message.text().split(' Either the ')[0]} (${page.url()})`);
      }
    });
    page.on('pageerror', (error) => add(`page error: ${error.message} (${page.url()})`));
    page.on('response', (answer) => {
      const type = answer.request().resourceType();
      const bad = answer.status() >= 500 || (answer.status() >= 400 && type !== 'document');
      if (bad) add(`${answer.status()} for ${type} ${answer.url()}`);
    });
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? 'failed';
      // A download and a page left early are reported as aborted.
      if (why !== 'net::ERR_ABORTED') add(`${why} for ${request.resourceType()} ${request.url()}`);
    });
    page.on('dialog', (dialog) => {
      add(`a dialog came up: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    // Also seen with JavaScript off, and not to be silenced by a page.
    this.cdp = await this.context.newCDPSession(page);
    this.cdp.on('Audits.issueAdded', ({ issue }) => {
      const told = issue.details?.contentSecurityPolicyIssueDetails;
      if (told) add(`CSP: ${told.violatedDirective} refused ${told.blockedURL ?? told.contentSecurityPolicyViolationType} (${page.url()})`);
    });
    await this.cdp.send('Audits.enable');
  }

  /** A second person in the same test: own cookies, same watch. */
  async another(options) {
    const other = await this.run.visitor(options);
    this.others.push(other);
    return other;
  }

  /** Lets reports that are on their way arrive. */
  async settle() {
    await this.page.waitForLoadState('load', { timeout: 5000 }).catch(() => {});
    await new Promise((done) => setTimeout(done, 100));
  }

  /** Takes back troubles that a test means to cause: those that match. Fails when there is none. */
  async expectTrouble(pattern) {
    await this.settle();
    const kept = this.troubles.filter((t) => !pattern.test(t));
    check(kept.length < this.troubles.length, `expected trouble ${pattern}, there was none`);
    this.troubles.splice(0, Infinity, ...kept);
  }

  /** Opens a path of the site; any other status than `status` is a fault. */
  async go(where, status = 200) {
    const answer = await this.page.goto(new URL(where, `${this.run.base}/`).href, { waitUntil: 'load' });
    check(answer.status() === status, `${where} answered ${answer.status()}, not ${status}`);
    return answer;
  }

  /**
   * Presses the button or link with this text and waits for the page it leads to. With {stays: true} no page is
   * awaited. `within` is a selector, for pages where the text stands twice.
   */
  async press(text, { stays = false, within = 'body' } = {}) {
    const place = this.page.locator(within);
    const find = (exact) =>
      place.getByRole('button', { name: text, exact }).or(place.getByRole('link', { name: text, exact }));
    const target = (await find(true).count()) ? find(true) : find(false);
    check(await target.count(), `nothing to press named “${text}” on ${this.page.url()}`);
    if (stays) return target.first().click();
    await Promise.all([this.page.waitForEvent('load', { timeout: 20_000 }), target.first().click()]);
  }

  /**
   * Fills controls found by `name`, else by their label (or legend). Values: text and numbers for inputs; value or label
   * for a select and for radios; true or false for one checkbox; a list for several checkboxes; for files a path, or
   * {name, mimeType, buffer}, or a list of them. `within` names the form when a page has several.
   */
  async fill(values, { within = 'main' } = {}) {
    const form = this.page.locator(within).first();
    for (const [key, value] of Object.entries(values)) {
      await this.#fillOne(form, key, value);
    }
  }

  async #fillOne(form, key, value) {
    const named = form.locator(`[name=${JSON.stringify(key)}]:not([type=hidden])`);
    let found = named;
    for (const exact of [true, false]) {
      if (!(await found.count())) found = form.getByLabel(key, { exact });
      if (!(await found.count())) found = form.getByRole('group', { name: key, exact });
    }
    check(await found.count(), `no control named or labelled “${key}” on ${this.page.url()}`);
    const first = found.first();
    const [tag, type] = await first.evaluate((e) => [e.localName, e.type ?? '']);
    if (tag === 'fieldset' || type === 'radio' || (type === 'checkbox' && typeof value !== 'boolean')) {
      const options = tag === 'fieldset' ? first.locator('input[type=radio], input[type=checkbox]') : found;
      return this.#choose(options, key, [value].flat().map(String));
    }
    if (tag === 'select') {
      const values = [value].flat().map(String);
      const known = await first.locator('option').evaluateAll((all) => all.map((o) => o.value));
      return first.selectOption(values.map((v) => (known.includes(v) ? { value: v } : { label: v })));
    }
    if (type === 'checkbox') return first.setChecked(value);
    if (type === 'file') return first.setInputFiles(value);
    return first.fill(String(value));
  }

  /** Radios and checkboxes by value or by the text of their label; checkboxes not named are cleared. */
  async #choose(options, key, wanted) {
    const known = await options.evaluateAll((all) =>
      all.map((e) => ({ value: e.value, label: (e.labels?.[0]?.innerText ?? '').trim(), type: e.type })),
    );
    const at = wanted.map((w) => {
      const byValue = known.findIndex((k) => k.value === w);
      const index = byValue >= 0 ? byValue : known.findIndex((k) => k.label === w);
      check(index >= 0, `“${key}” has no choice “${w}”, but ${known.map((k) => k.value).join(', ')}`);
      return index;
    });
    for (const [index, option] of known.entries()) {
      if (at.includes(index)) await options.nth(index).check();
      else if (option.type === 'checkbox') await options.nth(index).uncheck();
    }
  }

  /** Signs in by the form, as a person does. `who` as in `Run.account`. */
  async signIn(who) {
    const account = this.run.account(who);
    await this.go('/sign-in');
    const form = 'form:has(input[type=password])';
    const filled = this.page.locator(form).first();
    await filled.locator('input[type=email], input[name=email]').first().fill(account.email);
    await filled.locator('input[type=password]').first().fill(account.password);
    const submit = filled.locator('button:not([type=button]):not([aria-hidden]), input[type=submit]').first();
    await Promise.all([this.page.waitForEvent('load', { timeout: 20_000 }), submit.click()]);
    const inside = await this.page.locator('form[action$="/sign-out"]').count();
    check(inside, `${account.email} (${account.role}) is not signed in: ${this.page.url()}`);
    return account;
  }

  async signOut() {
    const button = this.page.locator('form[action$="/sign-out"] button').first();
    await Promise.all([this.page.waitForEvent('load', { timeout: 20_000 }), button.click()]);
  }

  /** All text of the page as a reader sees it. */
  async text() {
    return this.page.locator('body').innerText();
  }

  async sees(...texts) {
    const all = await this.text();
    for (const text of texts) check(all.includes(text), `“${text}” is not on ${this.page.url()}`);
  }

  async seesNot(...texts) {
    const all = await this.text();
    for (const text of texts) check(!all.includes(text), `“${text}” is on ${this.page.url()}`);
  }

  /** No sideways scroll: a phone reader never has to push a page about. */
  async fits() {
    const [needs, has, wide] = await this.page.evaluate(() => {
      const root = document.documentElement;
      const room = root.clientWidth;
      const name = (e) => `${e.localName}${e.id ? `#${e.id}` : ''}${e.classList.length ? `.${[...e.classList].join('.')}` : ''}`;
      const over = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > room + 0.5);
      return [root.scrollWidth, room, over.slice(0, 4).map(name)];
    });
    check(needs <= has, `${this.page.url()} is ${needs} px wide in ${has} px: ${wide.join(', ')}`);
  }

  /** No violation of WCAG 2.2 A and AA that a program can find. Runs beside the page, under its own strict CSP. */
  async accessible(tags = WCAG) {
    const { frameTree } = await this.cdp.send('Page.getFrameTree');
    const { executionContextId } = await this.cdp.send('Page.createIsolatedWorld', {
      frameId: frameTree.frame.id,
      worldName: 'axe',
    });
    const inWorld = async (expression) => {
      const { result, exceptionDetails } = await this.cdp.send('Runtime.evaluate', {
        expression,
        contextId: executionContextId,
        awaitPromise: true,
        returnByValue: true,
      });
      check(!exceptionDetails, `axe: ${exceptionDetails?.exception?.description ?? exceptionDetails?.text}`);
      return result.value;
    };
    await inWorld(`${axeSource};0`);
    const options = JSON.stringify({ runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    const { ran, violations } = JSON.parse(
      await inWorld(`axe.run(document, ${options}).then((r) => JSON.stringify({
        ran: r.passes.length + r.violations.length,
        violations: r.violations.map((v) => v.id + ' (' + v.nodes.length + '): ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join('; ')),
      }))`),
    );
    check(ran > 0, 'axe looked at nothing');
    check(!violations.length, `axe on ${this.page.url()}: ${violations.join(' / ')}`);
  }

  /** Saves what is seen, whole page, under `out/`. */
  async shot(name) {
    const file = path.join(this.run.out, `${name.replace(/[^\p{L}\p{N}.-]+/gu, '-')}.png`);
    // Hiding the caret or stopping animations would put a style into the page, which its CSP rightly refuses.
    await this.page.screenshot({ path: file, fullPage: true, caret: 'initial', animations: 'allow' });
  }
}
