// A county of its own for the walks: a site with an empty database whose clock may be set, its people, and the calls that
// stand in for those who are not watched (the other experts of a panel).
import { Fault, check } from './look.mjs';

export const PASSWORD = 'correct horse battery';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** A credit code whose check character holds. */
export function creditCode(body) {
  const sum = [...body].reduce((s, c, n) => s + ALPHABET.indexOf(c) * WEIGHTS[n], 0);
  return body + ALPHABET[(31 - (sum % 31)) % 31];
}

/** Organisations: key, credit code, name, kind, and who acts for them: role and key. */
export const CAST = [
  ['bureau', '111411220123456716', '交城县科学技术局（示例）', 'government', [['officer', 'officer'], ['officer', 'officer2'], ['checker', 'checker'], ['head', 'head']]],
  ['discipline', '11141122550099084Y', '交城县纪委监委派驻组（示例）', 'government', [['supervisor', 'supervisor'], ['auditor', 'auditor']]],
  ['finance', '12140000405700013Q', '交城县财政局（示例）', 'government', [['finance', 'finance']]],
  ['firm', '91141122701122334Y', '交城示例化工有限公司', 'enterprise', [['poster', 'poster']]],
  ['service', '1214000055009905XQ', '交城县科技创新服务中心（示例）', 'government', [['poster', 'service']]],
  ['u1', '12310000550099068R', '华东示例大学', 'university', [['bidder', 'bidder1']]],
  ['u2', '12140000550099076K', '山西示例理工大学', 'university', [['bidder', 'bidder2']]],
];
export const NAMES = { officer: '郭建平', officer2: '乔文斌', checker: '武晓燕', head: '成志刚', supervisor: '燕秋生', auditor: '任慧', finance: '田丽', poster: '牛海峰', service: '覃明', bidder1: '周明远', bidder2: '韩雪' };
const EXPERTS = ['陈立', '王芳', '李国强', '赵敏', '孙伟', '刘洋', '吴倩', '郑凯', '冯涛', '许静', '何军', '梁雨'];

export class County {
  constructor(ctx, lang) {
    this.ctx = ctx;
    this.lang = lang;
    this.base = ctx.clockBase;
    this.people = [];
    this.tokens = new Map();
  }

  // ---- calls over the API

