//! Bids sealed by their teams to keyholders: keys and drills, the roster of a challenge, sealed files taken in, and an opening by
//! two people and two keyholders in which one bad bid stops nobody.
use super::support::*;
use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use jiebang::app::{App, Error};
use jiebang::domain::forms::*;
use jiebang::domain::seal::{Handout, Part, Roster, SealedBy};
use jiebang::domain::*;
use jiebang::outside::seal::{Input, InputFile, PrivateKey, peel, seal_to};
use serde_json::{Value, json};
use std::io::Cursor;
use uuid::Uuid;

pub(super) const HOLDERS: [&str; 3] = ["officer", "supervisor", "finance"];
pub(super) const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// A stage with three keyholders of three bodies, and their private keys, which the platform never sees.
pub(super) struct House {
    pub s: Stage,
    pub keys: Vec<PrivateKey>,
}

impl House {
    pub async fn new() -> Self {
        let (s, mut keys) = (Stage::new().await, vec![]);
        for who in HOLDERS {
            keys.push(PrivateKey::fresh());
            let public = keys[keys.len() - 1].public().to_string();
            let asked = s.app().enrol_keyholder(s.who(who), form(json!({ "public": public }))).await.unwrap();
            s.second(&asked).await;
            s.advance(0);
        }
        Self { s, keys }
    }
    pub async fn drill(&self, n: usize) {
        let who = self.s.who(HOLDERS[n]);
        let answer = self.s.app().ask_drill(who).await.unwrap().answer(&self.keys[n]).unwrap();
        self.s.app().answer_drill(who, form(json!({ "answer": answer }))).await.unwrap();
    }
    pub async fn publish(&self, c: ChallengeId) -> String {
        self.publish_as(c, "keyholders").await
    }
    pub async fn publish_as(&self, c: ChallengeId, sealing: &str) -> String {
        self.publish_to(c, sealing, &HOLDERS).await
    }
    pub async fn publish_to(&self, c: ChallengeId, sealing: &str, holders: &[&str]) -> String {
        let holders: Vec<Value> = holders.iter().map(|who| json!({ "account": self.s.who(who).account })).collect();
        let form = form(json!({ "close_at": self.s.in_days(31).to_string(), "sealing": sealing, "keyholders": holders }));
        told(self.s.app().publish_challenge(self.s.who("officer"), c, form).await)
    }
    pub async fn published(&self) -> ChallengeId {
        self.published_as("keyholders").await
    }
    pub async fn published_as(&self, sealing: &str) -> ChallengeId {
        let c = self.s.to_list_notice("service", need(GOVERNMENT, "single")).await;
        self.s.set_clock(self.s.challenge(c).await.head.due.unwrap());
        for n in 0..3 {
            self.drill(n).await;
        }
        assert_eq!(self.publish_as(c, sealing).await, "ok");
        c
    }
    pub async fn start(&self, c: ChallengeId, who: &str) -> BidId {
        self.s.app().start_bid(self.s.who(who), c, StartBid { note: None }).await.unwrap().id
    }
    /// A sealed file for the bid's next sealing, changed by `twist` first: what a team's machine makes.
    pub async fn sealed(&self, who: &str, b: BidId, offer: &Value, twist: impl FnOnce(&mut seal::Sheet)) -> Vec<u8> {
        self.sealed_with(who, b, offer, ("路线.pdf", PDF), twist).await
    }
    /// The same with another file inside.
    pub async fn sealed_with(
        &self,
        who: &str,
        b: BidId,
        offer: &Value,
        (name, content): (&str, &'static [u8]),
        twist: impl FnOnce(&mut seal::Sheet),
    ) -> Vec<u8> {
        let mut sheet = self.s.app().sealing_sheet(self.s.who(who), b).await.unwrap();
        twist(&mut sheet);
        let offer = Offer::read(offer).unwrap();
        let [a, rest] = offer_parts::split(&offer);
        let file = InputFile {
            field: "attachments".into(),
            name: name.into(),
            kind: "application/pdf".into(),
            size: content.len() as u64,
            content: Box::new(content),
        };
        let inputs =
            [Input { part: Part::A, fields: a, files: vec![] }, Input { part: Part::B, fields: rest, files: vec![file] }];
        let mut to = Cursor::new(vec![]);
        seal_to(&mut to, &sheet.roster, |p| sheet.bound(p), inputs, SealedBy::Team).unwrap();
        to.into_inner()
    }
    pub async fn submit(&self, who: &str, b: BidId, bytes: Vec<u8>) -> String {
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(bytes))]);
        let file = match self.s.app().upload(self.s.who(who), "揭榜书.jb", stream).await {
            Ok(file) => file.id,
            Err(e) => return told::<()>(Err(e)),
        };
        told(self.s.app().seal_bid_by_file(self.s.who(who), b, SealedUpload { file: vec![file], agree: true }).await)
    }
    /// A holder does its part: fetches, peels, answers; how many it opened.
    pub async fn part(&self, c: ChallengeId, n: usize) -> usize {
        self.part_at(self.s.app(), c, n).await
    }
    /// The same on a node of one's choice.
    pub async fn part_at(&self, app: &App, c: ChallengeId, n: usize) -> usize {
        let handout = app.handout(self.s.who(HOLDERS[n]), c).await.unwrap();
        assert!(handout.shares.iter().all(|s| s.holder() == Some(n as u8 + 1)), "only its own");
        let open = |s| peel(&self.keys[n], &handout.roster, &handout.bound(s), s).unwrap();
        let answer = Handout { shares: handout.shares.iter().map(open).collect(), ..handout.clone() };
        app.take_shares(self.s.who(HOLDERS[n]), c, answer).await.unwrap().opened
    }
    pub async fn confirm(&self, c: ChallengeId) -> String {
        told(self.s.app().open_bids(self.s.who("supervisor"), c, plain()).await)
    }
    /// The opening of the first stage begun and witnessed.
    pub async fn begun(&self, c: ChallengeId) {
        self.s.close(c).await;
        self.s.app().begin_opening(self.s.who("officer"), c, plain()).await.unwrap();
        assert_eq!(self.confirm(c).await, "ok");
    }
    pub async fn confirm_price(&self, c: ChallengeId) -> String {
        told(self.s.app().open_price(self.s.who("supervisor"), c, plain()).await)
    }
    /// The second stage by officer, supervisor and these keyholders in their order.
    pub async fn open_price_by(&self, c: ChallengeId, holders: &[usize]) -> String {
        self.s.app().begin_price_opening(self.s.who("officer"), c, plain()).await.unwrap();
        assert_eq!(self.confirm_price(c).await, "ok");
        for n in holders {
            self.part(c, *n).await;
        }
        self.confirm_price(c).await
    }
    pub async fn state(&self, b: BidId) -> (&'static str, Option<String>) {
        let b = self.s.bid(b).await;
        (b.head.state.id(), b.reason)
    }
}

