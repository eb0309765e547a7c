//! Reports from the work, filed by the lead of a contract, answered by the poster or noted by the bureau; and the file of
//! diligence that they make.
use super::*;
use crate::domain::ProgressAct as V;
use crate::domain::diligence::{Diligence, checklist};
use crate::domain::forms::*;

/// What the platform has kept of a contract: entries of the record and files, with their times and hashes.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Kept {
    pub checklist: Vec<diligence::DiligenceItem>,
    pub entries: Vec<KeptEntry>,
    pub files: Vec<KeptFile>,
    /// Over both lists, in order.
    pub sha256: String,
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct KeptEntry {
    pub seq: i64,
    pub at: jiff::Timestamp,
    pub kind: String,
    pub leaf: String,
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct KeptFile {
    pub id: FileId,
    pub name: String,
    pub sha256: String,
    pub at: jiff::Timestamp,
    pub noun: String,
}

impl App {
    pub async fn file_progress(&self, actor: &Actor, on: ContractId, form: FileProgress) -> Result<Progress> {
        let case = self.contract_of(on).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, on, case).await?;
        let m = self.moment(&work).await?;
        let permit = policy::file_progress(actor, &k)?;
        let runs = matches!(k.head.state, ContractState::Effective | ContractState::Suspended);
        ensure(runs, "contract_not_effective")?;
        let x = report_of(form, &k, &c, &m)?;
        tie_files(&work, &permit.follow(x.id.0), Noun::Progress, Some(case), &x.files, "files").await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event = Event::new(Noun::Progress, "filing", x.id.0, Visibility::Parties).on(case).of(k.lead);
        work.commit(&permit, event.fact("kind", &x.kind).fact("contract", on).fact("found_on", &x.found_on)).await?;
        Ok(x)
    }

    async fn on_progress(&self, actor: &Actor, id: ProgressId, act: V, answer: String) -> Result<Progress> {
        let seen: Progress = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (_, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: Progress = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_progress(actor, &x, &k, act)?;
        let from = x.head.state;
        x.take(act, &m)?;
        x.answer = Some(answer.clone());
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let event = Event::new(Noun::Progress, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id());
        work.commit(&permit, event.because(Some(answer))).await?;
        Ok(x)
    }

    pub async fn answer_progress(&self, actor: &Actor, id: ProgressId, form: Reason) -> Result<Progress> {
        self.on_progress(actor, id, V::Answer, form.reason).await
    }

    pub async fn note_progress(&self, actor: &Actor, id: ProgressId, form: Reason) -> Result<Progress> {
        self.on_progress(actor, id, V::Note, form.reason).await
    }

    pub async fn progress(&self, actor: &Actor, id: ProgressId) -> Result<(Contract, Progress)> {
        let x: Progress = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }

    pub async fn progress_of(&self, k: &Contract) -> Result<Vec<Progress>> {
        Ok(noun::of(&self.db, "contract_id", k.id.0).await?)
    }

    /// The evidence that the platform has kept of a contract, for whoever sees it.
    pub async fn diligence_file(&self, actor: &Actor, k: &Contract) -> Result<Kept> {
        policy::see_contract(actor, k)?;
        // Once a failure has been excused the list has its experts.
        let nodes: Vec<Milestone> = noun::of(&self.db, "contract_id", k.id.0).await?;
        let asked = nodes.iter().filter_map(|x| x.excused.as_ref()).map(|d| d.experts.len()).max();
        self.kept(k, asked.unwrap_or(0)).await
    }

    pub(in crate::app) async fn kept(&self, k: &Contract, experts: usize) -> Result<Kept> {
        let (reports, milestones, spending): (Vec<Progress>, Vec<Milestone>, Vec<Spending>) = tokio::try_join!(
            noun::of(&self.db, "contract_id", k.id.0),
            noun::of(&self.db, "contract_id", k.id.0),
            noun::of(&self.db, "contract_id", k.id.0)
        )?;
        let subjects = [k.id.0].into_iter().chain(reports.iter().map(|x| x.id.0)).chain(milestones.iter().map(|x| x.id.0));
        let (mut entries, mut files) = (vec![], vec![]);
        for subject in subjects {
            let of = store::event::of_subject(&self.db, subject, 200).await?;
            entries.extend(of.iter().map(|e| KeptEntry { seq: e.seq, at: e.at, kind: e.kind.clone(), leaf: e.leaf() }));
            let of = self.files_of(subject).await?;
            files.extend(of.into_iter().map(|f| KeptFile {
                id: f.id,
                name: f.name,
                sha256: f.sha256,
                at: f.at,
                noun: f.noun.unwrap_or_default(),
            }));
        }
        entries.sort_by_key(|e| e.seq);
        files.sort_by(|a, b| (a.at, &a.sha256).cmp(&(b.at, &b.sha256)));
        let lines = entries.iter().map(|e| e.leaf.as_str()).chain(files.iter().map(|f| f.sha256.as_str()));
        let sha256 = hash::sha256_hex(lines.collect::<Vec<_>>().join("\n").as_bytes());
        let calendar = self.calendar().await?;
        Ok(Kept { checklist: checklist(&reports, &milestones, &spending, experts, &calendar), entries, files, sha256 })
    }

    /// The same with the experts' finding, as it is decided on; refused while a line of the list is open.
    pub(in crate::app) async fn prove_diligence(&self, k: &Contract, experts: Vec<Judge>) -> Result<Diligence> {
        judge::enough(&experts, diligence::EXPERTS_LEAST, &self.party_names(k).await?, "experts")?;
        let kept = self.kept(k, experts.len()).await?;
        let found = Diligence {
            items: kept.checklist,
            experts,
            entries: kept.entries.len(),
            files: kept.files.len(),
            sha256: kept.sha256,
            at: self.clock.now(),
        };
        match found.is_complete() {
            true => Ok(found),
            false => Err(Refusal::new("diligence_incomplete").with("missing", found.missing()).into()),
        }
    }

    /// Whether a failure of this contract was excused.
    pub(in crate::app) async fn is_excused(&self, k: &Contract) -> Result<bool> {
        let milestones: Vec<Milestone> = noun::of(&self.db, "contract_id", k.id.0).await?;
        Ok(k.head.state == ContractState::Concluded || milestones.iter().any(|x| x.excused.is_some()))
    }
}

fn report_of(f: FileProgress, k: &Contract, c: &Challenge, m: &Moment) -> Result<Progress> {
    let refuse = |code, at| Refusal::new(code).at(at);
    if f.kind == "early_warning" {
        let found = f.found_on.as_deref().ok_or_else(|| refuse("warning_needs_day", "found_on"))?;
        instalment::not_future(found, m, "found_on")?;
        ensure(f.problem.is_some(), "warning_needs_problem").map_err(|r| r.at("problem"))?;
    }
    ensure(f.kind != "lab_record" || !f.files.is_empty(), "record_needs_file").map_err(|r| r.at("files"))?;
    let asks = f.kind == "early_warning" || f.help_wanted.is_some();
    Ok(Progress {
        id: ProgressId(clock::ordered_id()),
        contract: k.id,
        challenge: k.challenge,
        poster: k.poster,
        lead: k.lead,
        head: Head::new(ProgressState::Filed, m, asks.then_some(c.rules.milestone_poster_days)),
        kind: f.kind,
        milestone: f.milestone,
        text: f.text,
        standings: f.standings,
        deviation_days: f.deviation_days,
        problem: f.problem,
        found_on: f.found_on,
        help_wanted: f.help_wanted,
        help_from: f.help_from,
        next_step: f.next_step,
        county_used_fen: f.county_used_fen,
        enterprise_used_fen: f.enterprise_used_fen,
        own_used_fen: f.own_used_fen,
        files: f.files,
        answer: None,
        filed_at: m.now,
    })
}
