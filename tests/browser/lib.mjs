// What every browser test needs. Starts no server: it is told where one is.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Fault, check } from './look.mjs';
import { Visitor } from './visitor.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const OUT = path.join(here, 'out');
export { Fault, check };

/** What all runs of one program know together: names are given once, a page is looked at once. */
const shared = { names: new Set(), looked: new Set(), pictured: new Set() };

/** One browser, many tests; each test has a visitor of its own (fresh cookies). */
export class Run {
  constructor({ base, clockBase, accounts, executablePath, out = OUT, timeout = 120_000 }) {
    this.base = base.replace(/\/+$/, '');
    /** A second site, empty at first, whose clock may be set; undefined when there is none. */
    this.clockBase = clockBase?.replace(/\/+$/, '');
    this.accounts = accounts;
    this.executablePath = executablePath;
    this.out = out;
    this.timeout = timeout;
    this.passed = 0;
    this.failed = 0;
    Object.assign(this, shared);
  }

  /** Pictures of the run before go. */
  static clear() {
    fs.rmSync(OUT, { recursive: true, force: true });
    fs.mkdirSync(OUT, { recursive: true });
  }

  async open() {
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
  async visitor({ width = 1280, height = 800, scripts = true, base, ...more } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      reducedMotion: 'reduce',
      javaScriptEnabled: scripts,
      ...more,
    });
    const visitor = new Visitor(this, context, await context.newPage(), base);
    await visitor.watch();
    visitor.scripts = scripts;
    return visitor;
  }

  /**
   * Runs `fn(visitor)` and prints `ok name` or `not ok name: why`. Whatever went wrong unnoticed on the way (console
   * errors, page errors, CSP violations, answers of 500 and above, missing files of a page) fails the test too.
   * Further visitors of the same test: `await visitor.another(options)`.
   */
  async test(name, fn, options = {}) {
    let visitor;
    return this.#report(name, () => (visitor ? [visitor, ...visitor.others] : []), async () => {
      visitor = await this.visitor(options);
      await fn(visitor);
    }, true);
  }

  /**
   * One step of a longer walk, by people who stay signed in: as a test, but their windows stay open for the next step.
   * Throws when it failed, so that the walk ends there.
   */
  async step(name, people, fn) {
    if (!(await this.#report(name, () => people, fn, false))) throw new Fault(`the walk ended at “${name}”`);
  }

  async #report(name, people, fn, close) {
    const faults = [];
    if (this.names.has(name)) faults.push('another test has this name');
    this.names.add(name);
    let timer;
    try {
      const late = new Promise((_, no) => {
        timer = setTimeout(() => no(new Fault(`took longer than ${this.timeout / 1000} s`)), this.timeout);
      });
      await Promise.race([fn(), late]);
    } catch (e) {
      faults.push(e instanceof Fault ? e.message : String(e?.message ?? e));
    } finally {
      clearTimeout(timer);
    }
    const stopped = faults.length > 0;
    if (close) await people()[0]?.settle();
    if (stopped) for (const one of people().slice(0, 16)) await one.shot(`failed ${name} ${one.role ?? ''}`).catch(() => {});
    for (const one of people()) {
      faults.push(...one.troubles.splice(0));
      if (close) await one.context.close().catch(() => {});
    }
    if (faults.length) {
      this.failed += 1;
      console.log(`not ok ${name}: ${faults.map(oneLine).join(' | ')}`);
    } else {
      this.passed += 1;
      console.log(`ok ${name}`);
    }
    return close ? !faults.length : !stopped;
  }

  /** The last line; true when nothing failed. */
  static finish(runs) {
    const sum = (what) => runs.reduce((n, run) => n + run[what], 0);
    console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') === 0 && sum('passed') > 0;
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

