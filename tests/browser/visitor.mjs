// A person at a browser: opens, presses, fills, signs in, and hears everything that goes wrong meanwhile.
import { Looks, check } from './look.mjs';

export class Visitor extends Looks {
  constructor(run, context, page, base) {
    super();
    this.base = base ?? run.base;
    this.run = run;
    this.scripts = true;
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

  /** How to press: without scripts a page draws no frames to wait for, so that "is it still?" is never answered. */
  get pressing() {
    return this.scripts ? {} : { force: true };
  }

  /** Opens a path of the site; any other status than `status` is a fault. */
  async go(where, status = 200) {
    const answer = await this.page.goto(new URL(where, `${this.base}/`).href, { waitUntil: 'load' });
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
    if (stays) return target.first().click(this.pressing);
    await Promise.all([this.page.waitForEvent('load', { timeout: 20_000 }), target.first().click(this.pressing)]);
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
    if (value?.buffer) {
      // A paper that came with a form which was refused is still attached.
      const kept = await form.locator(`[name=${JSON.stringify(key)}][type=checkbox]:checked`).count();
      return kept || form.locator(`[name=${JSON.stringify(key)}][type=file]`).setInputFiles(value);
    }
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
    if (type === 'checkbox') return first.setChecked(value, this.pressing);
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
      if (at.includes(index)) await options.nth(index).check(this.pressing);
      else if (option.type === 'checkbox') await options.nth(index).uncheck(this.pressing);
    }
  }

  /** Signs in by the form, as a person does. `who` as in `Run.account`. */
  async signIn(who) {
    const account = this.run.account(who);
    await this.go('/sign-in');
    this.role = account.role;
    return this.signInAs(account);
  }

  /** Signs in on the page that is open. */
  async signInAs(account) {
    const form = 'form:has(input[type=password])';
    const filled = this.page.locator(form).first();
    await filled.locator('input[type=email], input[name=email]').first().fill(account.email);
    await filled.locator('input[type=password]').first().fill(account.password);
    this.password = account.password;
    const submit = filled.locator('button:not([type=button]):not([aria-hidden]), input[type=submit]').first();
    await Promise.all([this.page.waitForEvent('load', { timeout: 20_000 }), submit.click(this.pressing)]);
    const inside = await this.page.locator('form[action$="/sign-out"]').count();
    check(inside, `${account.email} (${account.role}) is not signed in: ${this.page.url()}`);
    return account;
  }

  async signOut() {
    const button = this.page.locator('form[action$="/sign-out"] button').first();
    await Promise.all([this.page.waitForEvent('load', { timeout: 20_000 }), button.click(this.pressing)]);
  }

  /** Opens a page, looks at it whole; what is wrong with it is told, and the walk goes on. */
  async visit(where, kind) {
    await this.go(where);
    await this.seen(kind);
  }

  /** The look, with its findings kept for the end of the step. */
  async seen(kind) {
    await this.look(kind).catch((e) => this.troubles.push(e.message));
  }

  /**
   * Takes an act as a person does: opens the thing, presses the act's link, fills in its form, sends it. Lists of objects
   * are rows, which are added as needed. With `wrong` the form is sent once with those values in it, see `mistaken`.
   */
  async act(where, name, values = {}, wrong) {
    await this.visit(where);
    const link = this.page.locator(`main a[href$="/${name}"]`).first();
    check(await link.count(), `${this.role}: nothing leads to “${name}” on ${this.page.url()}`);
    await Promise.all([this.page.waitForEvent('load'), link.click(this.pressing)]);
    await this.seen();
    await this.proved();
    if (wrong) await this.mistaken(values, wrong);
    await this.complete(values);
    await this.send();
    await this.seen();
  }

  /** Where the act first asks who one is, the password is given again. */
  async proved() {
    if (!new URL(this.page.url()).pathname.endsWith('/step-up')) return;
    await this.fill({ password: this.password }, { within: 'main form.form' });
    await this.send();
    await this.seen();
  }

  /** Fills in, rows and all. */
  async complete(values) {
    const plain = {};
    for (const [name, value] of Object.entries(values)) {
      if (Array.isArray(value) && typeof value[0] === 'object' && !value[0].buffer) {
        await this.rows(name, value.length);
        value.forEach((row, n) => Object.entries(row).forEach(([field, v]) => (plain[`${name}.${n}.${field}`] = v)));
      } else plain[name] = value;
    }
    await this.fill(plain, { within: 'main form.form' });
  }

  /** Presses "add" until the list has so many rows. */
  async rows(name, wanted) {
    for (let n = 0; n < 12; n += 1) {
      const there = await this.page.locator(`#f-${name} > fieldset.row`).count();
      if (there >= wanted) return;
      await Promise.all([this.page.waitForEvent('load'), this.page.locator(`button[value="add:${name}"]`).click(this.pressing)]);
    }
    check(false, `no ${wanted} rows of ${name} on ${this.page.url()}`);
  }

  /** Sends the form by its own button; a form that comes back with faults is one. */
  async send({ faulty = false } = {}) {
    const button = this.page.locator('main form.form .form-end button[type=submit]').first();
    await Promise.all([this.page.waitForEvent('load'), button.click(this.pressing)]);
    const faults = (await this.page.locator('[data-faults]').allInnerTexts()).join(' ');
    check(faulty === Boolean(faults), faulty ? `${this.page.url()} took what was wrong` : `${this.page.url()} refused: ${faults}`);
  }

  /** Sends the form with something wrong in it: the summary leads to the field, and all that was typed is still there. */
  async mistaken(values, wrong) {
    await this.complete({ ...values, ...wrong });
    await this.send({ faulty: true });
    await this.seen();
    await this.stillTyped({ ...values, ...wrong });
    for (const name of Object.keys(wrong)) {
      const link = this.page.locator(`[data-faults] a[href^="#f-${name.replaceAll('.', '-')}"]`).first();
      check(await link.count(), `the summary does not lead to ${name} on ${this.page.url()}`);
      if (this.scripts) await this.leads(link);
    }
    const alone = Object.keys(wrong).filter((name) => !(name in values) && !name.includes('.'));
    await this.fill(Object.fromEntries(alone.map((name) => [name, ''])), { within: 'main form.form' });
  }

  async leads(link) {
    await link.click(this.pressing);
    const there = await this.page.evaluate((hash) => {
      const field = document.getElementById(hash.slice(1))?.closest('.field, .rows, .row');
      return field?.contains(document.activeElement) || document.activeElement?.id === hash.slice(1);
    }, await link.getAttribute('href'));
    check(there, `a fault's link does not put the focus on its field: ${await link.getAttribute('href')}`);
  }

  /** Boxes of text hold what was typed. */
  async stillTyped(values) {
    for (const [name, value] of Object.entries(values)) {
      const box = this.page.locator(`main form.form [name="${name}"]:is(textarea, input[type=text], input[type=date], input[type=tel])`);
      if (typeof value !== 'string' || !(await box.count())) continue;
      const kept = await box.first().inputValue();
      check(kept.replaceAll('\r', '') === value, `${name} held “${kept.slice(0, 60)}”, not what was typed`);
    }
  }
}
