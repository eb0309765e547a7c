//! Clues without a name, and words put in for somebody: sealed at rest, read by the discipline inspector and by nobody else.
use super::*;
use crate::domain::TipOffAct as T;
use crate::domain::forms::*;
use crate::domain::tip_off::{Speaker, Word};
use store::tip_off as kept;

/// Clues taken in an hour, from all the world: no address is asked for or kept, so none can be held against anybody.
const AN_HOUR: u64 = 60;

/// A word of a clue in the clear.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Said {
    pub by: Speaker,
    pub text: String,
    pub at: jiff::Timestamp,
}

/// How much there is on one case; what it says is the inspector's.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Whispers {
    pub challenge: Option<ChallengeId>,
    pub tip_offs: usize,
    pub lobbying: usize,
}

fn word_place(id: TipOffId, n: usize) -> String {
    format!("tip-off {id} word {n}")
}
fn lobbying_place(id: LobbyingId) -> String {
    format!("lobbying {id}")
}

impl App {
    fn word(&self, x: &mut TipOff, by: Speaker, text: &str, at: jiff::Timestamp) {
        let sealed = self.vault.close(&word_place(x.id, x.words.len()), text);
        x.words.push(Word { by, sealed, at });
    }

    /// A fresh clue: nobody is named, whoever may be signed in.
    fn new_tip_off(&self, challenge: Option<ChallengeId>, m: &Moment, rules: &RuleSet) -> TipOff {
        let id = TipOffId(Uuid::new_v4());
        let accept = Deadline::after("tip-off-acceptance", date_of(m.now), rules.tip_off_accept_days, &m.calendar);
        let mut head = Head::new(TipOffState::Received, m, None);
        head.due = Some(accept.due);
        TipOff {
            id,
            challenge,
            head,
            about: "notice".into(),
            words: vec![],
            files: vec![],
            code: Some(self.code_sha256(id.0)),
            deadlines: vec![accept],
        }
    }

    /// Takes a clue from anybody: whoever sends it is not asked, and not noted when signed in.
    pub async fn file_tip_off(&self, form: FileTipOff) -> Result<TipOff> {
        if let Some(on) = form.challenge {
            self.challenge(&Actor::visitor(), ChallengeId(on)).await?;
        }
        let permit = policy::file_tip_off();
        let work = self.begin(permit.actor()).await?;
        let m = self.moment(&work).await?;
        let hour = m.now - jiff::SignedDuration::from_hours(1);
        ensure(kept::since(&work, hour, AN_HOUR).await? < AN_HOUR, "tip_offs_many")?;
        let mut x = self.new_tip_off(form.challenge.map(ChallengeId), &m, &RuleSet::default());
        let whom = form.whom.map(|w| format!("{w}\n")).unwrap_or_default();
        self.word(&mut x, Speaker::Informer, &format!("{whom}{}", form.text), m.now);
        x.about = form.about;
        tie_files(&work, &permit.follow(x.id.0), Noun::TipOff, x.challenge, &form.files, "files").await?;
        x.files = form.files;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        work.tell("deadlines", &x.deadlines[0]);
        let mut event = Event::new(Noun::TipOff, "filing", x.id.0, Visibility::Oversight);
        event.challenge = x.challenge;
        work.commit(&permit, event).await?;
        Ok(x)
    }

    async fn on_tip_off(
        &self,
        permit: policy::Permit<TipOffAct>,
        act: T,
        (by, text): (Speaker, &str),
        files: Vec<FileId>,
    ) -> Result<TipOff> {
        let work = self.begin(permit.actor()).await?;
        let mut x: TipOff = noun::lock(&work, permit.subject()).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let (from, known) = (x.head.state, x.deadlines.len());
        x.take(act, &m, &RuleSet::default())?;
        self.word(&mut x, by, text, m.now);
        tie_files(&work, &permit.follow(x.id.0), Noun::TipOff, x.challenge, &files, "files").await?;
        x.files.extend(files);
        x.deadlines.iter().skip(known).for_each(|d| work.tell("deadlines", d));
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let mut event = Event::new(Noun::TipOff, act.id(), x.id.0, Visibility::Oversight).moved(from.id(), x.head.state.id());
        event.challenge = x.challenge;
        work.commit(&permit, event).await?;
        Ok(x)
    }