#[tokio::test]
async fn a_roster_is_frozen_from_keys_that_were_proved() {
    let h = House::new().await;
    for who in ["admin", "bidder1", "poster", "expert1"] {
        let public = PrivateKey::fresh().public().to_string();
        let done = h.s.app().enrol_keyholder(h.s.who(who), form(json!({ "public": public }))).await;
        assert_eq!(told(done), "hidden", "{who}");
    }
    let c = h.s.to_list_notice("service", need(GOVERNMENT, "single")).await;
    h.drill(0).await;
    h.drill(1).await;
    h.s.set_clock(h.s.challenge(c).await.head.due.unwrap());
    h.s.advance(31);
    assert_eq!(h.publish(c).await, "keyholder_not_ready", "a drill counts for thirty days");
    let asked = h.s.app().ask_drill(h.s.who("officer")).await.unwrap();
    assert!(asked.answer(&h.keys[1]).is_err());
    let wrong: AnswerDrill = form(json!({ "answer": seal::b64::text([7; 32]) }));
    assert_eq!(told(h.s.app().answer_drill(h.s.who("officer"), wrong).await), "drill_wrong");
    for n in 0..3 {
        h.drill(n).await;
    }
    assert_eq!(h.publish(c).await, "ok");
    let sealing = h.s.challenge(c).await.sealing.unwrap();
    assert_eq!(sealing.roster.hash(), sealing.sha256);
    assert_eq!(
        sealing.roster.holders.iter().map(|x| x.public).collect::<Vec<_>>(),
        h.keys.iter().map(PrivateKey::public).collect::<Vec<_>>()
    );

    // A new key on file changes nothing for what is published.
    let other = PrivateKey::fresh().public().to_string();
    let asked = h.s.app().enrol_keyholder(h.s.who("officer"), form(json!({ "public": other }))).await.unwrap();
    h.s.second(&asked).await;
    assert_eq!(h.s.app().roster_sheet(&Actor::visitor(), c).await.unwrap().roster, sealing.roster);
}

