// Looking at the page that is open: what it says, whether it fits, whether everybody can use it, and its picture.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const axeSource = fs.readFileSync(path.join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');
export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const texts = path.join(here, '../../templates/text');
const rooms = new Set(
  fs.readdirSync(texts).flatMap((f) => Object.keys(JSON.parse(fs.readFileSync(path.join(texts, f), 'utf8'))).map((k) => k.split('.')[0])),
);
/** A key of the catalogues that no text was found for. */
const BARE = new RegExp(`(?<![\\w./-])(?:${[...rooms].join('|')})(?:\\.[a-z0-9_-]+)+(?![\\w/])`);
/** Shown on a receipt, and where the lot is drawn again over the ids themselves; nowhere else. */
const RAW_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
/** What the platform itself writes on a page, as against what people have typed into it. */
const OWN = 'label, legend, button, .btn, th[scope=col], dt, h2:not(.turn > h2), .tag, .hint, .field-error, .nav a, .step-now, .step-todo, .step-done, .turn-what, .why';

export class Fault extends Error {}

/** Throws unless `truth`. The message is what stands after `not ok name:`. */
export function check(truth, message) {
  if (!truth) throw new Fault(message);
}

/** Throws unless both are the same, all the way down. */
export function same(found, wanted, what) {
  const [a, b] = [found, wanted].map((one) => JSON.stringify(one));
  check(a === b, `${what}: ${a}, not ${b}`);
}

export class Looks {
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

  /** The rows of a block's table, totals last: what each cell says, without the note under it. */
  async table(id) {
    check(await this.page.locator(`#${id} table`).count(), `no table ${id} on ${this.page.url()}`);
    return this.page.locator(`#${id} table :is(tbody, tfoot) tr`).evaluateAll((rows) => {
      const says = (cell) => [...cell.children].filter((e) => e.localName !== 'small').map((e) => e.textContent.trim()).join(' ');
      return rows.map((row) => [...row.cells].filter((c) => !c.classList.contains('k-picture')).map((c) => (c.children.length ? says(c) : c.textContent.trim())));
    });
  }

  /** The facts of a thing, or of another summary: what stands at each label, its note behind a bar. */
  async facts(id = 'facts') {
    const told = await this.page.locator(`#${id} dl.sum > div`).evaluateAll((all) =>
      all.map((e) => [e.querySelector('dt').textContent.trim(), [...e.querySelector('dd').childNodes].map((n) => n.textContent.trim()).filter(Boolean).join(' | ')]),
    );
    return Object.fromEntries(told);
  }

  /** Where the thing on the page stands, as it says beside its title. */
  async stands() {
    return (await this.page.locator('header.title .tag').allTextContents()).map((text) => text.trim()).join(' ');
  }

  /** Whose turn it is, as the page says. */
  async turn() {
    const who = this.page.locator('.turn h2').first();
    return (await who.count()) ? (await who.evaluate((e) => [...e.childNodes].filter((n) => n.localName !== 'small').map((n) => n.textContent).join(''))).trim() : '';
  }

  /** No key of the catalogues, no identifier of the database, no empty title, and the page's own words in its language; a name behind a dot is nobody's words. */
  async speaks() {
    const { page } = this;
    const at = page.url();
    const told = await page.evaluate((own) => {
      const shown = (e) => e.getClientRects().length > 0;
      const chosen = [...document.querySelectorAll(own)].filter((e) => !e.closest('[lang]:not(html)'));
      const titles = [...document.querySelectorAll('h1, h2, h3, main a, legend, label, th, button')];
      return {
        lang: document.documentElement.lang,
        title: document.title,
        text: document.body.innerText,
        own: chosen.filter(shown).map((e) => e.innerText),
        empty: titles.filter((e) => shown(e) && !e.textContent.trim() && !e.querySelector('svg, img')).map((e) => e.outerHTML.slice(0, 120)),
      };
    }, OWN);
    const all = `${told.title}\n${told.text}`;
    const bare = all.match(BARE) ?? (/\/(receipt|draw)$/.test(at) ? null : all.match(RAW_ID)) ?? all.match(/\{[a-z_]+\}|undefined|\bnull\b|\bNaN\b/);
    check(!bare, `“${bare?.[0]}” stands on ${at}`);
    check(!told.empty.length, `empty on ${at}: ${told.empty[0]}`);
    const foreign = told.lang === 'en' ? told.own.find((o) => /\p{Script=Han}/u.test(o.replace(/[万元]|\p{Script=Han}+〔\d{4}〕\d+号|· \p{Script=Han}+/gu, ''))) : null;
    check(!foreign, `Chinese on the English page ${at}: “${foreign?.slice(0, 80)}”`);
  }

