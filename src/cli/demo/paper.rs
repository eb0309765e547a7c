//! Papers to attach: small PDF files of one page.

/// One page with a title, in a font that readers bring along; where one does not, the line in Latin letters is left.
pub fn pdf(title: &str) -> Vec<u8> {
    let hex = |s: &str| s.encode_utf16().map(|unit| format!("{unit:04X}")).collect::<String>();
    let show = |size: u32, y: u32, s: &str| format!("BT /F {size} Tf 72 {y} Td <{}> Tj ET\n", hex(s));
    let latin = "BT /L 10 Tf 72 680 Td (Demo document: its contents are invented.) Tj ET\n";
    let page = show(18, 740, title) + &show(11, 700, "演示文件，内容为虚构，仅用于说明办理过程。") + latin;
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R/L 8 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>\nstream\n{page}endstream", page.len()),
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000\
         /FontDescriptor 7 0 R>>"
            .to_owned(),
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120\
         /CapHeight 880/StemV 93>>"
            .to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = vec![];
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    let table = out.len();
    out += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in &places {
        out += &format!("{place:010} 00000 n \n");
    }
    out += &format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}

/// The members of the bureau's meeting, all for it.
pub fn roll() -> serde_json::Value {
    let member = |(name, post): &(&str, &str)| serde_json::json!({ "name": name, "post": post, "vote": "for" });
    ROLL.iter().map(member).collect()
}

const ROLL: &[(&str, &str)] = &[
    ("示例成员甲", "党组书记、局长"),
    ("示例成员乙", "党组成员、副局长"),
    ("示例成员丙", "党组成员、副局长"),
    ("示例成员丁", "党组成员、总工程师"),
    ("示例成员戊", "党组成员、办公室主任"),
];
