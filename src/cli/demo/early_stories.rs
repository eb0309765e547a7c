//! The stories of needs that are being written, screened and argued.
use super::county::{County, typed};
use super::story::{Idea, Story};
use super::timeline::Told;
use serde_json::{Value, json};

/// The same text with another title, and words replaced: one firm's needs resemble each other.
pub fn cloned<'a>(idea: Idea<'a>, title: &str, words: &[(&str, &str)]) -> Idea<'a> {
    let mut text = idea.raw.to_string();
    for (old, new) in words {
        text = text.replace(old, new);
    }
    let raw: Value = serde_json::from_str(&text).expect("words were replaced by words");
    Idea { raw, org: idea.org }.with(json!({ "title": title }))
}

/// Submitted: waits for the screening.
pub async fn submitted(county: &County) -> Told<()> {
    let s = Story::of(county, 1);
    let idea = cloned(s.idea("D06"), "石英管热历史控制与表面析晶抑制技术", &[]);
    let id = s.write(&idea, s.ago(1)).await?;
    s.submit(id, idea.org).await
}

/// Returned with a note at each field.
pub async fn returned(county: &County) -> Told<()> {
    let s = Story::of(county, 2);
    let idea = cloned(s.idea("D12"), "焦炉炉门刀边智能清扫与密封监测装备", &[]);
    let id = s.write(&idea, s.ago(5)).await?;
    s.submit(id, idea.org).await?;
    s.days(3, 11, 5).await?;
    let notes = json!({ "notes": [
        { "field": "indicators", "note": "“无人化作业率”请写明统计口径：按班次还是按炉次，停产检修时间是否扣除。" },
        { "field": "funds_proof", "note": "董事会决议缺第二页，请重新上传完整扫描件。" },
        { "field": "tried_and_failed", "note": "与本公司在榜的四大车无人化需求有重叠，请说明两者的边界。" },
    ] });
    county.app.return_challenge(s.person("officer"), id, typed(notes)?).await?;
    Ok(())
}

/// Argued by experts.
pub async fn in_appraisal(county: &County) -> Told<()> {
    let s = Story::of(county, 3);
    let idea = cloned(s.idea("D09"), "L-异亮氨酸高产菌株与低盐分离耦合工艺", &[("缬氨酸", "异亮氨酸")]);
    let id = s.write(&idea, s.ago(6)).await?;
    s.submit(id, idea.org).await?;
    s.screen(id).await
}

/// On the public list, not yet open for bids.
pub async fn in_list_notice(county: &County) -> Told<()> {
    let s = Story::of(county, 4);
    let idea = cloned(s.idea("D08"), "铸造除尘灰与旧砂协同资源化利用技术", &[]);
    let id = s.write(&idea, s.ago(11)).await?;
    s.submit(id, idea.org).await?;
    s.screen(id).await?;
    s.appraise(id).await?;
    s.approve(id).await
}