  async call(who, method, path, body) {
    const { answer, told } = await this.#ask(who, method, path, body);
    check(answer.ok, `${method} ${path} answered ${answer.status}: ${JSON.stringify(told).slice(0, 400)}`);
    return told;
  }
  async #ask(who, method, path, body) {
    const headers = { 'content-type': 'application/json' };
    if (who) headers.authorization = `Bearer ${await this.token(who)}`;
    const answer = await fetch(`${this.base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const told = await answer.json();
    if (told.prove_at !== '/api/v1/me/step-up') return { answer, told };
    // Some acts ask again who one is; the proof's token replaces the one in use.
    const proof = await this.call(who, 'POST', '/me/step-up', { password: PASSWORD });
    this.tokens.set(who, proof.token);
    return this.#ask(who, method, path, body);
  }
  get(who, path) {
    return this.call(who, 'GET', path);
  }
  post(who, path, body = {}) {
    return this.call(who, 'POST', path, body);
  }
  async token(who) {
    if (!this.tokens.has(who)) {
      const { token } = await this.call(null, 'POST', '/tokens', { email: email(who), password: PASSWORD });
      this.tokens.set(who, token);
    }
    return this.tokens.get(who);
  }

  /** A paper that a call may name. */
  async paper(who, { name, mimeType, buffer }) {
    const form = new FormData();
    form.append('file', new Blob([buffer], { type: mimeType }), name);
    const sent = await fetch(`${this.base}/api/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${await this.token(who)}` }, body: form });
    return (await sent.json()).id;
  }

  // ---- the clock

  async now() {
    return new Date((await this.call(null, 'GET', '/test/clock')).now);
  }
  /** To a moment that the platform named. */
  async pass(at) {
    check(at, 'there is no time to pass');
    await this.call(null, 'POST', '/test/clock', { now: new Date(at).toISOString() });
  }
  async advance(days) {
    await this.pass(new Date((await this.now()).getTime() + days * 86_400_000));
  }
  /** A day of Beijing, as a date field wants it. */
  async day(plus = 0) {
    return beijing(new Date((await this.now()).getTime() + plus * 86_400_000)).slice(0, 10);
  }
  /** A moment of Beijing, as a field of date and time wants it. */
  async moment(plus) {
    return beijing(new Date((await this.now()).getTime() + plus * 86_400_000)).slice(0, 16);
  }

  // ---- people

  /** Registers everybody but those whom a watched administrator registers, once for all walks. */
  async settle() {
    if ((await this.get('admin', '/accounts?limit=100')).items.length > 5) return this.confirmExperts();
    this.orgs = {};
    for (const [key, uscc, name, kind, people] of CAST) {
      // Whoever speaks for an organisation is its legal representative, and may sign.
      const signs = people.find(([role]) => ['poster', 'bidder', 'head'].includes(role)) ?? people[0];
      const org = await this.organisation(uscc, name, kind, NAMES[signs[1]]);
      for (const [role, who] of people) await this.account(role, who, NAMES[who], org);
    }
    for (const [n, name] of EXPERTS.entries()) {
      const org = await this.organisation(creditCode(`12140000${60_000_000 + n}1`), `示例科研单位${n + 1}`, 'university');
      const kind = n % 4 === 0 ? 'finance_management' : 'technical';
      await this.account('expert', `expert${n}`, name, org, { expert_kind: kind });
    }
  }

  /** The walks before may have taken more than a year, after which nobody is drawn on an old word. */
  async confirmExperts() {
    for (const n of EXPERTS.keys()) {
      await this.call(`expert${n}`, 'PUT', '/me/expert-profile', { disciplines: '530', relations: [], truthful: true });
    }
  }

  async organisation(uscc, name, kind, represents = '示例代表') {
    const known = (await this.get('admin', '/organisations?limit=100')).items.find((o) => o.uscc === uscc);
    if (known) return known.id;
    const made = await this.post('admin', '/organisations', {
      uscc, name, kind, region: '141122', address: '交城县示例路1号', legal_representative: represents, bank_name: '示例银行交城支行', bank_account: '6222000000000000',
    });
    return made.id;
  }

  async account(role, who, name, organisation, more = {}) {
    const known = (await this.get('admin', `/accounts?email=${encodeURIComponent(email(who))}`)).items;
    if (known.length) return;
    const asked = await this.post('admin', '/accounts', { email: email(who), name, role, organisation, ...more });
    await this.letIn(asked);
  }

  /** Whoever has the second word agrees and gives the link; the administrator gives the code; the person sets the secret. */
  async letIn({ id, state, needs }) {
    const second = { head: 'head', supervisor: 'supervisor', auditor: 'auditor' }[needs.roles[0]] ?? 'admin';
    const secret = { new_password: PASSWORD };
    if (state === 'proposed') {
      await this.post(second, `/registrations/${id}/confirmation`);
      secret.code = (await this.post('admin', `/registrations/${id}/code`)).code;
    }
    const { link } = await this.post(second, `/registrations/${id}/link`);
    await this.post(null, `/links/${link.split('/').pop()}`, secret);
  }

  /** Somebody at a window, not signed in. */
  async visitor(who, options = {}) {
    const visitor = await this.ctx.visitor({ base: this.base, ...options });
    visitor.role = who;
    this.people.push(visitor);
    await visitor.go(`/sign-in?lang=${this.lang}`);
    return visitor;
  }

  /** A person who signs in by the form and stays: `person('officer')`. */
  async person(who, options = {}) {
    const visitor = await this.visitor(who, options);
    await visitor.signInAs({ email: email(who), password: PASSWORD, role: who });
    visitor.name = NAMES[who];
    return visitor;
  }

  /** Those named, each at a window of their own: `{officer, head}`. */
  async callIn(...names) {
    const out = {};
    for (const name of names) out[name] = await this.person(name);
    return out;
  }

  step(name, fn) {
    return this.ctx.step(name, this.people, fn);
  }

  async close() {
    for (const one of this.people) await one.context.close().catch(() => {});
  }
}

export const email = (who) => `${who}@unit.example`;

const beijing = (at) => new Date(at.getTime() + 8 * 3_600_000).toISOString();

/** The walk of one story: its people are called in, each step is reported, and it ends at the first that can't go on. */
export async function walk(ctx, lang, fn) {
  if (!ctx.clockBase) throw new Fault('JIEBANG_CLOCK_URL is not set: the walks need a site whose clock may be set');
  const county = new County(ctx, lang);
  try {
    await county.settle();
    await fn(county);
  } catch (e) {
    if (!String(e?.message).startsWith('the walk ended')) throw e;
  } finally {
    await county.close();
  }
}