#[tokio::test]
async fn keyholders_are_chosen_of_several_bodies_none_of_them_the_posters() {
    let h = House::new().await;
    let c = h.s.to_list_notice("service", need(GOVERNMENT, "single")).await;
    h.s.set_clock(h.s.challenge(c).await.head.due.unwrap());
    let service = h.s.org("service").to_string();
    h.s.t.person("officer", "keeper", &service, None).await;
    let keeper = h.s.app().recognise(&h.s.t.token("keeper").await).await.unwrap().unwrap().actor();
    for who in [&keeper, h.s.who("officer2")] {
        let key = PrivateKey::fresh();
        let asked = h.s.app().enrol_keyholder(who, form(json!({ "public": key.public().to_string() }))).await.unwrap();
        h.s.second(&asked).await;
        let answer = h.s.app().ask_drill(who).await.unwrap().answer(&key).unwrap();
        h.s.app().answer_drill(who, form(json!({ "answer": answer }))).await.unwrap();
    }
    for n in 0..3 {
        h.drill(n).await;
    }
    let chosen = |accounts: &[AccountId]| -> Publication {
        let rows: Vec<Value> = accounts.iter().map(|account| json!({ "account": account })).collect();
        form(json!({ "close_at": h.s.in_days(31).to_string(), "sealing": "keyholders", "keyholders": rows }))
    };
    let publish = async |accounts: &[AccountId]| told(h.s.app().publish_challenge(h.s.who("officer"), c, chosen(accounts)).await);
    let [officer, supervisor, finance] = HOLDERS.map(|who| h.s.who(who).account);
    assert_eq!(publish(&[officer]).await, "keyholders_too_few");
    assert_eq!(publish(&[officer, h.s.who("officer2").account, supervisor]).await, "keyholders_one_body");
    assert_eq!(publish(&[officer, officer, supervisor]).await, "keyholders_one_body");
    assert_eq!(publish(&[officer, keeper.account, supervisor]).await, "keyholder_of_poster");
    assert_eq!(publish(&[officer, supervisor, h.s.who("head").account]).await, "keyholder_not_ready", "no key on file");
    assert_eq!(publish(&[officer, supervisor, finance]).await, "ok");
    let sealing = h.s.challenge(c).await.sealing.unwrap();
    assert_eq!((sealing.holders, sealing.bodies.len()), (vec![officer, supervisor, finance], 3));
}

