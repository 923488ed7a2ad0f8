//! Names in other scripts than the Latin: by what people are called with, and by the commonest names.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::fold;
use super::found::{Found, Kind};
use super::view::View;

/// Family names of one sign with which a Chinese name begins.
const CHINESE: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦方邹熊孟秦江薛侯雷張劉陳楊黃趙吳孫馬鄭謝許馮鄧蕭葉蘇盧鍾譚陸";
const CHINESE_TITLES: &str =
    "先生 女士 小姐 经理 老师 医生 主任 同学 工程师 总监 教授 博士 律师 師傅 师傅 經理 老師 醫生 阿姨 叔叔 总";
const CHINESE_BEFORE: &str =
    "请问 告诉 联系 请找 找 问 你好 您好 感谢 谢谢 同事 经理 是 叫 叫做 通知 请 和 跟 给 转告 抄送";
const CHINESE_BEHIND: &str =
    "说 問 问 写 覺得 觉得 告诉 来 先生 已经 今天 明天 昨天 负责 请假 提到 表示 认为 你好 您好";
const CHINESE_KNOWN: &str = "王伟 王芳 王静 王磊 王强 王丽 王敏 李伟 李娜 李静 李强 李明 李军 李丽 李敏 张伟 张敏 张静 张丽 张强 张磊 张洋 张勇 刘伟 刘洋 \
    刘芳 刘静 刘敏 刘强 陈静 陈伟 陈杰 陈明 陈芳 杨洋 杨帆 杨丽 杨静 赵静 赵敏 赵磊 黄敏 黄伟 周杰 周敏 吴磊 吴敏 徐静 孙丽 林志明 王小明 李小龙 张三 李四 \
    小明 小红 小芳 小丽 小军";
const JAPANESE_TITLES: &str = "さん さま 様 くん ちゃん 氏 部長 課長 社長 係長";
/// Who is called so and is nobody in particular.
const JAPANESE_NOBODY: &str = "皆 お客 皆様 お医者 神 患者 業者 お子 奥 お母 お父 母 父 兄 姉 店員 担当 貴 各 王 仏 同 彼 客 社員 看護師 大家 お疲れ ご苦労 王";
const JAPANESE_KNOWN: &str = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 清水 斎藤 太郎 花子 健太 美咲 翔太 陽菜 さくら";
const KOREAN: &str = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도석선설마길연위표명기반왕금옥육인맹제모";
const KOREAN_KNOWN: &str = "김민수 김지영 김철수 김영희 이민호 이지은 이영희 박지성 박지훈 박서준 최민수 최지우 정우성 강민호 조현우 민수 지영 철수 영희 지훈 서연 민준 지우 수진";
const KOREAN_NOBODY: &str = "고객 손님 선생 부모 사장 부장 과장 팀장 대표 여러분 어머 아버 하나 주인 기사";
const ARABIC: &str = "محمد احمد أحمد محمود مصطفى علي حسن حسين عمر عثمان خالد يوسف ابراهيم إبراهيم عبدالله عبدالرحمن سعيد سالم طارق كريم سمير ياسر هشام وليد \
    فهد ماجد ناصر بلال زياد رامي سامي فاطمة عائشة مريم زينب خديجة سارة ليلى نور هند سلمى ياسمين رانيا منى هدى أمينة نادية سميرة";
const ARABIC_TITLES: &str =
    "السيد السيدة الدكتور الدكتورة دكتور دكتورة الأستاذ الأستاذة أستاذ أستاذة المهندس المهندسة الآنسة اسمي";
const HEBREW: &str = "דוד משה יוסף יעקב אברהם יצחק שלמה דניאל מיכאל אבי יוסי איתן נועם עומר איתי אורי גיא רון אלון ערן עידו תומר שרה רחל לאה רבקה מרים אסתר רות מיכל נועה \
    שירה תמר יעל דנה הילה ענת אורית רונית";
const HEBREW_TITLES: &str = "מר גב גברת דר פרופ אדון שמי";
const CYRILLIC: &str = "александр алексей анатолий андрей антон артем борис вадим валентин валерий василий виктор виталий владимир вячеслав геннадий георгий григорий денис \
    дмитрий евгений егор иван игорь илья кирилл константин леонид максим михаил никита николай олег павел петр роман руслан сергей станислав степан тимур федор юрий \
    ярослав анна анастасия алина валентина галина дарья екатерина елена елизавета ирина ксения лариса людмила маргарита марина мария надежда наталья наталия \
    оксана ольга полина светлана софия татьяна юлия яна саша маша наташа катя лена оля таня юля даша настя аня ваня петя коля миша дима сережа леша паша вова костя \
    олександр олексій андрій дмитро сергій микола володимир іван юрій тарас богдан олена ганна оксана катерина наталія марія ірина соломія георги димитър стоян милан \
    драган јелена милица јован";
