//! Codes of fields and industries, as far as the county works with them: the first level of GB/T 13745-2009 and the divisions of
//! GB/T 4754-2017. A finer code counts when it begins with one of these.

/// First-level disciplines: code, Chinese, English.
pub const DISCIPLINES: &[(&str, &str, &str)] = &[
    ("110", "数学", "Mathematics"),
    ("120", "信息科学与系统科学", "Information and system science"),
    ("130", "力学", "Mechanics"),
    ("140", "物理学", "Physics"),
    ("150", "化学", "Chemistry"),
    ("160", "天文学", "Astronomy"),
    ("170", "地球科学", "Earth science"),
    ("180", "生物学", "Biology"),
    ("190", "心理学", "Psychology"),
    ("210", "农学", "Agronomy"),
    ("220", "林学", "Forestry"),
    ("230", "畜牧、兽医科学", "Animal husbandry and veterinary science"),
    ("240", "水产学", "Fisheries science"),
    ("310", "基础医学", "Basic medicine"),
    ("320", "临床医学", "Clinical medicine"),
    ("330", "预防医学与公共卫生学", "Preventive medicine and public health"),
    ("340", "军事医学与特种医学", "Military and special medicine"),
    ("350", "药学", "Pharmacy"),
    ("360", "中医学与中药学", "Chinese medicine and materia medica"),
    ("410", "工程与技术科学基础学科", "Foundations of engineering"),
    ("413", "信息与系统科学相关工程与技术", "Engineering of information and systems"),
    ("416", "自然科学相关工程与技术", "Engineering of the natural sciences"),
    ("420", "测绘科学技术", "Surveying and mapping"),
    ("430", "材料科学", "Materials science"),
    ("440", "矿山工程技术", "Mining engineering"),
    ("450", "冶金工程技术", "Metallurgical engineering"),
    ("460", "机械工程", "Mechanical engineering"),
    ("470", "动力与电气工程", "Power and electrical engineering"),
    ("480", "能源科学技术", "Energy science and technology"),
    ("490", "核科学技术", "Nuclear science and technology"),
    ("510", "电子与通信技术", "Electronics and communication"),
    ("520", "计算机科学技术", "Computer science and technology"),
    ("530", "化学工程", "Chemical engineering"),
    ("535", "产品应用相关工程与技术", "Engineering for product applications"),
    ("540", "纺织科学技术", "Textile science and technology"),
    ("550", "食品科学技术", "Food science and technology"),
    ("560", "土木建筑工程", "Civil engineering"),
    ("570", "水利工程", "Water engineering"),
    ("580", "交通运输工程", "Transport engineering"),
    ("590", "航空、航天科学技术", "Aeronautics and astronautics"),
    ("610", "环境科学技术及资源科学技术", "Environmental and resource science"),
    ("620", "安全科学技术", "Safety science and technology"),
    ("630", "管理学", "Management"),
    ("710", "马克思主义", "Marxism"),
    ("720", "哲学", "Philosophy"),
    ("730", "宗教学", "Religious studies"),
    ("740", "语言学", "Linguistics"),
    ("750", "文学", "Literature"),
    ("760", "艺术学", "Arts"),
    ("770", "历史学", "History"),
    ("780", "考古学", "Archaeology"),
    ("790", "经济学", "Economics"),
    ("810", "政治学", "Political science"),
    ("820", "法学", "Law"),
    ("830", "军事学", "Military science"),
    ("840", "社会学", "Sociology"),
    ("850", "民族学与文化学", "Ethnology and culture"),
    ("860", "新闻学与传播学", "Journalism and communication"),
    ("870", "图书馆、情报与文献学", "Library and information science"),
    ("880", "教育学", "Education"),
    ("890", "体育科学", "Sports science"),
    ("910", "统计学", "Statistics"),
];

