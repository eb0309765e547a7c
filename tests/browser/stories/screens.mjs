// The pictures in the README, taken anew with UPDATE_SCREENS=1; an ordinary run leaves them as they are.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../docs/screens/', import.meta.url));
const PICTURES = [
  ['home', null, '/', 1280],
  ['officer', 'officer', '/desk', 1280],
  ['challenge', null, 'first', 1280],
  ['phone', 'bidder', '/desk?lang=en', 360],
];

export async function run(ctx) {
  if (!process.env.UPDATE_SCREENS) return;
  for (const [name, role, where, width] of PICTURES) {
    await ctx.test(
      `picture of ${name}`,
      async (v) => {
        if (role) await v.signIn(role);
        await v.go(where === 'first' ? '/challenges' : where);
        if (where === 'first') {
          const href = await v.page.locator('main a[href^="/challenges/"]').first().getAttribute('href');
          await v.go(href);
        }
        await v.page.screenshot({ path: path.join(FOLDER, `${name}.jpg`), type: 'jpeg', quality: 72 });
      },
      { width, height: width > 400 ? 820 : 720 },
    );
  }
}