const CYRILLIC_WORDS: &str = "роман надежда";
const CYRILLIC_TITLES: &str = "господин госпожа доктор профессор г-н г-жа пан пані зовут";
const CYRILLIC_FAMILY: &str = "ов ова ову овым овой ев ева еву евым евой ёв ёва ин ина ину иным иной ын ына ский ская скую ского ской ским цкий цкая енко чук юк ич ян дзе швили ук ко";
const CYRILLIC_FATHER: &str = "ович евич овна евна овичем евичем овичу евичу овной евной ович ївна івна йович";
const CYRILLIC_ENDS: &str = "а я у ю ом ем ём ой ей е и ы і ею єю ію";
const GREEK: &str = "γιώργος γιάννης κώστας δημήτρης νίκος παναγιώτης βασίλης χρήστος αθανάσιος μιχάλης σπύρος θανάσης αντώνης ανδρέας στέλιος πέτρος αλέξανδρος μανώλης \
    μαρία ελένη αικατερίνη κατερίνα βασιλική σοφία άννα αγγελική γεωργία ευαγγελία ιωάννα δήμητρα χριστίνα ειρήνη παναγιώτα δέσποινα αναστασία";
const GREEK_TITLES: &str = "κύριος κύριε κυρία κύριο κυρίου κ κα δρ";
const HINDI: &str = "राहुल अमित राज प्रिया अंजलि संजय विजय सुनीता अनिल सुनील रमेश सुरेश नेहा पूजा कविता रवि मोहन सीता गीता दीपक";
const HINDI_TITLES: &str = "श्री श्रीमती डॉ सुश्री";
const THAI_TITLES: &str = "คุณ นาย นาง นางสาว";
const THAI: &str = "สมชาย สมศรี สมหญิง ประยุทธ์ วิชัย มาลี อนงค์ ณัฐ พลอย";

struct Lists {
    chinese_known: Vec<&'static str>,
    words: HashSet<String>,
    titles: HashSet<String>,
    cyrillic: HashSet<String>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let set = |lists: &[&str]| lists.iter().flat_map(|list| list.split_whitespace()).map(fold).collect();
    Lists {
        chinese_known: CHINESE_KNOWN.split_whitespace().chain(JAPANESE_KNOWN.split_whitespace()).collect(),
        words: set(&[ARABIC, HEBREW, HINDI, KOREAN_KNOWN]),
        titles: set(&[ARABIC_TITLES, HEBREW_TITLES, CYRILLIC_TITLES, GREEK_TITLES, HINDI_TITLES]),
        cyrillic: set(&[CYRILLIC, GREEK]),
    }
});

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    if view.text.is_ascii() {
        return;
    }
    let note = |found: &mut Vec<Found>, start: usize, end: usize| {
        found.push(Found { value: fold(&view.text[start..end]), start, end, kind: Kind::Person });
    };
    let mut at = 0;
    while at < view.words.len() {
        let last = if has_case_apart(&view.words[at].folded) { run(view, at) } else { None };
        match last {
            Some((start, end, last)) => {
                note(found, start, end);
                at = last + 1;
            }
            None => {
                glued(view, at, found, note);
                at += 1;
            }
        }
    }
}

/// Scripts whose words stand apart: Greek, Cyrillic, Hebrew, Arabic, Devanagari.
fn has_case_apart(word: &str) -> bool {
    word.chars()
        .next()
        .is_some_and(|first| matches!(first, '\u{370}'..='\u{77f}' | '\u{900}'..='\u{97f}' | '\u{1f00}'..='\u{1fff}'))
}