  /**
   * The whole look at the page that is open, as it is at 1280 and at 360: a picture of each, no sideways scroll, axe, and
   * its words. A page of a kind that was seen before in this language by this role is not photographed nor axed again.
   */
  async look(kind) {
    const { page, run, role } = this;
    const lang = await page.locator('html').getAttribute('lang');
    const size = page.viewportSize();
    const name = kind ?? kindOf(page.url());
    const stands = await page.locator('.title .tag, .faults h2').allTextContents();
    const fresh = once(run.looked, [lang, role, name, ...stands].join(' '));
    const found = [];
    const keep = (looking) => looking.catch((e) => found.push(e.message));
    await keep(this.speaks());
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await keep(this.fits());
      await keep(this.tidy());
      if (once(run.pictured, [lang, width, name].join(' '))) await this.shot(`${lang}/${width}/${name}`);
    }
    if (fresh) await keep(this.accessible());
    await page.setViewportSize(size);
    check(!found.length, [...new Set(found)].join(' | '));
  }

  /** Tables and figures as a reader wants them: no hole in a body, no column squeezed to a character or two, no whole hash in a story. */
  async tidy() {
    const found = await this.page.evaluate(() => {
      const shown = (e) => e.checkVisibility();
      const cells = [...document.querySelectorAll('main tbody :is(td, th)')].filter((e) => shown(e) && !e.closest('pre'));
      const holes = cells.filter((e) => !e.innerText.trim() && !e.querySelector('svg, img, input, button'));
      const narrow = cells.filter((e) => {
        const size = parseFloat(getComputedStyle(e).fontSize);
        const { paddingLeft, paddingRight } = getComputedStyle(e);
        return e.innerText.trim().length > 5 && e.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) < 2.5 * size;
      });
      const hashes = [...document.querySelectorAll('.story')].flatMap((e) => e.innerText.match(/\b[0-9a-f]{64}\b/g) ?? []);
      return [...holes.map((e) => `an empty cell: ${e.outerHTML.slice(0, 80)}`), ...narrow.map((e) => `squeezed: “${e.innerText.slice(0, 30)}”`), ...hashes];
    });
    check(!found.length, `untidy at ${this.page.url()}: ${found.slice(0, 3).join('; ')}`);
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
    // Where scripts are off, axe's promises are never kept; the same pages are looked at by the visitors who have them.
    if (!this.scripts) return;
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
    const file = path.join(this.run.out, `${name.replace(/[^\p{L}\p{N}./-]+/gu, '-')}.png`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // Hiding the caret or stopping animations would put a style into the page, which its CSP rightly refuses.
    await this.page.screenshot({ path: file, fullPage: true, caret: 'initial', animations: 'allow' });
  }
}

/** The kind of a page: its path with every id left out. */
const kindOf = (url) => new URL(url).pathname.replace(/[0-9a-f-]{36}/g, 'one').replaceAll('/', '-').slice(1) || 'home';

/** True the first time. */
function once(seen, what) {
  if (seen.has(what)) return false;
  return Boolean(seen.add(what));
}
