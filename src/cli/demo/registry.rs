//! Legal persons made up for the demo: experts' units, with credit codes whose check characters hold.
use crate::domain::Uscc;
use serde_json::{Value, json};

/// An expert's unit as it registers: a legal person with a credit code of its own.
pub fn unit(name: &str, region_name: &str, n: usize) -> Value {
    let (class, kind) = match name {
        u if u.contains("大学") => ("12", "university"),
        u if u.contains("研究") => ("12", "institute"),
        u if u.contains("协会") || u.contains("学会") => ("51", "other"),
        _ => ("91", "enterprise"),
    };
    let region = region_code(region_name);
    json!({
        "uscc": credit_code(class, region, 2_000 + n), "name": name, "kind": kind, "region": region, "address": format!("{region_name}示范路 {} 号", n + 1),
        "legal_representative": "示例代表", "bank_name": "示例银行营业部", "bank_account": format!("6200{:012}", 7_700_000 + n),
    })
}

/// A code of GB 32100 whose check characters hold, for an organisation that does not exist.
fn credit_code(class: &str, region: &str, n: usize) -> String {
    const WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let own = format!("5500{n:04}");
    let sum: usize = own.bytes().zip(WEIGHTS).map(|(d, w)| usize::from(d - b'0') * w).sum();
    let check = match 11 - sum % 11 {
        10 => "X".to_owned(),
        11 => "0".to_owned(),
        c => c.to_string(),
    };
    let body = format!("{class}{region}{own}{check}");
    let whole = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().map(|c| format!("{body}{c}")).find(|code| code.parse::<Uscc>().is_ok());
    whole.expect("one of the 31 characters is the right one")
}

/// Province level of GB/T 2260 is enough for an expert's unit.
fn region_code(region: &str) -> &'static str {
    const CODES: &[(&str, &str)] = &[
        ("北京", "110000"),
        ("天津", "120000"),
        ("河北", "130000"),
        ("山西", "140000"),
        ("内蒙古", "150000"),
        ("辽宁", "210000"),
        ("吉林", "220000"),
        ("黑龙江", "230000"),
        ("上海", "310000"),
        ("江苏", "320000"),
        ("浙江", "330000"),
        ("安徽", "340000"),
        ("福建", "350000"),
        ("江西", "360000"),
        ("山东", "370000"),
        ("河南", "410000"),
        ("湖北", "420000"),
        ("湖南", "430000"),
        ("广东", "440000"),
        ("广西", "450000"),
        ("海南", "460000"),
        ("重庆", "500000"),
        ("四川", "510000"),
        ("贵州", "520000"),
        ("云南", "530000"),
        ("西藏", "540000"),
        ("陕西", "610000"),
        ("甘肃", "620000"),
        ("青海", "630000"),
        ("宁夏", "640000"),
        ("新疆", "650000"),
    ];
    CODES.iter().find(|(name, _)| region.starts_with(name)).map_or("100000", |(_, code)| code)
}
