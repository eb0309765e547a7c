//! The county of the demo: its bureau, firms, teams and experts, all invented, and what its stories ask of them.
use super::timeline::{Line, Told};
use super::{DemoAccount, paper, registry};
use crate::app::{App, Error, account::random_password, query::Case};
use crate::domain::forms::{InvitePerson, RegisterOrganisation};
use crate::domain::*;
use jiff::{Span, Timestamp, civil::Date};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

const CONTENT: &str = include_str!("content.json");

/// The invented texts: who there is, what firms need, what teams offer. Needs and offers are raw input of their forms.
#[derive(Deserialize)]
pub struct Content {
    organisations: Vec<Value>,
    people: Vec<Person>,
    experts: Vec<Sage>,
    challenges: Vec<Wanted>,
    pub offers: Vec<Offered>,
}

#[derive(Deserialize)]
struct Person {
    key: String,
    org: String,
    role: String,
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct Sage {
    name: String,
    email: String,
    unit: String,
    kind: String,
    disciplines: Vec<String>,
    region: String,
    title: String,
    former_units: Vec<String>,
}

#[derive(Deserialize)]
struct Wanted {
    key: String,
    org: String,
    need: Value,
}

#[derive(Deserialize)]
pub struct Offered {
    pub challenge: String,
    pub org: String,
    pub offer: Value,
}

/// Everyone and everything that a story can name.
pub struct County {
    pub app: App,
    pub line: Line,
    pub calendar: Arc<Calendar>,
    pub today: Timestamp,
    pub content: Content,
    people: BTreeMap<String, Actor>,
    orgs: BTreeMap<String, Organisation>,
    pub experts: BTreeMap<AccountId, Actor>,
    /// What each expert confirms once a year, and when it was last done.
    profiles: std::sync::Mutex<BTreeMap<AccountId, (Value, jiff::Timestamp)>>,
    /// Name and unit, for those who argue a need or sit on an acceptance panel.
    sages: Vec<(String, String)>,
    accounts: Vec<(AccountId, DemoAccount)>,
    papers: AtomicU32,
    pub keys: super::keyholders::Keys,
}

/// Reads a form as a page would send it: what the form refuses, the demo can't say either.
pub fn typed<T: Draft>(raw: Value) -> Result<T, Error> {
    Ok(T::read(&raw)?)
}

/// Beijing time of a day.
pub fn at(date: Date, hour: i8, minute: i8) -> Timestamp {
    date.at(hour, minute, 0, 0)
        .to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
        .map(|z| z.timestamp())
        .unwrap_or(Timestamp::MAX)
}

impl County {
    /// Registers organisations and creates accounts; `told` hears after each.
    pub async fn settle(app: App, line: Line, today: Timestamp, told: &mut dyn FnMut()) -> Result<Self, Error> {
        let content: Content =
            serde_json::from_str(CONTENT).map_err(|e| Error::Failed(format!("the demo's content does not read: {e}")))?;
        let calendar = app.calendar().await?;
        let mut county = Self {
            app,
            line,
            calendar,
            today,
            people: BTreeMap::new(),
            orgs: BTreeMap::new(),
            experts: BTreeMap::new(),
            profiles: std::sync::Mutex::default(),
            sages: content.experts.iter().map(|e| (e.name.clone(), e.unit.clone())).collect(),
            accounts: vec![],
            papers: AtomicU32::new(11),
            keys: super::keyholders::Keys::fresh(),
            content,
        };
        county.register_organisations().await?;
        county.create_people(told).await?;
        county.create_experts(told).await?;
        Ok(county)
    }

    pub fn people_and_experts() -> usize {
        serde_json::from_str::<Content>(CONTENT).map_or(0, |c| c.people.len() + c.experts.len())
    }

    async fn register_organisations(&mut self) -> Result<(), Error> {
        for mut raw in std::mem::take(&mut self.content.organisations) {
            let key = raw.as_object_mut().and_then(|o| o.remove("key"));
            let affiliates = raw["affiliates"].as_array().cloned().unwrap_or_default();
            raw["affiliates"] = affiliates.into_iter().map(|uscc| json!({ "uscc": uscc })).collect();
            let form = typed::<RegisterOrganisation>(raw)?;
            let org = self.app.register_organisation(&Actor::system(), form).await?;
            self.orgs.insert(key.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(), org);
        }
        Ok(())
    }

    async fn create_people(&mut self, told: &mut dyn FnMut()) -> Result<(), Error> {
        for p in std::mem::take(&mut self.content.people) {
            let org = self.org(&p.org).clone();
            let actor =
                self.create(&org, json!({ "email": p.email, "name": p.name, "role": p.role, "organisation": org.id })).await?;
            self.people.insert(p.key, actor);
            told();
        }
        Ok(())
    }

    async fn create_experts(&mut self, told: &mut dyn FnMut()) -> Result<(), Error> {
        let mut units: BTreeMap<String, Organisation> = BTreeMap::new();
        for (n, e) in std::mem::take(&mut self.content.experts).into_iter().enumerate() {
            if !units.contains_key(&e.unit) {
                let form = typed::<RegisterOrganisation>(registry::unit(&e.unit, &e.region, n))?;
                units.insert(e.unit.clone(), self.app.register_organisation(&Actor::system(), form).await?);
            }
            let org = units[&e.unit].clone();
            let raw = json!({
                "email": e.email, "name": e.name, "role": "expert", "organisation": org.id, "expert_kind": e.kind, "disciplines": e.disciplines.join(","),
                "region": e.region, "title": e.title, "former_units": e.former_units.join(","),
            });
            let actor = self.create(&org, raw).await?;
            let word =
                json!({ "disciplines": e.disciplines.join("、"), "former_units": e.former_units.join("\n"), "truthful": true });
            let now = self.app.clock.now();
            self.profiles.lock().expect("no panic while noting a profile").insert(actor.account, (word, now));
            self.experts.insert(actor.account, actor);
            told();
        }
        Ok(())
    }

