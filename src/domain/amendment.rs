//! What a change does to a contract: the values it sets, and what follows from them for dates, instalments and shares. Worked out
//! before anybody decides, by the same rule that writes it afterwards.
use super::*;
use forms::AskChange;

impl AskChange {
    /// A kind is asked with its own fields and no others: nothing rides along.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        let Some((_, must, may)) = KIND_FIELDS.iter().find(|(kind, ..)| *kind == self.kind) else { return faults };
        let given: &[(&str, bool)] = &[
            ("before", self.before.is_some()),
            ("after", self.after.is_some()),
            ("person", self.person.is_some()),
            ("unit", self.unit.is_some()),
            ("leaves", self.leaves.is_some()),
            ("members", !self.members.is_empty()),
            ("lead_uscc", self.lead_uscc.is_some()),
            ("indicator", self.indicator.is_some()),
            ("value", self.value.is_some()),
            ("county_fen", self.county_fen.is_some()),
            ("enterprise_fen", self.enterprise_fen.is_some()),
            ("self_fen", self.self_fen.is_some()),
            ("months", self.months.is_some()),
        ];
        for (name, is_given) in given {
            if must.contains(name) && !is_given {
                faults.add(*name, "missing");
            }
            if *is_given && !must.contains(name) && !may.contains(name) {
                faults.add(*name, "not_of_kind");
            }
        }
        if self.kind == "team_member" && self.person.is_none() && self.leaves.is_none() {
            faults.add("person", "missing");
        }
        faults
    }

    /// The change itself; `lead` is the organisation that the new lead's code names.
    pub fn to(&self, lead: Option<&Organisation>) -> Result<ChangeTo, Refusal> {
        let missing = |field: &'static str| Refusal::new("value_missing").at(field);
        Ok(match self.kind.as_str() {
            "team_member" => ChangeTo::Team { joins: self.person.clone(), unit: self.unit.clone(), leaves: self.leaves.clone() },
            "partner" | "money_share" => ChangeTo::Members { members: self.members.clone() },
            "lead" => {
                let org = lead.ok_or_else(|| Refusal::new("organisation_unknown").at("lead_uscc"))?;
                ensure(is_legal_person(&org.name), "not_legal_person").map_err(|r| r.at("lead_uscc"))?;
                ChangeTo::Lead { org: org.id, uscc: org.uscc.clone(), name: org.name.clone(), members: self.members.clone() }
            }
            "principal_investigator" => {
                ChangeTo::Investigator { name: self.person.clone().ok_or_else(|| missing("person"))?, unit: self.unit.clone() }
            }
            "indicator" => ChangeTo::Indicator {
                number: self.indicator.and_then(|n| usize::try_from(n).ok()).ok_or_else(|| missing("indicator"))?,
                value: self.value.ok_or_else(|| missing("value"))?,
            },
            "amount" => ChangeTo::Amount {
                county_fen: self.county_fen.ok_or_else(|| missing("county_fen"))?,
                enterprise_fen: self.enterprise_fen.ok_or_else(|| missing("enterprise_fen"))?,
                self_fen: self.self_fen.unwrap_or_default(),
            },
            "extension" => ChangeTo::Extension { months: self.months.ok_or_else(|| missing("months"))? },
            _ => ChangeTo::Text { before: self.before.clone(), after: self.after.clone().ok_or_else(|| missing("after"))? },
        })
    }
}