#[tokio::test]
async fn a_sealed_file_is_taken_only_whole_for_this_bid_and_in_time() {
    let h = House::new().await;
    let c = h.published().await;
    let (b, offer) = (h.start(c, "bidder1").await, h.s.offer(0, GOVERNMENT));
    assert_eq!(told(h.s.app().seal_bid(h.s.who("bidder1"), b, SealBid { agree: true }).await), "teams_seal");
    assert!(matches!(h.s.app().sealing_sheet(h.s.who("bidder2"), b).await, Err(Error::Denied(_) | Error::Missing)));

    let paper = h.s.upload("bidder1").await;
    let key = h.s.app().attachments(&[paper]).await.unwrap()[0].key.clone();
    let draft = json!({ "route": "只在草稿里", "attachments": [paper] });
    h.s.app().save_bid_draft(h.s.who("bidder1"), b, draft, None).await.unwrap();
    let good = h.sealed("bidder1", b, &offer, |_| {}).await;
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(h.submit("bidder1", b, changed).await, "sealed_file_damaged");
    assert_eq!(h.submit("bidder1", b, good[..good.len() - 1].to_vec()).await, "sealed_file_damaged");
    assert_eq!(h.submit("bidder1", b, [&good[..], b"x"].concat()).await, "sealed_file_damaged");
    assert_eq!(h.submit("bidder1", b, b"JB-SEAL-1\n{}".to_vec()).await, "sealed_file_damaged");
    assert_ne!(h.submit("bidder1", b, PDF.to_vec()).await, "ok", "not a sealed file at all");
    let other = h.sealed("bidder1", b, &offer, |s| s.version = Some(2)).await;
    assert_eq!(h.submit("bidder1", b, other).await, "sealed_for_another_bid");
    let other = h.sealed("bidder1", b, &offer, |s| s.bid = Some(Uuid::new_v4())).await;
    assert_eq!(h.submit("bidder1", b, other).await, "sealed_for_another_bid");
    let stranger = PrivateKey::fresh().public();
    let swap = |s: &mut seal::Sheet| {
        let mut holders = s.roster.holders.clone();
        holders[1].public = stranger;
        s.roster = Roster::new(2, holders).unwrap();
    };
    let other = h.sealed("bidder1", b, &offer, swap).await;
    assert_eq!(h.submit("bidder1", b, other).await, "sealed_to_another_roster");
    assert_eq!(h.state(b).await.0, "draft", "nothing was taken");

    assert_eq!(h.s.app().bid_draft(h.s.who("bidder1"), b).await.unwrap().2["route"], "只在草稿里");
    assert_eq!(h.submit("bidder1", b, good.clone()).await, "ok");
    assert_eq!(h.s.app().bid_draft(h.s.who("bidder1"), b).await.unwrap().2, json!({}), "no draft is left behind");
    assert!(!h.s.t.folder.join("files").join(key).exists(), "nor what was uploaded for it");
    let first = h.s.bid(b).await.seal.unwrap();
    assert_eq!((first.edition, first.by_whom()), (1, "team"));
    h.s.app().replace_bid(h.s.who("bidder1"), b, plain()).await.unwrap();
    assert_eq!(h.submit("bidder1", b, good).await, "sealed_for_another_bid", "an old sealing does not come back");
    let again = h.sealed("bidder1", b, &offer, |_| {}).await;
    assert_eq!(h.submit("bidder1", b, again).await, "ok");
    assert_eq!(h.s.bid(b).await.seal.unwrap().edition, 2);

    let late = h.start(c, "bidder2").await;
    let file = h.sealed("bidder2", late, &h.s.offer(1, GOVERNMENT), |_| {}).await;
    h.s.close(c).await;
    assert_eq!(h.submit("bidder2", late, file).await, "bidding_closed");
}

