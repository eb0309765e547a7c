//! A contract's text: made from templates, challenge, bid and talks; terms and plan filled in; clauses wished otherwise and
//! answered; agreed by everybody whose text it is.
use super::*;
use crate::domain::ContractAct as K;
use crate::domain::forms::*;
use crate::domain::template::Frozen;
use std::collections::BTreeMap;

/// The newest template in use of each kind, as it stands now.
pub(in crate::app) async fn frozen(work: &Work) -> Result<Vec<Frozen>> {
    let all: Vec<Template> = noun::all(work).await?;
    let current = |kind: &str| all.iter().find(|t| t.kind == kind && t.head.state == TemplateState::Current);
    Ok(TEMPLATE_KINDS.iter().filter_map(|kind| current(kind)).filter_map(Template::freeze).collect())
}

/// Names and codes as the papers print them.
pub(in crate::app) async fn names(work: &Work, poster: OrgId, lead: OrgId, bureau: &str) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::from([("bureau".to_owned(), bureau.to_owned())]);
    for o in store::account::orgs_in(work, &[poster, lead]).await? {
        for (party, id) in [("poster", poster), ("bidder", lead)] {
            if o.id == id {
                names.insert(party.to_owned(), o.name.clone());
                names.insert(format!("{party}_uscc"), o.uscc.to_string());
            }
        }
    }
    Ok(names)
}

/// Partners that have somebody here to confirm the text.
pub(in crate::app) async fn with_people(work: &Work, codes: &[Uscc]) -> Result<Vec<OrgId>> {
    let mut out = vec![];
    for org in store::account::orgs_by_uscc(work, codes).await? {
        if store::account::has_role(work, org.id, Role::Bidder).await? {
            out.push(org.id);
        }
    }
    Ok(out)
}

impl App {
    /// The bureau as the task book names it: the head's organisation.
    pub(in crate::app) async fn bureau_name(&self) -> Result<String> {
        let heads = store::account::of_role(&self.db, Role::Head, 1).await?;
        match heads.first() {
            Some(head) => Ok(store::account::org(&self.db, head.org).await?.map(|o| o.name).unwrap_or_default()),
            None => Ok(String::new()),
        }
    }

    /// The poster fills in what is not already in challenge and bid; earlier agreements to another text fall away.
    pub async fn set_terms(&self, actor: &Actor, id: ContractId, form: ContractTerms) -> Result<Contract> {
        self.on_contract(actor, id, K::Terms, None, |k, _| {
            k.terms = Some(form);
            Ok(None)
        })
        .await
    }

    /// Indicators and milestones of the contract: no indicator falls below the list, the shares are exactly the whole.
    pub async fn plan_contract(&self, actor: &Actor, id: ContractId, form: PlanContract) -> Result<Contract> {
        self.on_contract(actor, id, K::Plan, None, |k, _| {
            form.check_plan(k)?;
            for v in &form.indicators {
                let at = usize::try_from(v.indicator).ok().and_then(|n| n.checked_sub(1));
                let x =
                    at.and_then(|at| k.thread.get_mut(at)).ok_or_else(|| Refusal::new("indicator_unknown").at("indicators"))?;
                crate::domain::deviation::indicator_floor(x, v.value)?;
                x.contracted = Some(v.value);
            }
            k.county_plan = form.county_plan();
            k.milestones = form.milestones.into_iter().map(OfferedMilestone::from).collect();
            Ok(None)
        })
        .await
    }

    /// A side wishes a clause worded otherwise than the template has it.
    pub async fn deviate(&self, actor: &Actor, id: ContractId, form: Deviate) -> Result<Contract> {
        let by = actor.clone();
        self.on_contract(actor, id, K::Deviate, Some(form.reason.clone()), move |k, m| {
            let party = k.party_of(&by).ok_or(Denied::Forbidden)?;
            let number = usize::try_from(form.clause).unwrap_or(0);
            let paper = k.paper(&form.paper).ok_or_else(|| Refusal::new("paper_unknown").at("paper"))?;
            let clause = paper.clauses.iter().find(|c| c.number == number);
            let clause = clause.ok_or_else(|| Refusal::new("clause_unknown").at("clause"))?;
            let known = |name: &&str| !crate::domain::template::is_field(name);
            if let Some(name) = crate::domain::template::names_in(&form.wording).into_iter().find(known) {
                return Err(Refusal::new("field_unknown").with("name", name).at("wording").into());
            }
            ensure(k.deviations_of(&party) < DEVIATIONS_MOST, "deviations_many")
                .map_err(|r| r.with("most", DEVIATIONS_MOST).at("wording"))?;
            k.deviations.push(Deviation {
                number: k.deviations.len() + 1,
                was: clause.text.zh.clone(),
                paper: form.paper,
                clause: number,
                party,
                by: by.account,
                name: by.name,
                at: m.now,
                wording: form.wording,
                reason: form.reason,
                answer: None,
            });
            Ok(None)
        })
        .await
    }

    /// The other side takes the wording or keeps the template's.
    pub async fn answer_deviation(&self, actor: &Actor, id: ContractId, form: AnswerDeviation) -> Result<Contract> {
        let by = actor.clone();
        self.on_contract(actor, id, K::AnswerDeviation, form.note.clone(), move |k, m| {
            let party = k.party_of(&by).ok_or(Denied::Forbidden)?;
            let wish = k.deviations.iter_mut().find(|d| i64::try_from(d.number) == Ok(form.number));
            let wish = wish.ok_or_else(|| Refusal::new("deviation_unknown").at("number"))?;
            ensure(wish.is_open(), "deviation_answered").map_err(|r| r.at("number"))?;
            ensure(wish.party != party, "deviation_own").map_err(|r| r.at("number"))?;
            wish.answer = Some(DeviationAnswer {
                accepted: form.accepted,
                party,
                by: by.account,
                name: by.name,
                at: m.now,
                note: form.note,
            });
            Ok(None)
        })
        .await
    }

    /// A party agrees to the text as it stands; when all have, the bureau checks it. Nothing in it may be blank.
    pub async fn agree_contract(&self, actor: &Actor, id: ContractId, form: Signature) -> Result<Contract> {
        let by = actor.clone();
        self.on_contract(actor, id, K::Agree, None, move |k, m| {
            k.blanks().ok(())?;
            let party = k.party_of(&by).ok_or(Denied::Forbidden)?;
            ensure(!k.agreed.iter().any(|x| x.party == party), "marked_already")?;
            let sha256 = k.text_sha256();
            k.agreed.push(Mark { party, by: by.account, name: form.full_name, at: m.now, sha256, paper: None, scan: None });
            Ok(k.all_agreed().then_some(K::SettleText))
        })
        .await
    }
}
