//! An amendment of a published challenge (domain 11.1): of which class it is, who has to say yes to it, how it reads in words.
//! It is prepared, looked at and decided beside the challenge; what bidders read changes with the last step alone.
use super::need::percent_text;
use super::words::{self, Text, change_label, option_text};
use super::*;
use serde_json::Value;

/// Which way an amendment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmendmentClass {
    /// Typing errors, annexes, contact, more time: a checker releases it.
    Clarifying,
    /// Whatever else a bid answers: the poster consents, the checker checks, the meeting decides.
    Substantial,
}

impl AmendmentClass {
    pub const fn id(self) -> &'static str {
        match self {
            Self::Clarifying => "clarifying",
            Self::Substantial => "substantial",
        }
    }

    /// Worked out from what changes, never chosen: one substantial line makes the whole substantial.
    pub fn of(changes: &[Change]) -> Self {
        if changes.iter().all(is_clarifying) { Self::Clarifying } else { Self::Substantial }
    }
}

/// Texts in which a typing error may be mended; what is not named here is substantial however little of it changes.
const PROSE: &[&str] = &["title", "background", "current_state", "tried_and_failed", "scope", "out_of_scope"];
/// Whom to ask, and papers that explain.
const CONTACT_AND_ANNEXES: &[&str] = &["contact_name", "contact_phone", "attachments"];
/// A typing error is no more than so many characters put in, taken out or exchanged.
const TYPING_ERROR_MOST: usize = 20;

fn is_clarifying(c: &Change) -> bool {
    let field = c.path.split('.').next().unwrap_or_default();
    match field {
        "close_at" => c.after.parse::<Timestamp>().ok() >= c.before.parse::<Timestamp>().ok(),
        _ if PROSE.contains(&field) => is_typing_error(&c.before, &c.after),
        _ => CONTACT_AND_ANNEXES.contains(&field),
    }
}

/// Few characters differ, and no figure does: a number is never a typing error to those who calculated with it.
fn is_typing_error(before: &str, after: &str) -> bool {
    let figures = |s: &str| -> String { s.chars().filter(char::is_ascii_digit).collect() };
    !before.is_empty()
        && !after.is_empty()
        && figures(&text::half_width(before)) == figures(&text::half_width(after))
        && distance(before, after) <= TYPING_ERROR_MOST
}

/// How many characters have to be put in, taken out or exchanged to make one text of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let best = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}

/// An amendment that is prepared and not yet decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingAmendment {
    pub need: Box<Need>,
    pub close_at: Option<Timestamp>,
    pub changes: Vec<Change>,
    pub class: AmendmentClass,
    pub reason: String,
    pub by: AccountId,
    pub at: Timestamp,
    /// The version and the closing time that it was prepared on.
    pub edition: i32,
    pub rests_on_close: Option<Timestamp>,
    /// The poster's consent.
    #[serde(default)]
    pub consent: Option<Half>,
    /// The checker's mark.
    #[serde(default)]
    pub check: Option<Half>,
}

impl PendingAmendment {
    pub fn is_substantial(&self) -> bool {
        self.class == AmendmentClass::Substantial
    }
    /// Whose word is still missing, and by which act.
    pub fn awaits(&self) -> Vec<(Role, ChallengeAct)> {
        use ChallengeAct as A;
        if !self.is_substantial() {
            return vec![(Role::Checker, A::ReleaseAmendment)];
        }
        let consent = self.consent.is_none().then_some((Role::Poster, A::ConsentAmendment));
        let check = self.check.is_none().then_some((Role::Checker, A::CheckAmendment));
        let first: Vec<_> = consent.into_iter().chain(check).collect();
        if first.is_empty() { vec![(Role::Head, A::Amend)] } else { first }
    }
}

impl Challenge {
    /// Too near the close nobody could answer it any more.
    fn amend_in_time(&self, m: &Moment) -> Result<(), Refusal> {
        let close = self.close_at.unwrap_or_default();
        let left = m.calendar.remaining(date_of(m.now), date_of(close));
        ensure(left >= i64::from(self.rules.amend_cutoff_days), "amend_too_late")
    }

