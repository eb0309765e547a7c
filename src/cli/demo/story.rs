//! One challenge's story: its own sense of time, and the steps before anybody bids.
use super::county::{County, at, typed};
use super::timeline::Told;
use crate::domain::*;
use jiff::{SignedDuration, Span, Timestamp, civil::Date};
use serde_json::{Value, json};

/// Working days from the first line of a need to its publication.
pub const LISTING: i64 = 15;

pub struct Story<'a> {
    pub county: &'a County,
    /// Makes one story differ from another where nothing else does.
    pub salt: usize,
    /// Milestones that all its teams offer, where the texts have others.
    pub nodes: Option<Value>,
    /// Teams seal on their own machines, to keyholders.
    pub at_home: bool,
}

/// A need before it is written: raw input, and the firm whose it is.
pub struct Idea<'a> {
    pub raw: Value,
    pub org: &'a str,
}

impl Idea<'_> {
    /// The same need, differently put.
    pub fn with(mut self, changes: Value) -> Self {
        if let (Some(raw), Value::Object(changes)) = (self.raw.as_object_mut(), changes) {
            raw.extend(changes);
        }
        self
    }
}

impl<'a> Story<'a> {
    pub fn of(county: &'a County, salt: usize) -> Self {
        Self { county, salt, nodes: None, at_home: false }
    }

    pub fn idea(&self, key: &str) -> Idea<'a> {
        let (raw, org) = self.county.need(key);
        Idea { raw, org }
    }

    pub fn person(&self, key: &str) -> &'a Actor {
        self.county.person(key)
    }

    pub fn date(&self) -> Date {
        date_of(self.county.line.now())
    }

    pub async fn until(&self, moment: Timestamp) -> Told<()> {
        self.county.line.until(moment).await
    }

    /// Goes on at a time of a day; each story a few minutes off the full hour.
    pub async fn on(&self, date: Date, hour: i8, minute: i8) -> Told<()> {
        let odd = SignedDuration::from_secs(i64::try_from(self.salt * 83 % 600).unwrap_or(0));
        self.until(at(date, hour, minute) + odd).await
    }

    /// Goes on the `n`th working day from the story's today.
    pub async fn days(&self, n: i64, hour: i8, minute: i8) -> Told<()> {
        self.on(self.county.ahead(self.date(), n), hour, minute).await
    }

    pub async fn minutes(&self, n: i64) -> Told<()> {
        self.until(self.county.line.now() + SignedDuration::from_secs(n * 60 + 17)).await
    }

    /// A date so many calendar days before another, on a working day.
    pub fn days_before(&self, date: Date, n: i64) -> Date {
        self.county.back(date.saturating_sub(Span::new().days(n)), 0)
    }

    /// Minutes of a meeting held today, with whatever else a form asks.
    pub fn minuted(&self, more: Value) -> Value {
        let mut form = self.county.minutes(self.date());
        if let (Some(form), Value::Object(more)) = (form.as_object_mut(), more) {
            form.extend(more);
        }
        form
    }

    /// Opinions of `n` named experts.
    pub fn opinions(&self, n: usize, verdict: &str, says: &[&str]) -> Value {
        let sages = self.county.some_sages(self.salt * 5 + 3, n, &[]);
        let row = |(i, (expert, unit)): (usize, &(String, String))| json!({ "expert": expert, "unit": unit, "verdict": verdict, "opinion": says[i % says.len()] });
        sages.iter().enumerate().map(row).collect()
    }
}

/// Experts asked in the course of the work.
impl Story<'_> {
    /// `n` named experts, each with a word and no tie to a party.
    pub fn judges(&self, n: usize, says: &[&str]) -> Vec<Value> {
        self.judges_but(&[], n, says)
    }

    fn judges_but(&self, but: &[String], n: usize, says: &[&str]) -> Vec<Value> {
        let sages = self.county.some_sages(self.salt * 7 + 1, n, but);
        let row = |(i, (expert, unit)): (usize, &(String, String))| json!({ "expert": expert, "unit": unit, "opinion": says[i % says.len()], "no_conflict": true });
        sages.iter().enumerate().map(row).collect()
    }

    /// The same with their kinds: every panel has one of finance. The lot decided who sat on the award's: they stay away.
    pub fn panellists(&self, award_panel: &[String], n: usize, says: &[&str]) -> Vec<Value> {
        let mut all = self.judges_but(award_panel, n, says);
        for (i, row) in all.iter_mut().enumerate() {
            row["expert_kind"] = json!(if i + 1 == n { "finance_management" } else { "technical" });
        }
        all
    }
}

