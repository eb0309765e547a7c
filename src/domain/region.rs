//! Codes of regions (GB/T 2260): six digits, province, prefecture, county. The provinces, and the home province's prefectures,
//! are listed; counties are held against the shape of the code, since their list changes every year.
use super::{Refusal, ensure};

const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46",
    "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];
/// Shanxi has eleven prefectures.
const SHANXI: std::ops::RangeInclusive<u32> = 1..=11;

/// Refuses what can't be the code of a region, at its field.
pub fn check(code: &str) -> Result<(), Refusal> {
    ensure(exists(code), "region_unknown").map_err(|r| r.with("code", code).at("region"))
}

fn exists(code: &str) -> bool {
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let (province, rest) = code.split_at(2);
    let (prefecture, county): (u32, u32) = (rest[..2].parse().unwrap_or(99), rest[2..].parse().unwrap_or(99));
    let prefecture_is = match (province, prefecture) {
        (_, 0) => county == 0,
        ("14", n) => SHANXI.contains(&n),
        (_, n) => n <= 70 || n == 90,
    };
    PROVINCES.contains(&province) && prefecture_is && county <= 89
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_can_be_regions_are_taken() {
        for there in ["141122", "140105", "141100", "110000", "310115", "429005"] {
            assert!(check(there).is_ok(), "{there}");
        }
        for nowhere in ["999999", "000000", "1411", "14112a", "141222", "140001", "160000", "141199", "１４１１２２"] {
            assert_eq!(check(nowhere).unwrap_err().field, Some("region"), "{nowhere}");
        }
    }
}