/// The bytes and the last word of a name that begins with this word.
fn run(view: &View<'_>, at: usize) -> Option<(usize, usize, usize)> {
    let word = &view.words[at];
    let titled = view.before(at).is_some_and(|before| LISTS.titles.contains(&before.folded))
        && matches!(view.gap_before(at), " " | ". " | "' " | "׳ " | " \"" | ".");
    let (known, skip) = known(view, at);
    let named = view.text[word.start..].starts_with(char::is_uppercase);
    let caseless =
        !view.text[word.start..word.end].chars().any(|letter| letter.is_lowercase() || letter.is_uppercase());
    if !(known || titled && (named || caseless)) || LISTS.titles.contains(&word.folded) {
        return None;
    }
    let mut first = at;
    // "Петров Иван": the family name before the given one.
    if let Some(before) = at.checked_sub(1)
        && view.gap(before) == " "
        && is_cyrillic_family(view, before)
    {
        first = before;
    }
    let mut last = at;
    while last < at + 3 && view.gap(last) == " " && goes_on(view, last + 1) {
        last += 1;
    }
    let start = if first < at { view.words[first].start } else { word.start + skip };
    Some((start, view.words[last].end, last))
}

/// Whether a word is a name, in whatever case it stands, and how many bytes of it ("and", "to") come before the name.
fn known(view: &View<'_>, at: usize) -> (bool, usize) {
    let word = &view.words[at];
    let folded = word.folded.as_str();
    let great = view.text[word.start..].starts_with(char::is_uppercase);
    if LISTS.words.contains(folded) {
        return (true, 0);
    }
    // Arabic and Hebrew write "and", "to" and "by" on to the word.
    let mut letters = folded.chars();
    if let Some(first) = letters.next()
        && matches!(first, 'و' | 'ل' | 'ب' | 'ו' | 'ל' | 'ש' | 'ב' | 'מ' | 'ה')
        && letters.as_str().chars().count() >= 3
        && LISTS.words.contains(letters.as_str())
    {
        return (true, first.len_utf8());
    }
    let small_word = CYRILLIC_WORDS.split(' ').any(|known| known == folded);
    let is_name = declined(folded) && (great || !small_word);
    let father = great && is_father(folded);
    ((is_name && !(small_word && word.opens)) || father, 0)
}

/// A Cyrillic or Greek name in one of its cases.
fn declined(folded: &str) -> bool {
    let list = &LISTS.cyrillic;
    if list.contains(folded) {
        return true;
    }
    if folded.chars().next().is_some_and(|first| first < '\u{400}') {
        // Greek: "Γιώργο", "Μαρίας".
        return list.contains(&format!("{folded}σ"))
            || folded.strip_suffix('σ').is_some_and(|stem| list.contains(stem));
    }
    CYRILLIC_ENDS.split(' ').filter_map(|end| folded.strip_suffix(end)).any(|stem| {
        let enough = stem.chars().count() >= 3;
        enough && ["", "а", "я", "й", "ь", "ия", "ья"].iter().any(|end| list.contains(&format!("{stem}{end}")))
    })
}

fn is_father(folded: &str) -> bool {
    folded.chars().count() >= 7 && CYRILLIC_FATHER.split(' ').any(|end| folded.ends_with(end))
}

fn is_cyrillic_family(view: &View<'_>, at: usize) -> bool {
    let word = &view.words[at];
    let great = view.text[word.start..].starts_with(char::is_uppercase);
    great && word.folded.chars().count() >= 5 && CYRILLIC_FAMILY.split(' ').any(|end| word.folded.ends_with(end))
}

fn goes_on(view: &View<'_>, at: usize) -> bool {
    let Some(word) = view.word(at) else { return false };
    let great = view.text[word.start..].starts_with(char::is_uppercase);
    great && has_case_apart(&word.folded) && !LISTS.titles.contains(&word.folded) || LISTS.words.contains(&word.folded)
}

/// Chinese, Japanese, Korean and Thai: names stand within what has no blanks.
fn glued(view: &View<'_>, at: usize, found: &mut Vec<Found>, note: impl Fn(&mut Vec<Found>, usize, usize)) {
    let word = &view.words[at];
    let text = &view.text[word.start..word.full_end];
    if text.is_ascii() {
        return;
    }
    let kana = text.contains(|letter| matches!(letter, '\u{3040}'..='\u{309f}'));
    let mut from = 0;
    while let Some(letter) = text[from..].chars().next() {
        let place = match letter {
            '\u{4e00}'..='\u{9fff}' | '\u{3040}'..='\u{30ff}' | '々' => eastern(text, from, kana),
            '\u{ac00}'..='\u{d7a3}' if from == 0 => korean(view, at).map(|end| (0, end)),
            '\u{e00}'..='\u{e7f}' => thai(text, from),
            _ => None,
        };
        if let Some((start, end)) = place {
            note(found, word.start + start, word.start + end);
            from = end;
        } else {
            from += letter.len_utf8();
        }
    }
}