/// Divisions of industries: code, Chinese, English.
pub const INDUSTRIES: &[(&str, &str, &str)] = &[
    ("01", "农业", "Agriculture"),
    ("02", "林业", "Forestry"),
    ("03", "畜牧业", "Animal husbandry"),
    ("04", "渔业", "Fishery"),
    ("05", "农、林、牧、渔专业及辅助性活动", "Services to agriculture, forestry, husbandry and fishery"),
    ("06", "煤炭开采和洗选业", "Mining and washing of coal"),
    ("07", "石油和天然气开采业", "Extraction of oil and gas"),
    ("08", "黑色金属矿采选业", "Mining of ferrous metal ores"),
    ("09", "有色金属矿采选业", "Mining of non-ferrous metal ores"),
    ("10", "非金属矿采选业", "Mining of non-metal ores"),
    ("11", "开采专业及辅助性活动", "Services to mining"),
    ("12", "其他采矿业", "Other mining"),
    ("13", "农副食品加工业", "Processing of farm products"),
    ("14", "食品制造业", "Food"),
    ("15", "酒、饮料和精制茶制造业", "Liquor, beverages and tea"),
    ("16", "烟草制品业", "Tobacco"),
    ("17", "纺织业", "Textiles"),
    ("18", "纺织服装、服饰业", "Clothing"),
    ("19", "皮革、毛皮、羽毛及其制品和制鞋业", "Leather, fur, feathers and shoes"),
    ("20", "木材加工和木、竹、藤、棕、草制品业", "Wood, bamboo and straw products"),
    ("21", "家具制造业", "Furniture"),
    ("22", "造纸和纸制品业", "Paper"),
    ("23", "印刷和记录媒介复制业", "Printing"),
    ("24", "文教、工美、体育和娱乐用品制造业", "Articles for culture, crafts and sports"),
    ("25", "石油、煤炭及其他燃料加工业", "Processing of oil, coal and other fuels"),
    ("26", "化学原料和化学制品制造业", "Chemicals"),
    ("27", "医药制造业", "Medicines"),
    ("28", "化学纤维制造业", "Chemical fibres"),
    ("29", "橡胶和塑料制品业", "Rubber and plastics"),
    ("30", "非金属矿物制品业", "Non-metal mineral products"),
    ("31", "黑色金属冶炼和压延加工业", "Smelting and rolling of ferrous metals"),
    ("32", "有色金属冶炼和压延加工业", "Smelting and rolling of non-ferrous metals"),
    ("33", "金属制品业", "Metal products"),
    ("34", "通用设备制造业", "General machinery"),
    ("35", "专用设备制造业", "Special machinery"),
    ("36", "汽车制造业", "Motor vehicles"),
    ("37", "铁路、船舶、航空航天和其他运输设备制造业", "Rail, ships, aerospace and other transport equipment"),
    ("38", "电气机械和器材制造业", "Electrical machinery"),
    ("39", "计算机、通信和其他电子设备制造业", "Computers, communication and electronics"),
    ("40", "仪器仪表制造业", "Instruments"),
    ("41", "其他制造业", "Other manufacturing"),
    ("42", "废弃资源综合利用业", "Use of waste resources"),
    ("43", "金属制品、机械和设备修理业", "Repair of metal products and machinery"),
    ("44", "电力、热力生产和供应业", "Electricity and heat"),
    ("45", "燃气生产和供应业", "Gas"),
    ("46", "水的生产和供应业", "Water"),
    ("47", "房屋建筑业", "Buildings"),
    ("48", "土木工程建筑业", "Civil works"),
    ("49", "建筑安装业", "Installation"),
    ("50", "建筑装饰、装修和其他建筑业", "Decoration and other building"),
    ("51", "批发业", "Wholesale"),
    ("52", "零售业", "Retail"),
    ("53", "铁路运输业", "Railway transport"),
    ("54", "道路运输业", "Road transport"),
    ("55", "水上运输业", "Water transport"),
    ("56", "航空运输业", "Air transport"),
    ("57", "管道运输业", "Pipelines"),
    ("58", "多式联运和运输代理业", "Multimodal transport and agencies"),
    ("59", "装卸搬运和仓储业", "Handling and storage"),
    ("60", "邮政业", "Post"),
    ("61", "住宿业", "Accommodation"),
    ("62", "餐饮业", "Catering"),
    ("63", "电信、广播电视和卫星传输服务", "Telecommunication, broadcasting, satellites"),
    ("64", "互联网和相关服务", "Internet services"),
    ("65", "软件和信息技术服务业", "Software and information technology"),
    ("66", "货币金融服务", "Banking"),
    ("67", "资本市场服务", "Capital markets"),
    ("68", "保险业", "Insurance"),
    ("69", "其他金融业", "Other finance"),
    ("70", "房地产业", "Real estate"),
    ("71", "租赁业", "Leasing"),
    ("72", "商务服务业", "Business services"),
    ("73", "研究和试验发展", "Research and development"),
    ("74", "专业技术服务业", "Technical services"),
    ("75", "科技推广和应用服务业", "Diffusion and use of science"),
    ("76", "水利管理业", "Water management"),
    ("77", "生态保护和环境治理业", "Ecology and environment"),
    ("78", "公共设施管理业", "Public facilities"),
    ("79", "土地管理业", "Land management"),
    ("80", "居民服务业", "Services to households"),
    ("81", "机动车、电子产品和日用产品修理业", "Repair of vehicles and household goods"),
    ("82", "其他服务业", "Other services"),
    ("83", "教育", "Education"),
    ("84", "卫生", "Health"),
    ("85", "社会工作", "Social work"),
    ("86", "新闻和出版业", "News and publishing"),
    ("87", "广播、电视、电影和录音制作业", "Broadcasting, film and sound"),
    ("88", "文化艺术业", "Culture and arts"),
    ("89", "体育", "Sports"),
    ("90", "娱乐业", "Entertainment"),
    ("91", "中国共产党机关", "Organs of the Communist Party"),
    ("92", "国家机构", "Organs of the state"),
    ("93", "人民政协、民主党派", "Political consultation and parties"),
    ("94", "社会保障", "Social security"),
    ("95", "群众团体、社会团体和其他成员组织", "Associations"),
    ("96", "基层群众自治组织及其他组织", "Grassroots self-governing and other organisations"),
    ("97", "国际组织", "International organisations"),
];

