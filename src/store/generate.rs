//! Rows in bulk for benchmarks, from a seed: challenges with long Chinese texts, as published, with their turns and events'
//! worth of columns. Not a way to make real data: the record stays empty.
pub mod ledger;

use super::noun::Stored;
use super::*;
use crate::domain::{
    AccountId, Attendance, Challenge, ChallengeId, ChallengeState, Minutes, Moment, Money, Need, OrgId, clock, demo_need,
};
use entity::challenge;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, TransactionTrait};

/// A small generator with a seed (splitmix64): the same data for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

const SUBJECTS: &[&str] =
    &["焦炉煤气", "高铝玻璃", "球墨铸铁", "缬氨酸", "熔盐储热", "针状焦", "脱硝催化剂", "石英管", "酚氰废水", "四大车"];
const ASPECTS: &[&str] =
    &["深度净化", "低温韧性", "连续成形", "分离耦合", "无人对位", "协同回收", "气泡控制", "减量处理", "腐蚀控制", "缺陷识别"];
const KINDS: &[&str] = &["关键技术研究", "中试验证", "装备研制", "工艺优化与示范", "成果转化"];

/// Writes `n` published challenges, 500 to a transaction.
pub async fn challenges(db: &Db, n: u64, seed: u64, progress: &(dyn Fn(u64) + Sync)) -> Result<()> {
    let mut dice = Dice(seed);
    let now = clock::wall();
    let calendar = calendar::load(db).await?;
    let m = Moment { now, calendar: std::sync::Arc::new(calendar) };
    let orgs: Vec<OrgId> = (0..50).map(|_| OrgId(clock::ordered_id())).collect();
    let mut done = 0;
    while done < n {
        let batch = (n - done).min(500);
        let tx = db.0.begin().await?;
        let rows: Vec<challenge::ActiveModel> =
            (0..batch).map(|k| row(&mut dice, done + k, &orgs, &m).into_active_model().reset_all()).collect();
        for part in rows.chunks(100) {
            challenge::Entity::insert_many(part.to_vec()).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        done += batch;
        progress(done);
    }
    Ok(())
}

fn row(dice: &mut Dice, n: u64, orgs: &[OrgId], m: &Moment) -> challenge::Model {
    let pick = |dice: &mut Dice, from: &[&str]| from[usize::try_from(dice.roll(from.len() as u64)).unwrap_or(0)].to_owned();
    let title = format!("{}{}{}（{}）", pick(dice, SUBJECTS), pick(dice, ASPECTS), pick(dice, KINDS), n + 1);
    let org = orgs[usize::try_from(dice.roll(50)).unwrap_or(0)];
    let mut c = Challenge::create(ChallengeId(clock::ordered_id()), org, AccountId(Uuid::nil()), title.clone(), m);
    let need: Need = demo_need(&title, Money::wan(i64::try_from(100 + dice.roll(400)).unwrap_or(100)));
    let age = jiff::SignedDuration::from_secs(i64::try_from(n * 60).unwrap_or(0));
    c.need = Some(need);
    c.shown_name = Some(format!("交城县示例企业{}（示例）", dice.roll(50)));
    c.listing = Some(Minutes {
        number: "示例".into(),
        held_on: "2026-01-05".into(),
        attendance: Attendance::Told("示例".into()),
        subject: None,
    });
    c.number = Some(format!("JC-G-{n:06}"));
    c.published_at = Some(m.now - age);
    c.close_at = Some(m.now + jiff::SignedDuration::from_hours(24 * i64::try_from(dice.roll(60)).unwrap_or(0)));
    c.head.state = if dice.roll(4) == 0 { ChallengeState::InProgress } else { ChallengeState::Published };
    c.row()
}
