// What the people of the walks write: a need and an offer, by sections, in Chinese and in English.

const zhLong = (lead) =>
  `${lead}：交城县焦化企业年副产脱硫废液约四万吨，废液含硫氰酸铵、硫代硫酸铵和硫酸铵混盐，目前以配煤焚烧为主，既浪费资源又腐蚀炉体，且硫在系统内循环累积。` +
  '近三年企业先后试用膜分离、分步结晶和催化氧化三条路线，受混盐组成波动、脱色不彻底和蒸发结垢影响，产品纯度在百分之九十三至九十六之间徘徊，未能连续稳定运行超过七十二小时。' +
  '现急需一套可在现有装置旁侧线建设、能耗可控、产品达到工业一级标准的提盐技术，并给出完整的工艺包和操作规程。';
const enLong = (lead) =>
  `${lead}. The coking works of the county yield some 40,000 tonnes of desulphurisation liquor a year. It holds ammonium thiocyanate, thiosulphate and sulphate as mixed salts; ` +
  'it is burnt with the coal blend today, which wastes the salts, corrodes the ovens and lets sulphur build up in the loop. Three routes were tried in three years and none ran steadily for 72 hours.';

const WORDS = {
  'zh-CN': {
    title: '焦化脱硫废液提盐及副盐高值化关键技术',
    long: zhLong,
    scope: '自脱硫废液预处理至副盐产品包装，不含焚烧装置改造。',
    indicators: [['硫氰酸铵纯度', 'ge', '98.5', '%', 'GB/T 23853 滴定法', true, 40], ['混盐总回收率', 'ge', '92', '%', '物料衡算', true, 40], ['清液回用率', 'ge', '95', '%', '流量计累计', false, 20]],
    contact: '牛海峰',
    milestones: [['小试定型', '6', '30', '小试报告与物料平衡表'], ['中试运行', '12', '40', '日处理五吨中试装置'], ['示范连续运行', '18', '30', '连续运行七百二十小时记录']],
    task: '全部研究与示范任务',
    pi: '周明远',
    minutesNo: '交科纪要〔2026〕6号',
    members: [['武建国', '局长'], ['成慧敏', '副局长'], ['任志强', '副局长']],
    attendance: '局长、副局长、各股长',
    note: '情况属实，材料齐全，同意按程序办理。',
  },
  en: {
    title: 'Salts from coking desulphurisation liquor',
    long: enLong,
    scope: 'From pre-treatment of the liquor to packed by-product salt; the incinerator is left as it is.',
    indicators: [['Purity of ammonium thiocyanate', 'ge', '98.5', '%', 'Titration, GB/T 23853', true, 40], ['Recovery of mixed salts', 'ge', '92', '%', 'Mass balance', true, 40], ['Reuse of clear liquor', 'ge', '95', '%', 'Metered flow', false, 20]],
    contact: 'Niu Haifeng',
    milestones: [['Bench tests', '6', '30', 'Bench report and mass balance'], ['Pilot line', '12', '40', 'Pilot line of 5 tonnes a day'], ['Demonstration', '18', '30', 'Log of a 720-hour run']],
    task: 'All research and demonstration',
    pi: 'Han Xue',
    minutesNo: 'Minutes 2026-06',
    members: [['Wu Jianguo', 'Director'], ['Cheng Huimin', 'Deputy director'], ['Ren Zhiqiang', 'Deputy director']],
    attendance: 'Director, two deputies, section chiefs',
    note: 'The papers are complete and agree with each other.',
  },
};

export const words = (lang) => WORDS[lang];

/** A complete need, section by section, as typed: money the way people write it. */
export function need(lang, track) {
  const w = WORDS[lang];
  const enterprise = track === 'enterprise_posted';
  const indicator = ([name, comparator, target, unit, test_method, hard, weight]) => ({ name, comparator, target, unit, test_method, tester: 'third_party', hard: hard ? 'yes' : 'no', weight: String(weight) });
  const [county, firm] = enterprise ? ['60 万元', '180万'] : ['220万', '200000'];
  return {
    basics: { title: w.title, track, category: 'research', award_mode: 'single', industry_code: '2521', discipline_code: '53011', chain: 'coal_coking' },
    background: { background: w.long(w.title), current_state: w.long(w.contact), tried_and_failed: w.long(w.title), scope: w.scope },
    indicators: { indicators: w.indicators.map(indicator) },
    results: { deliverables: [{ kind: 'process_package', count: '1' }], trl_from: '4', trl_to: '7', period_months: '18' },
    money: {
      stake_fen: '260万', county_fen: county, enterprise_fen: firm, bidder_fen: '20万', funding_mode: 'lump_sum',
      authority_doc_no: '交科发〔2026〕12号', subsidy_timing: 'post', legal_basis: 'plan_grant', funds_proof_kind: 'board_resolution',
    },
    conditions: { ip_wish: 'joint', confidentiality: 'open', anonymous: 'no', intended_bidder: 'no' },
    contact: {
      contact_name: w.contact, contact_phone: '13812345678', commit_truth: true, commit_funds: true, commit_sign: true,
      commit_no_affiliation: true, commit_not_secret: true,
    },
  };
}

/** A complete offer of one organisation, section by section; `promise` is the first indicator's value. */
export function offer(lang, track, promise, org) {
  const w = WORDS[lang];
  const [county, firm] = track === 'enterprise_posted' ? ['40万', '180万'] : ['200万', '20万'];
  return {
    team: {
      members: [{ uscc: org.uscc, name: org.name, task: w.task, work_bp: '100', money_fen: '220万', self_fen: '0' }],
      pi_name: w.pi, pi_unit: org.name, pi_months_per_year: '6', pi_running_projects: '1', team_text: w.long(w.pi), base_text: w.long(w.pi),
    },
    route: { understanding: w.long(w.pi), route: w.long(w.title), innovation: w.long(w.pi), plan_b: w.long(w.pi), test_plan: w.long(w.pi) },
    promises: { promises: [promise, '93', '95'].map((value, n) => ({ indicator: String(n + 1), value })) },
    milestones: { milestones: w.milestones.map(([name, month, share_bp, result]) => ({ name, month, share_bp, result })) },
    money: { county_fen: county, enterprise_fen: firm, self_fen: '0', estimate_note: w.long(w.pi), landing_plan: w.long(w.pi), ip_proposal: 'joint' },
    commitments: { commit_integrity: true, commit_original: true, commit_no_double_funding: true, commit_no_affiliation: true, commit_safety: true, commit_pledge: true },
  };
}

/** A paper to attach: a small PDF. */
export const paper = (name) => ({
  name: `${name}.pdf`,
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'),
});

/** The head of a collective decision. */
export const meeting = (lang, held_on) => ({
  number: `${WORDS[lang].minutesNo} ${held_on}`,
  held_on,
  attendance: WORDS[lang].members.map(([name, post]) => ({ name, post, vote: 'for' })),
});