/// The codes alone, for choices.
pub const DISCIPLINE_CODES: &[&str] = &[
    "110", "120", "130", "140", "150", "160", "170", "180", "190", "210", "220", "230", "240", "310", "320", "330", "340", "350",
    "360", "410", "413", "416", "420", "430", "440", "450", "460", "470", "480", "490", "510", "520", "530", "535", "540", "550",
    "560", "570", "580", "590", "610", "620", "630", "710", "720", "730", "740", "750", "760", "770", "780", "790", "810", "820",
    "830", "840", "850", "860", "870", "880", "890", "910",
];
/// The codes alone, for choices.
pub const INDUSTRY_CODES: &[&str] = &[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
    "22", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34", "35", "36", "37", "38", "39", "40", "41", "42",
    "43", "44", "45", "46", "47", "48", "49", "50", "51", "52", "53", "54", "55", "56", "57", "58", "59", "60", "61", "62", "63",
    "64", "65", "66", "67", "68", "69", "70", "71", "72", "73", "74", "75", "76", "77", "78", "79", "80", "81", "82", "83", "84",
    "85", "86", "87", "88", "89", "90", "91", "92", "93", "94", "95", "96", "97",
];

type Name = (&'static str, &'static str);

fn named(table: &'static [(&str, &'static str, &'static str)], code: &str, digits: usize, lengths: &[usize]) -> Option<Name> {
    let plain = code.bytes().all(|b| b.is_ascii_digit()) && lengths.contains(&code.len());
    let first = code.get(..digits).filter(|_| plain)?;
    table.iter().find(|(c, ..)| *c == first).map(|(_, zh, en)| (*zh, *en))
}

/// The first-level discipline of a code of three, five or seven digits, in Chinese and English.
pub fn discipline(code: &str) -> Option<Name> {
    named(DISCIPLINES, code, 3, &[3, 5, 7])
}

/// The division of an industry's code of two to four digits, perhaps with the letter of its section before it.
pub fn industry(code: &str) -> Option<Name> {
    let digits = code.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(code);
    named(INDUSTRIES, digits, 2, &[2, 3, 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_at_every_level_and_unknown_ones_do_not() {
        assert_eq!(discipline("530").unwrap().0, "化学工程");
        assert_eq!(discipline("5301110"), discipline("53011"));
        for bad in ["", "53", "5301", "999", "53a", "５３０", "530111"] {
            assert_eq!(discipline(bad), None, "{bad}");
        }
        assert_eq!(industry("C26").unwrap().1, "Chemicals");
        assert_eq!(industry("2614"), industry("26"));
        for bad in ["", "2", "98", "00", "C", "26141", "CC26"] {
            assert_eq!(industry(bad), None, "{bad}");
        }
        assert!(DISCIPLINES.iter().map(|d| d.0).eq(DISCIPLINE_CODES.iter().copied()));
        assert!(INDUSTRIES.iter().map(|d| d.0).eq(INDUSTRY_CODES.iter().copied()));
    }
}