    /// The guards of all steps of an amendment.
    pub(super) fn may_amend(&self, act: ChallengeAct, m: &Moment) -> Result<(), Refusal> {
        use ChallengeAct as A;
        if act == A::ProposeAmendment {
            ensure(self.pending_amendment.is_none(), "amendment_pending")?;
            return self.amend_in_time(m);
        }
        let p = self.pending_amendment.as_ref().ok_or_else(|| Refusal::new("no_amendment_pending"))?;
        match act {
            A::ConsentAmendment | A::CheckAmendment => {
                ensure(p.is_substantial(), "amendment_is_clarifying")?;
                let given = if act == A::CheckAmendment { &p.check } else { &p.consent };
                ensure(given.is_none(), "amendment_answered")
            }
            A::ReleaseAmendment => {
                ensure(!p.is_substantial(), "amendment_is_substantial")?;
                self.amend_now(p, m)
            }
            A::Amend => {
                ensure(p.is_substantial(), "amendment_is_clarifying")?;
                ensure(p.consent.is_some(), "amendment_wants_consent")?;
                ensure(p.check.is_some(), "amendment_wants_check")?;
                self.amend_now(p, m)
            }
            _ => Ok(()),
        }
    }

    /// Still on the version it was prepared on, still in time, and it leaves bidders their days.
    fn amend_now(&self, p: &PendingAmendment, m: &Moment) -> Result<(), Refusal> {
        self.rests_on(p.edition)?;
        ensure(p.rests_on_close == self.close_at, "amendment_close_moved")?;
        self.amend_in_time(m)?;
        self.leaves_days(p.class, p.close_at.or(self.close_at), m)
    }

    /// A version other than the one it was prepared on is another text: both are named.
    pub fn rests_on(&self, edition: i32) -> Result<(), Refusal> {
        if edition == self.edition {
            return Ok(());
        }
        Err(Refusal::new("amendment_outdated").with("prepared_on", edition).with("now", self.edition))
    }

    /// A substantial amendment leaves bidders time to answer it.
    pub fn leaves_days(&self, class: AmendmentClass, close: Option<Timestamp>, m: &Moment) -> Result<(), Refusal> {
        let least = m.days(self.rules.amend_days_left);
        let short = class == AmendmentClass::Substantial && close < Some(least);
        if short { Err(Refusal::new("amend_needs_days").with("at", least)) } else { Ok(()) }
    }

    /// What the amendment makes of the challenge.
    pub fn amend(&mut self, p: PendingAmendment, m: &Moment) {
        self.edition += 1;
        if p.is_substantial() {
            self.material_edition = self.edition;
        }
        self.close_at = p.close_at.or(self.close_at);
        self.title.clone_from(&p.need.title);
        self.need = Some(*p.need);
        self.amended_at = Some(m.now);
    }
}

/// One line of a difference as a page and a paper print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub what: String,
    pub before: String,
    pub after: String,
}

/// Field names of the catalogue, choices by their names, money in yuan, shares in percent, times as they are read.
pub fn in_words(t: &Text, changes: &[Change]) -> Vec<Difference> {
    changes.iter().map(|c| difference(t, c)).collect()
}

pub fn difference(t: &Text, c: &Change) -> Difference {
    Difference { what: change_label(t, &c.path), before: said(t, &c.path, &c.before), after: said(t, &c.path, &c.after) }
}

