use super::*;

fn own(text: &str) -> String {
    own_words(text)
}

#[test]
fn letters_come_into_one_form_and_nothing_else_is_changed() {
    assert_eq!(plain("I can\u{2019}t, \u{201c}really\u{201d}"), "I can't, \"really\"");
    assert_eq!(plain("\u{ff28}\u{ff29} \u{fb01}ne\u{a0}\u{2026}"), "HI fine ...");
    assert_eq!(plain("cafe\u{301}"), "caf\u{e9}");
    assert_eq!(plain("a\r\nb\rc\u{2028}d\n\ne"), "a\nb\nc\nd\n\ne");
    assert_eq!(plain("> see `x` at https://example.org"), "> see `x` at https://example.org");
}

#[test]
fn what_nobody_sees_falls_away() {
    assert_eq!(plain("d\u{200b}i\u{200d}e\0 n\u{ad}o\u{2060}w\u{fe0f}\u{feff}"), "die now");
    assert_eq!(plain("\u{202e}abc\u{202c}\u{e0041}"), "abc");
    assert_eq!(plain("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"), "\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
}

#[test]
fn links_addresses_and_mentions_are_out_and_labels_stay() {
    assert_eq!(own("look at https://example.org/a?b=c, please"), "look at , please");
    assert_eq!(own("HTTPS://EXAMPLE.ORG and www.example.org."), "and .");
    assert_eq!(own("<https://example.org|the plan> is <https://example.org> here"), "the plan is here");
    assert_eq!(own("[the plan](https://example.org/x) is good"), "the plan is good");
    assert_eq!(own("ask u-anna+x@mail.example.org today"), "ask today");
    assert_eq!(own("@anna.b: thanks <@U0123> and <!here>, see <#C1|general>"), ": thanks and , see general");
    assert_eq!(own("<:party:123> done <t:1618953630:R>"), "done");
}

#[test]
fn what_only_looks_like_a_mark_stays() {
    for text in [
        "meet @ 5",
        "meet @5pm",
        "I <3 you > all",
        "a < b and c > d",
        "<: so sad, I can't -> go",
        "[sic] (really)",
        "x[0](y)",
        "http is slow",
    ] {
        assert_eq!(own(text), text);
    }
}

#[test]
fn code_blocks_are_out_and_words_in_code_inside_a_line_stay() {
    assert_eq!(own("before\n```rust\nlet die = 1;\n```\nafter"), "before\n\nafter");
    assert_eq!(own("so ```kill -9``` it"), "so\nit");
    assert_eq!(own("run `make all` now"), "run make all now");
    assert_eq!(own("like so:\n\n    fn main() {\n    }\n\ndone"), "like so:\n\ndone");
}

#[test]
fn a_fence_without_an_end_and_words_that_are_indented_stay() {
    assert_eq!(own("``` I can't go on"), "I can't go on");
    assert_eq!(own("a ``` b ``` c ``` d"), "a\nc\nd");
    assert_eq!(own("hello\n\n    I am tired of this\n    all day"), "hello\n\nI am tired of this\nall day");
}

#[test]
fn quoted_lines_are_out_and_answers_between_them_stay() {
    assert_eq!(own("> you are useless\nno I am not\n>> older\n&gt; from Slack\nbye"), "no I am not\nbye");
    let mail = "On Mon, Mar 2, 2026 at 8:12 AM Ben <u-ben@example.org> wrote:\n> Can you work on Sunday?\nNo.\n> And on Saturday?\nNo, I need rest.";
    assert_eq!(own(mail), "No.\nNo, I need rest.");
}

#[test]
fn faces_and_numbers_are_no_quotes() {
    for text in [">:( what a day", ">100 calls waiting", ">_< tired"] {
        assert_eq!(own(text), text);
    }
}

#[test]
fn heads_of_replies_in_several_languages_are_out_wrapped_or_not() {
    for head in [
        "On Mon, Mar 2, 2026 at 9:12 AM Ben Probe from the northern office <\nu-ben@example.org> wrote:",
        "Am Mo., 2. M\u{e4}rz 2026 um 09:12 Uhr schrieb Ben Probe <\nu-ben@example.org>:",
        "Le lun. 2 mars 2026 \u{e0} 09:12, Ben Probe <u-ben@example.org> a\n\u{e9}crit\u{a0}:",
        "El lun, 2 mar 2026 a las 9:12, Ben Probe (<u-ben@example.org>)\nescribi\u{f3}:",
    ] {
        assert_eq!(own(&format!("Yes.\n\n{head}\n\n> Can you?\n")), "Yes.", "{head}");
        assert_eq!(own(&format!("Yes.\n\n{head}\n\nCan you?\nNobody else can.\n")), "Yes.", "{head}");
    }
}

#[test]
fn what_outlook_and_forwarding_put_below_is_out() {
    for below in [
        "-----Original Message-----\nFrom: Ben\nSubject: Sunday\n\nYou must.",
        "-----Urspr\u{fc}ngliche Nachricht-----\nVon: Ben\n\nDu musst.",
        "________________________________\nFrom: Ben Probe <u-ben@example.org>\nSent: Monday\nTo: Anna\nSubject: Sunday\n\nYou must.",
        "*Von:* Ben\n*Gesendet:* Montag\n*An:* Anna\n*Betreff:* Sonntag\n\nDu musst.",
        "De : Ben\nEnvoy\u{e9} : lundi\n\u{c0} : Anna\nObjet : dimanche\n\nIl faut.",
        "---------- Forwarded message ---------\nFrom: u-dora\n\nYou are all useless!",
    ] {
        assert_eq!(own(&format!("I can't.\n\n{below}")), "I can't.", "{below}");
    }
}

#[test]
fn what_only_looks_like_the_head_of_a_quote_stays() {
    let text = "Yes.\n\nOn Monday we wrote:\nthat list of wishes is still open.\nFrom: here to there it is far.";
    assert_eq!(own(text), text);
    let text = "On 3 May she wrote:\nnobody wants me here";
    assert_eq!(own(text), text);
}

#[test]
fn emoji_and_other_scripts_stay() {
    assert_eq!(
        own("great \u{1f600}\u{1f3fd} \u{5ea}\u{5d5}\u{5d3}\u{5d4}"),
        "great \u{1f600}\u{1f3fd} \u{5ea}\u{5d5}\u{5d3}\u{5d4}"
    );
}

#[test]
fn what_is_left_has_single_blanks_and_is_no_longer_than_what_came() {
    let mut random = fastrand::Rng::with_seed(3);
    let bits = [
        "> ",
        "```",
        "`",
        "<",
        ">",
        "|",
        "@",
        "[",
        "](",
        ")",
        "https://",
        "On 2 ",
        "wrote:",
        "\n",
        " ",
        "a",
        "im.",
        "-----",
        "\u{200d}",
        "\u{1f600}",
    ];
    for _ in 0..2000 {
        let text: String = (0..random.usize(0..40)).map(|_| bits[random.usize(0..bits.len())]).collect();
        let own = own_words(&text);
        assert!(own.len() <= text.len() + text.matches("```").count(), "{text:?}");
        assert_eq!(own.trim_end(), own, "{text:?}");
        assert!(!own.contains("  ") && !own.contains("\n\n\n"), "{text:?}");
    }
}

#[test]
fn messages_that_are_made_to_be_slow_come_out_like_others() {
    let most = 1 << 16;
    for bit in [
        "<",
        "[",
        "[a](",
        "@",
        "a-",
        "a@",
        "```",
        "> ",
        "On 1 ",
        "On 1\n",
        "From:\n",
        "\n",
        "https://",
        "\u{300}",
        "\u{1f600}",
    ] {
        let text = bit.repeat(most / bit.len());
        assert!(own_words(&text).len() <= 3 * most);
    }
}