fn eastern(text: &str, from: usize, kana: bool) -> Option<(usize, usize)> {
    let rest = &text[from..];
    if let Some(known) =
        LISTS.chinese_known.iter().filter(|known| rest.starts_with(**known)).max_by_key(|known| known.len())
    {
        // "佐藤太郎": a known family name and a known given name.
        let more = LISTS
            .chinese_known
            .iter()
            .find(|next| rest[known.len()..].starts_with(**next))
            .map_or(0, |next| next.len());
        return Some((from, from + known.len() + more));
    }
    chinese(text, from).or_else(|| japanese(text, from, kana))
}

fn chinese(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let first = rest.chars().next().filter(|first| CHINESE.contains(*first))?;
    let before = &text[..from];
    let told = before.is_empty() || CHINESE_BEFORE.split(' ').any(|word| before.ends_with(word));
    let is_sign = |letter: char| matches!(letter, '\u{4e00}'..='\u{9fff}');
    let mut end = first.len_utf8();
    for given in 0..=2 {
        let behind = &rest[end..];
        let titled = starts_with_one_of(behind, CHINESE_TITLES);
        if titled && (told || given > 0 || !before.ends_with(is_sign)) {
            return Some((from, from + end));
        }
        let told_before = !before.is_empty() && told;
        if given == 2 && told && starts_with_one_of(behind, CHINESE_BEHIND)
            || given > 0 && told_before && behind.is_empty()
        {
            return Some((from, from + end));
        }
        end += behind.chars().next().filter(|letter| is_sign(*letter))?.len_utf8();
    }
    None
}

/// `kana`: whether the text has letters that only Japanese has.
fn japanese(text: &str, from: usize, kana: bool) -> Option<(usize, usize)> {
    let joins = |letter: char| matches!(letter, '\u{4e00}'..='\u{9fff}' | '\u{30a0}'..='\u{30ff}' | '々');
    if text[..from].chars().next_back().is_some_and(joins) {
        return None;
    }
    let rest = &text[from..];
    for (place, _) in rest.char_indices().skip(1).take(8) {
        if !rest[..place].chars().all(joins) {
            return None;
        }
        // Two titles are Chinese words as well: only where there is kana.
        if starts_with_one_of(&rest[place..], JAPANESE_TITLES) || starts_with_one_of(&rest[place..], "先生 君") && kana
        {
            let nobody = JAPANESE_NOBODY.split(' ').any(|word| word == &rest[..place]);
            let before = text[..from].ends_with(['お', 'ご']);
            return (!nobody && !before).then_some((from, from + place));
        }
    }
    None
}

/// The bytes of a Korean name with which a word begins.
fn korean(view: &View<'_>, at: usize) -> Option<usize> {
    let word = &view.words[at];
    let text = &view.text[word.start..word.end];
    if let Some(known) =
        KOREAN_KNOWN.split_whitespace().filter(|known| text.starts_with(known)).max_by_key(|known| known.len())
    {
        let rest = text[known.len()..].chars().count();
        return (rest <= 2).then_some(known.len());
    }
    let nobody = KOREAN_NOBODY.split(' ').any(|word| text.starts_with(word));
    let called = ["씨", "님"].iter().find_map(|title| text.find(title)).or_else(|| {
        let next = view.word(at + 1)?;
        (view.gap(at) == " " && ["씨", "님"].iter().any(|title| view.text[next.start..].starts_with(title)))
            .then_some(text.len())
    })?;
    let family = text.starts_with(|first: char| KOREAN.contains(first));
    let length = text[..called].chars().count();
    (!nobody && family && (2..=4).contains(&length)).then_some(called)
}

fn thai(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = &text[from..];
    if let Some(known) = THAI.split_whitespace().find(|known| rest.starts_with(known)) {
        return Some((from, from + known.len()));
    }
    let title = THAI_TITLES.split_whitespace().find(|title| rest.starts_with(title) && from == 0)?;
    let behind = rest[title.len()..].chars().count();
    (2..=8).contains(&behind).then_some((from + title.len(), text.len()))
}

fn starts_with_one_of(text: &str, words: &str) -> bool {
    words.split_whitespace().any(|word| text.starts_with(word))
}