impl ChangeTo {
    /// The values that it sets: what stood there, what shall.
    pub fn lines(&self, k: &Contract) -> Vec<Change> {
        let line = |path: &str, before: String, after: String| Change { path: path.to_owned(), before, after };
        let money = |m: Money| m.to_string();
        match self {
            Self::Text { before, after } => vec![line("after", before.clone().unwrap_or_default(), after.clone())],
            Self::Team { joins, unit, leaves } => {
                let joined = [joins.clone(), unit.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
                vec![line("team_member", leaves.clone().unwrap_or_default(), joined)]
            }
            Self::Members { members } => member_lines(&k.partners, members),
            Self::Lead { name, members, .. } => {
                let was = k.names.get("bidder").cloned().unwrap_or_default();
                let mut lines = vec![line("lead", was, name.clone())];
                lines.extend(member_lines(&k.partners, members));
                lines
            }
            Self::Investigator { name, .. } => {
                vec![line("principal_investigator", k.principal_investigator.clone(), name.clone())]
            }
            Self::Indicator { number, value } => {
                let x = number.checked_sub(1).and_then(|at| k.thread.get(at));
                let was = x.and_then(|x| x.contracted).map(|q| q.to_string()).unwrap_or_default();
                let name = x.map_or("", |x| x.published.name.as_str());
                let says = |value: String| format!("{name} {value}");
                vec![line(&format!("indicator.{}", number.saturating_sub(1)), says(was), says(value.to_string()))]
            }
            Self::Amount { county_fen, enterprise_fen, self_fen } => vec![
                line("county_fen", money(k.county_fen), money(*county_fen)),
                line("enterprise_fen", money(k.enterprise_fen), money(*enterprise_fen)),
                line("self_fen", money(k.self_fen), money(*self_fen)),
            ],
            Self::Extension { months } => {
                vec![line("period_months", k.period_months.to_string(), (k.period_months + months).to_string())]
            }
        }
    }

    /// Writes it into a contract, as the next edition. `open` are the numbers of nodes that are not at their end.
    pub fn apply(&self, k: &mut Contract, open: &[usize]) -> Result<(), Refusal> {
        k.edition += 1;
        match self {
            Self::Text { .. } | Self::Team { .. } => {}
            Self::Members { members } => k.partners = members.clone(),
            Self::Lead { org, uscc, name, members } => {
                (k.lead, k.partners) = (*org, members.clone());
                k.names.insert("bidder".into(), name.clone());
                k.names.insert("bidder_uscc".into(), uscc.to_string());
            }
            Self::Investigator { name, .. } => k.principal_investigator = name.clone(),
            Self::Indicator { number, value } => {
                let x = number.checked_sub(1).and_then(|at| k.thread.get_mut(at));
                x.ok_or_else(|| Refusal::new("indicator_unknown").at("indicator"))?.contracted = Some(*value);
            }
            Self::Amount { county_fen, enterprise_fen, self_fen } => {
                let was = k.award();
                (k.county_fen, k.enterprise_fen, k.self_fen) = (*county_fen, *enterprise_fen, *self_fen);
                let more = k.award().checked_sub(was);
                // The lead takes what the award grows or shrinks by; shares of others are a change of their own.
                if let Some(lead) = k.partners.first_mut() {
                    let left = more.and_then(|more| lead.money_fen.checked_add(more)).filter(|m| *m >= Money::default());
                    lead.money_fen = left.ok_or_else(|| Refusal::new("lead_share_short").at("county_fen"))?;
                    lead.self_fen = Some(*self_fen);
                }
            }
            Self::Extension { months } => {
                k.period_months += months;
                k.extended = true;
                k.postpone(jiff::Span::new().months(*months));
                for (_, node) in k.milestones.iter_mut().enumerate().filter(|(n, _)| open.contains(&(n + 1))) {
                    node.month += months;
                }
            }
        }
        Ok(())
    }

    /// The contract as it would be.
    pub fn preview(&self, k: &Contract, milestones: &[Milestone]) -> Result<Contract, Refusal> {
        let mut next = k.clone();
        self.apply(&mut next, &open_nodes(milestones))?;
        Ok(next)
    }

    /// What follows for dates, sums and instalments: each with what it is now and what it becomes.
    pub fn effects(
        &self,
        k: &Contract,
        milestones: &[Milestone],
        instalments: &[Instalment],
        calendar: &Calendar,
    ) -> Result<Vec<Change>, Refusal> {
        let next = self.preview(k, milestones)?;
        let mut out = vec![];
        let mut differ = |path: String, before: String, after: String| {
            if before != after {
                out.push(Change { path, before, after });
            }
        };
        differ("edition".into(), k.edition.to_string(), next.edition.to_string());
        differ("award".into(), k.award().to_string(), next.award().to_string());
        let day = |d: &Option<String>| d.clone().unwrap_or_default();
        differ("ends_on".into(), day(&k.ends_on), day(&next.ends_on));
        if let Self::Extension { months } = self {
            for x in milestones.iter().filter(|x| !x.head.state.is_end()) {
                let mut later = x.clone();
                later.postpone(jiff::Span::new().months(*months), calendar);
                let day = |at| notice::last_day(at).to_string();
                differ(format!("milestone.{}", x.number.saturating_sub(1)), day(x.due_at), day(later.due_at));
            }
        }
        for (id, amount) in replan(&next, instalments)? {
            let Some(i) = instalments.iter().find(|i| i.id == id) else { continue };
            differ(format!("instalment.{}", i.number.saturating_sub(1)), i.amount_fen.to_string(), amount.to_string());
        }
        for (channel, was, now) in promised(k, &next) {
            differ(format!("promised.{}", channel.id()), was.to_string(), now.to_string());
        }
        let lead = |k: &Contract| k.partners.first().map(|p| p.money_fen.to_string()).unwrap_or_default();
        differ("lead_money".into(), lead(k), lead(&next));
        Ok(out)
    }
}

/// What the contract promises by channel, before and after.
pub fn promised(was: &Contract, now: &Contract) -> [(Channel, Money, Money); 2] {
    [(Channel::Fiscal, was.county_fen, now.county_fen), (Channel::Enterprise, was.enterprise_fen, now.enterprise_fen)]
}

/// Nodes that may still move.
pub fn open_nodes(milestones: &[Milestone]) -> Vec<usize> {
    milestones.iter().filter(|x| !x.head.state.is_end()).map(|x| x.number).collect()
}

/// The amounts of instalments that are still planned, so that each source sums to what the contract promises. What was
/// unlocked, asked for or paid stays as it is; the rest is shared as it was before, to the fen.
pub fn replan(k: &Contract, instalments: &[Instalment]) -> Result<Vec<(InstalmentId, Money)>, Refusal> {
    use InstalmentState as S;
    let mut out = vec![];
    for (source, target) in [("county", k.county_fen), ("enterprise", k.enterprise_fen)] {
        let own = || instalments.iter().filter(|i| i.source == source && i.head.state != S::Cancelled);
        let (open, fixed): (Vec<&Instalment>, Vec<&Instalment>) = own().partition(|i| i.head.state == S::Planned);
        let fixed = Money::sum(fixed.iter().map(|i| i.amount_fen)).ok_or_else(|| Refusal::new("money_overflow"))?;
        let left = target.checked_sub(fixed).filter(|m| *m >= Money::default());
        let mut left = left.ok_or_else(|| Refusal::new("amount_below_unlocked").with("fixed", fixed).at("county_fen"))?;
        if open.is_empty() && left > Money::default() {
            return Err(Refusal::new("nothing_to_replan").at("county_fen"));
        }
        let mut weight: i128 = open.iter().map(|i| i128::from(i.amount_fen.as_fen())).sum();
        for (n, i) in open.iter().enumerate() {
            let own = i128::from(i.amount_fen.as_fen());
            let last = n + 1 == open.len();
            let part = if last || weight == 0 { i128::from(left.as_fen()) } else { i128::from(left.as_fen()) * own / weight };
            let part = Money::fen(i64::try_from(part).map_err(|_| Refusal::new("money_overflow"))?);
            let part = if !last && weight == 0 { Money::default() } else { part };
            left = left.checked_sub(part).unwrap_or_default();
            weight -= own;
            out.push((i.id, part));
        }
    }
    Ok(out)
}

fn member_lines(was: &[Member], now: &[Member]) -> Vec<Change> {
    let says = |m: &Member| format!("{} {}% {}", m.name, percent_text(m.work_bp), m.money_fen);
    let mut out = vec![];
    for (n, m) in now.iter().enumerate() {
        let before = was.iter().find(|o| o.uscc == m.uscc).map(says).unwrap_or_default();
        if before != says(m) {
            out.push(Change { path: format!("members.{n}"), before, after: says(m) });
        }
    }
    for m in was.iter().filter(|m| !now.iter().any(|o| o.uscc == m.uscc)) {
        out.push(Change { path: "members".to_owned(), before: says(m), after: String::new() });
    }
    out
}

/// Where two texts of a contract differ, value by value, in the order of their names.
pub fn differences(before: &serde_json::Value, after: &serde_json::Value) -> Vec<Change> {
    let mut out = vec![];
    differ("", before, after, &mut out);
    // Hashes of papers differ with everything and say nothing.
    out.retain(|c| !c.path.starts_with("papers"));
    out
}

fn differ(path: &str, before: &serde_json::Value, after: &serde_json::Value, out: &mut Vec<Change>) {
    use serde_json::Value as V;
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let none = V::Null;
    match (before, after) {
        (V::Object(a), V::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                differ(&under(name), a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none), out);
            }
        }
        (V::Array(a), V::Array(b)) => {
            for n in 0..a.len().max(b.len()) {
                differ(&under(&n.to_string()), a.get(n).unwrap_or(&none), b.get(n).unwrap_or(&none), out);
            }
        }
        _ if before == after => {}
        _ => {
            let says = |v: &V| match v {
                V::Null => String::new(),
                V::String(s) => s.clone(),
                other => other.to_string(),
            };
            out.push(Change { path: path.to_owned(), before: says(before), after: says(after) });
        }
    }
}

/// Members of a consortium sum to the whole, the lead first.
pub fn check_members(k: &Contract, members: &[Member], lead: &Uscc, rules: &RuleSet) -> Result<(), Refusal> {
    let bad = |code: &'static str| Refusal::new(code).at("members");
    ensure(members.first().is_some_and(|m| m.uscc == *lead), "lead_first").map_err(|r| r.at("members"))?;
    let work: i64 = members.iter().map(|m| m.work_bp).sum();
    if work != 10_000 {
        return Err(bad("work_not_100").with("now", percent_text(work)));
    }
    let money = Money::sum(members.iter().map(|m| m.money_fen));
    if money != Some(k.award()) {
        return Err(bad("money_not_total"));
    }
    let small = members.first().is_some_and(|m| m.work_bp < rules.lead_share_least_bp);
    ensure(!small, "lead_share_small").map_err(|r| r.at("members"))?;
    let twice = members.iter().enumerate().any(|(n, m)| members[..n].iter().any(|o| o.uscc == m.uscc));
    ensure(!twice, "member_twice").map_err(|r| r.at("members"))
}