#[tokio::test]
async fn two_people_and_two_keyholders_open_and_one_bad_bid_stops_nobody() {
    let h = House::new().await;
    let c = h.published().await;
    let canary = format!("金丝雀{}", Uuid::new_v4().simple());
    let mut bids = vec![];
    for (n, who) in ["bidder1", "bidder2", "bidder3"].into_iter().enumerate() {
        let mut offer = h.s.offer(n, GOVERNMENT);
        for field in ["understanding", "route", "team_text", "estimate_note"] {
            offer[field] = json!(format!("{canary}{}", offer[field].as_str().unwrap()));
        }
        if n == 2 {
            // More than the county pays: the page would have refused it, a sealed file can't be looked into.
            offer["county_fen"] = json!(900_000_000_i64);
            offer["members"][0]["money_fen"] = json!(900_000_000_i64 + offer["enterprise_fen"].as_i64().unwrap_or(0));
        }
        let b = h.start(c, who).await;
        let file = h.sealed(who, b, &offer, |_| {}).await;
        assert_eq!(h.submit(who, b, file).await, "ok", "{who}");
        bids.push(b);
    }
    assert_eq!(h.confirm(c).await, "still_sealed");
    assert_eq!(told(h.s.app().handout(h.s.who("officer"), c).await), "handout_too_early");
    assert_eq!(found(&h, &canary), Vec::<String>::new());

    h.s.close(c).await;
    assert_eq!(told(h.s.app().handout(h.s.who("officer"), c).await), "handout_too_early");
    h.s.app().begin_opening(h.s.who("officer"), c, plain()).await.unwrap();
    assert_eq!(told(h.s.app().handout(h.s.who("officer"), c).await), "handout_too_early", "one person is not enough");
    assert_eq!(h.confirm(c).await, "ok");
    assert!(h.s.challenge(c).await.opened_at.is_none(), "presence alone opens nothing");
    assert_eq!(h.confirm(c).await, "keys_missing");
    assert_eq!(told(h.s.app().handout(h.s.who("head"), c).await), "hidden", "not a keyholder");

    assert_eq!(h.part(c, 2).await, 0, "the third waits in every quorum for one before it");
    assert_eq!(h.part(c, 0).await, 6, "two quorums, one envelope, three bids");
    assert_eq!(h.confirm(c).await, "keys_missing", "one keyholder opens nothing");
    assert_eq!(found(&h, &canary), Vec::<String>::new());
    spoil(&h, bids[1], Part::A).await;
    assert_eq!(h.part(c, 2).await, 3);
    assert_eq!(h.confirm(c).await, "ok");

    assert_eq!(h.state(bids[0]).await, ("opened", None));
    assert_eq!(h.state(bids[1]).await, ("form_rejected", Some("seal_changed_item".into())));
    assert_eq!(h.state(bids[2]).await, ("opened", None), "its price is not known yet");
    assert_eq!(h.s.challenge(c).await.opened_bids, Some(2));
    let read = async || {
        let (case, b) = h.s.app().bid(h.s.who("officer"), bids[0]).await.unwrap();
        (h.s.app().offer(h.s.who("officer"), &b, &case).await.unwrap().unwrap(), b)
    };
    let (offer, b) = read().await;
    assert!(offer.json()["route"].as_str().unwrap().starts_with(&canary) && offer.whole().is_none() && b.price_fen.is_none());
    assert_ne!(h.confirm(c).await, "ok", "once");
    assert_eq!(found(&h, "路线.pdf"), Vec::<String>::new(), "no file of part B exists");

    h.s.to_blind_locked(c, &[bids[0], bids[2]]).await;
    assert_eq!(h.open_price_by(c, &[0, 1]).await, "ok");
    let (state, why) = h.state(bids[2]).await;
    assert!(state == "form_rejected" && why.unwrap().contains("over_"), "what a form would have refused");
    let (offer, b) = read().await;
    let offer = offer.whole().unwrap();
    assert!(offer.team_text.starts_with(&canary) && b.price_fen == offer.award());
    let file = h.s.app().attachment(h.s.who("officer"), offer.attachments[0]).await.unwrap();
    assert_eq!((file.name.as_str(), file.size), ("路线.pdf", PDF.len() as i64));
}

