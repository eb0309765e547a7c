// Looks at the pages everybody sees, then runs the stories in stories/*.mjs, in the order of their names. The three settings of sites
// may each name several, with spaces between: then as many stories run side by side, each on a site and in a browser of its own.
//   JIEBANG_CLOCK_URL: an empty site with a clock that may be set, where admin@unit.example signs in by "correct horse battery".
//   JIEBANG_URL=http://127.0.0.1:8080 JIEBANG_ACCOUNTS=accounts.json JIEBANG_CHROMIUM=/usr/bin/chromium node run.mjs [name…]
// With names only the stories whose file names begin with one of them; `pages` means the pages.
// A story is a module with `export async function run(ctx)`, where ctx is the Run of lib.mjs:
//   export async function run(ctx) {
//     await ctx.test('a bidder asks a question', async (v) => { await v.signIn('bidder'); await v.go('/challenges'); … });
//   }
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Run, check } from './lib.mjs';

const PAGES = [
  ['home', '/'],
  ['sign-in', '/sign-in'],
  ['challenges', '/challenges'],
  ['gallery', '/gallery'],
];
const WIDTHS = [1280, 360];
const LANGUAGES = [
  ['zh-CN', ''],
  ['en', '?lang=en'],
];

function setting(name, fallback) {
  const value = process.env[name] || fallback;
  if (!value) {
    console.error(`${name} is not set`);
    process.exit(2);
  }
  return value;
}

function readAccounts(file) {
  const read = JSON.parse(fs.readFileSync(file, 'utf8'));
  return Array.isArray(read) ? read : read.accounts;
}

async function pages(ctx) {
  for (const [name, where] of PAGES) {
    for (const [lang, query] of LANGUAGES) {
      for (const width of WIDTHS) {
        await ctx.test(
          `${name} ${lang} ${width}`,
          async (v) => {
            await v.go(where + query);
            const said = await v.page.locator('html').getAttribute('lang');
            check(said === lang, `the page says it is in ${said}`);
            await v.shot(`${name} ${lang} ${width}`);
            // Both, even when the first finds something.
            for (const look of ['fits', 'accessible']) await v[look]().catch((e) => v.troubles.push(e.message));
          },
          { width },
        );
      }
    }
  }
}

const list = (value) => value.trim().split(/\s+/);
const [bases, clocks] = [list(setting('JIEBANG_URL')), list(process.env.JIEBANG_CLOCK_URL ?? '')];
const runs = list(setting('JIEBANG_ACCOUNTS')).map(
  (accounts, n) =>
    new Run({
      base: bases[n],
      clockBase: clocks[n] || undefined,
      accounts: readAccounts(accounts),
      executablePath: setting('JIEBANG_CHROMIUM', '/usr/bin/chromium'),
    }),
);
const asked = process.argv.slice(2);
const wanted = (name) => !asked.length || asked.some((a) => name.startsWith(a));
const folder = new URL('./stories/', import.meta.url);
const stories = fs.existsSync(fileURLToPath(folder))
  ? fs.readdirSync(fileURLToPath(folder)).filter((f) => f.endsWith('.mjs')).sort()
  : [];

/** What is still to run; whoever is free takes the first. */
const queue = [
  ...(wanted('pages') ? [['pages', pages]] : []),
  ...stories.filter(wanted).map((file) => [file, async (ctx) => (await import(new URL(file, folder))).run(ctx)]),
];

async function work(ctx) {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, run] = next;
    const begun = Date.now();
    try {
      await run(ctx);
    } catch (e) {
      ctx.failed += 1;
      console.log(`not ok story ${name}: ${String(e?.stack ?? e).replace(/\s+/g, ' ').slice(0, 900)}`);
    }
    console.log(`story ${name} took ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
}

try {
  Run.clear();
  for (const ctx of runs) await ctx.open();
  await Promise.all(runs.map(work));
} catch (e) {
  runs[0].failed += 1;
  console.log(`not ok browser: ${String(e?.message ?? e).replace(/\s+/g, ' ').slice(0, 900)}`);
}
for (const ctx of runs) await ctx.close().catch(() => {});
process.exit(Run.finish(runs) ? 0 : 1);