    async fn inspect(&self, actor: &Actor, id: TipOffId, act: T, text: &str) -> Result<TipOff> {
        let x: TipOff = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let by = if act == T::Reply { Speaker::Answer } else { Speaker::Inspector };
        self.on_tip_off(policy::on_tip_off(actor, &x, act)?, act, (by, text), vec![]).await
    }

    pub async fn accept_tip_off(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::Accept, &form.reason).await
    }
    /// Nothing in it can be checked, or it is no matter of this office.
    pub async fn decline_tip_off(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::Decline, &form.reason).await
    }
    pub async fn substantiate_tip_off(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::Substantiate, &form.reason).await
    }
    pub async fn refer_tip_off(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::Refer, &form.reason).await
    }
    pub async fn find_tip_off_unfounded(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::FindUnfounded, &form.reason).await
    }
    /// An answer that the informer reads under the code.
    pub async fn answer_tip_off(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::Reply, &form.reason).await
    }
    pub async fn close_tip_off(&self, actor: &Actor, id: TipOffId, form: Reason) -> Result<TipOff> {
        self.inspect(actor, id, T::Close, &form.reason).await
    }

    /// What the informer adds under the code.
    pub(in crate::app) async fn add_to_tip_off(&self, code: &str, x: &TipOff, text: &str, files: Vec<FileId>) -> Result<TipOff> {
        ensure(text.chars().count() >= 4, "tip_off_text_missing").map_err(|r| r.at("text"))?;
        self.on_tip_off(policy::tip_off_by_code(x, code)?, T::Add, (Speaker::Informer, text), files).await
    }

    fn said(&self, x: &TipOff, open: impl Fn(&Word) -> bool) -> Result<Vec<Said>> {
        let read = |(n, w): (usize, &Word)| {
            let text =
                self.vault.open(&word_place(x.id, n), &w.sealed).map_err(|e| Error::Failed(format!("tip-off {}: {e}", x.id)))?;
            Ok(Said { by: w.by, text, at: w.at })
        };
        x.words.iter().enumerate().filter(|(_, w)| open(w)).map(read).collect()
    }

    /// All that was said, for the inspector.
    pub async fn tip_off(&self, actor: &Actor, id: TipOffId) -> Result<(TipOff, Vec<Said>)> {
        policy::inspects(actor)?;
        let x: TipOff = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let said = self.said(&x, |_| true)?;
        Ok((x, said))
    }

    /// What the informer said, and the answers; not the inspector's notes.
    pub(in crate::app) fn said_to_informer(&self, x: &TipOff) -> Result<Vec<Said>> {
        self.said(x, |w| w.by != Speaker::Inspector)
    }

    /// That there are clues, where they stand and whether their clocks are kept: for the inspector and the auditor.
    pub async fn tip_offs(&self, actor: &Actor, page: Page) -> Result<Listed<TipOff>> {
        policy::oversee(actor)?;
        Ok(noun::list(&self.db, &[], page).await?)
    }

    /// An objection without a name becomes a clue; nothing of it stays where officers read (trap 16).
    pub async fn move_to_tip_off(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let seen: Objection = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, n, mut o) = self.lock_objection(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_objection(actor, &o, &n, ObjectionAct::MoveToTipOff)?;
        let from = o.head.state;
        o.take(ObjectionAct::MoveToTipOff, &m, &c.rules)?;
        let mut x = self.new_tip_off(Some(c.id), &m, &RuleSet::default());
        // A visitor keeps the code that it was given; one with an account has none, and is told nothing more.
        x.code = o.code.take();
        x.files = o.evidence.drain(..).chain(o.proof.drain(..)).collect();
        let text = format!("{}\n{}\n{}", o.name, o.facts, o.request);
        self.word(&mut x, Speaker::Informer, &text, m.now);
        let moving: policy::Permit<TipOffAct> = permit.follow(x.id.0);
        noun::insert(&work, &moving, &x, &m.calendar).await?;
        kept::hand_over(&work, &moving, id.0).await?;
        (o.name, o.contact, o.facts, o.request) = (String::new(), String::new(), String::new(), String::new());
        (o.contact_sealed, o.filed_by, o.org, o.uscc) = (None, None, None, None);
        work.tell("deadlines", &x.deadlines[0]);
        noun::save(&work, &permit, &mut o, &m.calendar).await?;
        let event = Event::new(Noun::Objection, ObjectionAct::MoveToTipOff.id(), id.0, Visibility::Bureau)
            .on(o.challenge)
            .moved(from.id(), o.head.state.id())
            .because(Some(form.reason));
        work.commit(&permit, event).await?;
        Ok(o)
    }

    fn author_tag(&self, actor: &Actor) -> String {
        hex::encode(self.vault.derive(&format!("author {}", actor.account)))
    }

    /// Somebody put in a word: one form, for experts and officers, about any case.
    pub async fn record_lobbying(&self, actor: &Actor, on: ChallengeId, form: RecordLobbying) -> Result<Lobbying> {
        let c = self.challenge(actor, on).await?;
        policy::record_lobbying(actor)?;
        self.keep_word(actor, &c, form).await
    }

    /// Its key of a repeated request stands under the author's tag: nobody's key meets another's, and the row names nobody.
    async fn keep_word(&self, actor: &Actor, c: &Challenge, form: RecordLobbying) -> Result<Lobbying> {
        let tag = self.author_tag(actor);
        let once = actor.once.clone().map(|(key, body)| (format!("{tag}:{key}"), body));
        let permit = policy::record_lobbying(&Actor { once, ..actor.clone() })?;
        let work = self.begin(permit.actor()).await?;
        let m = self.moment(&work).await?;
        instalment::not_future(&form.happened_on, &m, "happened_on")?;
        let id = LobbyingId(Uuid::new_v4());
        let word = LobbyingWord {
            by: actor.name.clone(),
            role: actor.role.id().to_owned(),
            who: form.who,
            happened_on: form.happened_on,
            how: form.how,
            about: form.about,
        };
        let text = serde_json::to_string(&word).expect("words are plain JSON");
        let sealed = self.vault.close(&lobbying_place(id), &text);
        let x = Lobbying { id, challenge: c.id, author: self.author_tag(actor), sealed, at: m.now };
        kept::insert_lobbying(&work, &permit, &x).await?;
        let event = Event::new(Noun::Lobbying, "record", id.0, Visibility::Oversight).on(c.id);
        work.commit(&permit, event).await?;
        Ok(x)
    }

    pub async fn record_lobbying_of_review(&self, actor: &Actor, on: AssignmentId, form: RecordLobbying) -> Result<Lobbying> {
        let a: Assignment = noun::find(&self.db, on.0).await?.ok_or(Error::Missing)?;
        policy::record_lobbying_of_review(actor, &a)?;
        let c: Challenge = noun::find(&self.db, a.challenge.0).await?.ok_or(Error::Missing)?;
        self.keep_word(actor, &c, form).await
    }

    /// Records of lobbying: all of them for the inspector, one's own for everybody else.
    pub async fn lobbying(&self, actor: &Actor) -> Result<Vec<(Lobbying, LobbyingWord)>> {
        let own = policy::inspects(actor).is_err().then(|| self.author_tag(actor));
        policy::own_account(actor)?;
        let open = |x: Lobbying| {
            let failed = |e: String| Error::Failed(format!("lobbying {}: {e}", x.id));
            let text = self.vault.open(&lobbying_place(x.id), &x.sealed).map_err(|e| failed(e.to_string()))?;
            let word = serde_json::from_str(&text).map_err(|e| failed(e.to_string()))?;
            Ok((x, word))
        };
        kept::lobbying(&self.db, own.as_deref()).await?.into_iter().map(open).collect()
    }

    /// How many clues and words there are on each case, for those who oversee from outside the bureau.
    pub async fn whispers(&self, actor: &Actor) -> Result<Vec<Whispers>> {
        policy::oversee(actor)?;
        let mut by: std::collections::BTreeMap<Option<ChallengeId>, Whispers> = Default::default();
        for (challenge, tip_offs, lobbying) in kept::counts(&self.db).await? {
            let w = by.entry(challenge).or_insert_with(|| Whispers { challenge, ..Default::default() });
            w.tip_offs += tip_offs;
            w.lobbying += lobbying;
        }
        Ok(by.into_values().collect())
    }
}