/// A byte of one part of a stored sealed file turns over.
pub(super) async fn spoil(h: &House, b: BidId, part: Part) {
    let sealed = h.s.bid(b).await.seal.unwrap().sealed.unwrap();
    let key = h.s.app().attachments(&[sealed.file]).await.unwrap()[0].key.clone();
    let path = h.s.t.folder.join("files").join(key);
    let mut bytes = std::fs::read(&path).unwrap();
    let front: usize = 10 + sealed.envelopes.iter().map(|e| 4 + e.bytes().len()).sum::<usize>();
    let before = if part == Part::B { sealed.envelopes[0].size() as usize } else { 0 };
    bytes[front + before + 100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
}

/// Files under the platform's folder (database, its log, attachments) in which a text lies: as it is, in UTF-16, in base64 at
/// any of its three alignments.
pub(super) fn found(h: &House, text: &str) -> Vec<String> {
    let mut forms = vec![text.as_bytes().to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()];
    for shift in 0..3 {
        let coded = BASE64_STANDARD_NO_PAD.encode([vec![0; shift], text.as_bytes().to_vec()].concat());
        forms.push(coded.as_bytes()[4..coded.len() - 4].to_vec());
    }
    let (mut hits, mut folders) = (vec![], vec![h.s.t.folder.clone()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            if forms.iter().any(|f| bytes.windows(f.len()).any(|w| w == f)) {
                hits.push(path.display().to_string());
            }
        }
    }
    hits
}

#[test]
fn the_search_for_planted_words_finds_them() {
    for text in ["金丝雀0123456789abcdef", "金丝雀0123456789abcdeg"] {
        for shift in 0..3 {
            let coded = BASE64_STANDARD_NO_PAD.encode([vec![7; shift], text.as_bytes().to_vec(), vec![9; 5]].concat());
            let own = BASE64_STANDARD_NO_PAD.encode([vec![0; shift], text.as_bytes().to_vec()].concat());
            assert!(coded.contains(&own[4..own.len() - 4]), "{text} {shift}");
        }
    }
}

#[tokio::test]
async fn a_bid_is_confirmed_after_a_material_amendment_or_is_out() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 3).await;
    let app = s.app();
    let turns = |b: BidId| async move { app.turns_of(b.0).await.unwrap().into_iter().map(|w| w.turn.what).collect::<Vec<_>>() };
    assert_eq!(told(s.app().confirm_bid(s.who("bidder1"), bids[0], plain()).await), "confirmed_already");
    let mut need = s.challenge(c).await.need.unwrap();
    need.scope.push_str("取气点设在洗脱苯工序之后。");
    let wording = Amendment { need: need.clone(), reason: "补充说明，不改变指标。".into(), close_at: None };
    s.app().amend_challenge(s.who("officer"), c, wording).await.unwrap();
    assert_eq!(turns(bids[0]).await, Vec::<String>::new(), "wording asks for nothing");
    need.period_months += 1;
    let material = Amendment { need, reason: "延长周期一个月。".into(), close_at: None };
    s.app().amend_challenge(s.who("officer"), c, material).await.unwrap();
    for b in &bids {
        assert_eq!(turns(*b).await, ["bid.confirmation"], "each team is warned");
    }
    s.app().confirm_bid(s.who("bidder1"), bids[0], plain()).await.unwrap();
    assert_eq!(turns(bids[0]).await, Vec::<String>::new());
    s.app().replace_bid(s.who("bidder2"), bids[1], plain()).await.unwrap();
    s.app().seal_bid(s.who("bidder2"), bids[1], SealBid { agree: true }).await.unwrap();
    s.open(c).await;
    let mut states = vec![];
    for b in bids {
        let b = s.bid(b).await;
        states.push((b.head.state.id(), b.reason));
    }
    assert_eq!(states, [("opened", None), ("opened", None), ("expired", Some("not_confirmed".to_owned()))]);
}