/// From a firm's trouble to a challenge on the public list.
impl Story<'_> {
    /// Writes a need in two sittings, a day apart, the last one on `on`.
    pub async fn write(&self, idea: &Idea<'_>, on: Date) -> Told<ChallengeId> {
        let poster = self.county.speaker(self.county.org(idea.org).id, Role::Poster);
        self.on(self.county.back(on, 1), 15, 10).await?;
        let title = idea.raw["title"].clone();
        let c = self.county.app.create_challenge(poster, typed(json!({ "title": title }))?).await?;
        self.minutes(42).await?;
        let first =
            ["title", "track", "category", "award_mode", "lanes", "industry_code", "discipline_code", "chain", "background"];
        let early = idea
            .raw
            .as_object()
            .map(|o| o.iter().filter(|(k, _)| first.contains(&k.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect());
        let edition = self.county.app.save_draft(poster, c.id, Value::Object(early.unwrap_or_default()), Some(1)).await?;
        self.on(on, 10, 5).await?;
        let mut raw = idea.raw.clone();
        if raw["track"] == "enterprise_posted" {
            raw["funds_proof"] = json!([self.county.paper(poster, "资金证明").await?]);
        }
        raw["attachments"] = json!([self.county.paper(poster, "现场情况与取样说明").await?]);
        self.county.app.save_draft(poster, c.id, raw, Some(edition)).await?;
        Ok(c.id)
    }

    pub async fn submit(&self, id: ChallengeId, org: &str) -> Told<()> {
        self.minutes(25).await?;
        self.county.app.submit_challenge(self.county.speaker(self.county.org(org).id, Role::Poster), id).await?;
        Ok(())
    }

    /// Screened by an officer, passed by the checker the next day.
    pub async fn screen(&self, id: ChallengeId) -> Told<()> {
        let app = &self.county.app;
        self.days(2, 9, 40).await?;
        let form = json!({
            "industry_fit": true, "not_duplicate": true, "funds_proved": true, "poster_real": true,
            "note": "与近三年立项、已登记技术合同比对，未见重复；资金证明与承诺一致。",
        });
        app.screen_challenge(self.person("officer"), id, typed(form)?).await?;
        self.days(1, 15, 20).await?;
        app.pass_screening(self.person("checker"), id, typed(json!({}))?).await?;
        Ok(())
    }

    /// Three experts argue whether the need is true, necessary, testable and rightly priced.
    pub async fn appraise(&self, id: ChallengeId) -> Told<()> {
        self.days(4, 16, 0).await?;
        let says = [
            "需求来自生产一线，现状数据与行业水平相符，指标均可测可考核，榜额与工作量基本匹配。",
            "指标测试方法明确，建议合同中约定取样方式和第三方机构；周期安排合理，同意张榜。",
            "技术路线不唯一，适合公开揭榜；企业配套资金落实，成果转化场地具备，同意列入榜单。",
        ];
        let form = json!({
            "held_on": self.date().to_string(), "opinions": self.opinions(3, "agree", &says), "outcome": "accept",
            "conclusion": "专家组核查了需求真实性、必要性、可考核性、榜额与周期，一致同意列入本批榜单。",
        });
        self.county.app.record_appraisal(self.person("officer"), id, typed(form)?).await?;
        Ok(())
    }

    /// The meeting approves; the list is public from here for five working days.
    pub async fn approve(&self, id: ChallengeId) -> Told<()> {
        self.days(2, 11, 0).await?;
        let form = self.minuted(json!({ "fair_competition_reviewed": true }));
        self.county.app.approve_challenge(self.person("head"), id, typed(form)?).await?;
        Ok(())
    }

    /// Publishes on `on`, open until `close`.
    pub async fn publish(&self, id: ChallengeId, on: Date, close: Timestamp) -> Told<()> {
        self.on(on, 9, 5).await?;
        let mut form = json!({ "close_at": close.to_string() });
        if self.at_home {
            self.county.drill().await?;
            form["sealing"] = json!("keyholders");
            form["keyholders"] = self.county.holders();
        }
        self.county.app.publish_challenge(self.person("officer"), id, typed(form)?).await?;
        Ok(())
    }

    /// The whole way to the public list, so that it is published on `on` and closes at `close`.
    pub async fn list(&self, idea: &Idea<'_>, on: Date, close: Timestamp) -> Told<ChallengeId> {
        let id = self.write(idea, self.county.back(on, LISTING)).await?;
        self.submit(id, idea.org).await?;
        self.screen(id).await?;
        self.appraise(id).await?;
        self.approve(id).await?;
        self.publish(id, on, close).await?;
        Ok(id)
    }
}