/// One value as people read it, whatever it is kept as.
pub fn said(t: &Text, path: &str, raw: &str) -> String {
    if raw.is_empty() {
        return t.t("ui.none");
    }
    let name = path.rsplit('.').find(|p| p.parse::<usize>().is_err()).unwrap_or(path);
    match serde_json::from_str::<Value>(raw) {
        Ok(Value::Object(map)) => {
            let one = |(k, v): (&String, &Value)| {
                let plain = v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                format!("{}：{}", change_label(t, k), said(t, k, &plain))
            };
            map.iter().filter(|(_, v)| !v.is_null()).map(one).collect::<Vec<_>>().join(t.semicolon())
        }
        Ok(Value::Array(all)) if all.is_empty() => t.t("ui.none"),
        Ok(Value::Array(all)) => {
            let one = |v: &Value| said(t, path, &v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            all.iter().map(one).collect::<Vec<_>>().join(t.comma())
        }
        Ok(Value::Bool(yes)) => t.t(if yes { "option.yes" } else { "option.no" }),
        Ok(Value::Null) => t.t("ui.none"),
        Ok(Value::Number(n)) if name.ends_with("_fen") => {
            n.as_i64().map_or_else(|| raw.to_owned(), |n| Money::fen(n).to_string())
        }
        Ok(Value::Number(n)) if name.ends_with("_bp") => {
            n.as_i64().map_or_else(|| raw.to_owned(), |n| format!("{}%", percent_text(n)))
        }
        _ => word(t, name, raw),
    }
}

/// A choice by its name, a time as it is read, a paper as a paper, and everything else as it was typed.
fn word(t: &Text, name: &str, raw: &str) -> String {
    if raw.parse::<Uuid>().is_ok() {
        return t.t("ui.a_file");
    }
    if let Ok(at) = raw.parse::<Timestamp>() {
        return words::deadline(t, at);
    }
    let key = format!("option.{name}.{raw}");
    if t.find(&key).is_some() || t.find(&format!("option.{raw}")).is_some() { option_text(t, name, raw) } else { raw.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: &str, after: &str) -> Change {
        Change { path: path.into(), before: before.into(), after: after.into() }
    }

    #[test]
    fn an_amendment_is_clarifying_only_where_nothing_that_a_bid_answers_changes() {
        use AmendmentClass::{Clarifying, Substantial};
        let (early, late) = ("2026-12-01T00:00:00Z", "2026-12-20T00:00:00Z");
        for (path, before, after, class) in [
            ("title", "焦化脱硫废液提盐技木", "焦化脱硫废液提盐技术", Clarifying),
            ("scope", "开展小试与中试。", "开展小试与中试。取气点设在洗脱苯之后。", Clarifying),
            ("contact_phone", "13800000000", "13900000000", Clarifying),
            ("contact_name", "甲某", "乙某", Clarifying),
            ("attachments.0", "", "01a2324d-202c-7000-8000-000000000000", Clarifying),
            ("close_at", early, late, Clarifying),
            ("close_at", late, early, Substantial),
            ("scope", "开展小试。", "开展小试与中试，处理量每日120立方米。", Substantial),
            ("background", "日产废液约120立方米", "日产废液约150立方米", Substantial),
            ("scope", "开展小试。", "研究范围整个改写成另外一件事情并且写得比原来长出许多许多。", Substantial),
            ("out_of_scope", "", "不含土建", Substantial),
            ("county_fen", "120000000", "900000000", Substantial),
            ("other_fen", "", "100", Substantial),
            ("track", "enterprise_posted", "government_posted", Substantial),
            ("award_mode", "single", "race", Substantial),
            ("funding_mode", "lump_sum", "budgeted", Substantial),
            ("indicators.0.target", "95", "94", Substantial),
            ("indicators.0.name", "纯度", "纯度值", Substantial),
            ("milestones.0.month", "6", "3", Substantial),
            ("deliverables.0.count", "1", "2", Substantial),
            ("ip_wish", "joint", "poster", Substantial),
            ("bidder_conditions", "", "具有中试经验", Substantial),
            ("period_months", "18", "12", Substantial),
            ("confidentiality", "open", "after_nda", Substantial),
            ("trl_to", "7", "8", Substantial),
        ] {
            assert_eq!(AmendmentClass::of(&[change(path, before, after)]), class, "{path}: {before} -> {after}");
        }
        let both = [change("contact_name", "甲某", "乙某"), change("county_fen", "1", "2")];
        assert_eq!(AmendmentClass::of(&both), Substantial);
    }

    #[test]
    fn a_difference_is_told_in_the_words_of_the_page() {
        let t = words::Texts::load().of(words::Lang::Zh);
        let told = |path: &str, before: &str, after: &str| {
            let d = difference(&t, &change(path, before, after));
            (d.what, d.before, d.after)
        };
        let three = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(told("county_fen", "120000000", "900000000"), three("县级资金", "¥1,200,000.00", "¥9,000,000.00"));
        assert_eq!(told("track", "enterprise_posted", "government_posted").2, t.t("option.track.government_posted"));
        assert_eq!(told("milestones.0.share_bp", "3000", "4050").2, "40.5%");
        assert_eq!(told("indicators.0.hard", "true", "false"), three("考核指标 1 是否硬指标", "是", "否"));
        assert_eq!(told("attachments.0", "", "01a2324d-202c-7000-8000-000000000000").1, t.t("ui.none"));
        let row = r#"{"name":"小试完成","month":6,"share_bp":3000}"#;
        let row = told("milestones.2", "", row).2;
        assert!(row.contains("小试完成") && row.contains("30%") && !row.contains("share_bp"), "{row}");
    }
}