    /// Experts whose word is older than ten months confirm their profile.
    pub async fn confirm_profiles(&self) -> Result<(), Error> {
        let now = self.app.clock.now();
        let stale: Vec<(AccountId, Value)> = {
            let mut profiles = self.profiles.lock().expect("no panic while noting a profile");
            let old = profiles.iter_mut().filter(|(_, (_, at))| now.duration_since(*at).as_hours() > 24 * 300);
            old.map(|(id, (word, at))| {
                *at = now;
                (*id, word.clone())
            })
            .collect()
        };
        for (id, word) in stale {
            self.app.confirm_profile(&self.experts[&id], typed(word)?).await?;
        }
        Ok(())
    }

    async fn create(&mut self, org: &Organisation, raw: Value) -> Result<Actor, Error> {
        let password = random_password();
        let account = self.app.create_account(&Actor::system(), typed::<InvitePerson>(raw)?, &password).await?;
        let shown = DemoAccount {
            role: account.role.id().to_owned(),
            organisation: org.name.clone(),
            email: account.email.clone(),
            name: account.name.clone(),
            password,
            key_file: None,
        };
        self.accounts.push((account.id, shown));
        Ok(account.actor().proven())
    }

    /// Accounts to sign in with: all people, and the experts who have something to do.
    pub async fn to_sign_in(&self) -> Result<Vec<DemoAccount>, Error> {
        let mut shown = vec![];
        for (id, account) in &self.accounts {
            let idle = match self.experts.get(id) {
                Some(expert) => self.app.waiting(expert).await? == 0,
                None => false,
            };
            if !idle {
                let mut account = account.clone();
                let key = self.people.iter().find(|(_, a)| a.account == *id).map_or("", |(key, _)| key);
                account.key_file = self.keys.file_of(key, &account.password)?;
                shown.push(account);
            }
        }
        Ok(shown)
    }

    /// Whoever has the second word of a registration has it.
    pub async fn confirm(&self, r: &Registration) -> Told<()> {
        let has = |a: &&Actor| r.needs.roles.contains(&a.role) && r.needs.org.is_none_or(|org| org == a.org);
        let second = self.people.values().filter(has).find(|a| a.account != r.asked_by && Some(a.account) != r.account);
        let second = second.expect("the content has people of each office");
        self.app.confirm_registration(second, r.id, typed(json!({}))?).await?;
        Ok(())
    }

    pub fn org(&self, key: &str) -> &Organisation {
        self.orgs.get(key).expect("the content names its organisations")
    }

    /// A person of the content by key, e.g. `officer`.
    pub fn person(&self, key: &str) -> &Actor {
        self.people.get(key).expect("the content names its people")
    }

    /// Whoever speaks for an organisation in a role.
    pub fn speaker(&self, org: OrgId, role: Role) -> &Actor {
        self.people.values().find(|a| a.org == org && a.role == role).expect("each firm has a poster and each team a bidder")
    }

    pub fn organisation(&self, id: OrgId) -> &Organisation {
        self.orgs.values().find(|o| o.id == id).expect("the content names its organisations")
    }

    /// The need of a challenge as typed, and who posts it.
    pub fn need(&self, key: &str) -> (Value, &str) {
        let wanted = self.content.challenges.iter().find(|c| c.key == key).expect("the content has all twelve challenges");
        (wanted.need.clone(), &wanted.org)
    }

    /// Names and units of `n` experts, starting anywhere, none of them among the names in `but`.
    pub fn some_sages(&self, from: usize, n: usize, but: &[String]) -> Vec<(String, String)> {
        let start = from % self.sages.len().max(1);
        let (before, after) = self.sages.split_at(start);
        after.iter().chain(before).filter(|(name, _)| !but.contains(name)).take(n).cloned().collect()
    }

    /// The number of the next minutes of the bureau's meeting.
    pub fn minutes(&self, on: Date) -> Value {
        let n = self.papers.fetch_add(1, Ordering::Relaxed);
        json!({ "number": format!("交科会纪〔{}〕{n}号（示例）", on.year()), "held_on": on.to_string(), "attendance": paper::roll() })
    }

    /// Uploads a small paper for `who`.
    pub async fn paper(&self, who: &Actor, name: &str) -> Told<FileId> {
        let bytes = bytes::Bytes::from(paper::pdf(name));
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes)]);
        Ok(self.app.upload(who, &format!("{name}.pdf"), stream).await?.id)
    }

    /// Everything about a challenge.
    pub async fn case(&self, id: ChallengeId) -> Told<Case> {
        Ok(self.app.case(&Actor::system(), id).await?)
    }

    /// The last working day before today: what happened, happened by then.
    pub fn yesterday(&self) -> Date {
        self.back(date_of(self.today), 1)
    }

    /// The `n`th working day before `date`; with 0, `date` itself or the last working day before it.
    pub fn back(&self, mut date: Date, n: i64) -> Date {
        let mut left = n;
        while left > 0 || !self.calendar.is_workday(date) {
            date = date.saturating_sub(Span::new().days(1));
            left -= i64::from(self.calendar.is_workday(date) && left > 0);
        }
        date
    }

    /// The `n`th working day after `date`.
    pub fn ahead(&self, date: Date, n: i64) -> Date {
        self.calendar.add_workdays(date, n).date
    }
}
