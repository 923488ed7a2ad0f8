use std::fs;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::headers::Headers;
use super::{Settings, read, read_from};
use crate::incoming::{Incoming, Item, Skipped};

fn settings() -> Settings {
    Settings { channel: "email".to_owned() }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail")
}

/// The made-up mails, in the order of their names.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder()).expect("a folder").map(|file| file.expect("a file").path());
    let mails = files.filter(|file| file.extension().is_some_and(|end| end == "eml" || end == "mbox"));
    let mut read: Vec<_> = mails
        .map(|file| (file.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&file).expect("bytes")))
        .collect();
    read.sort();
    read
}

/// What is compared: words with one blank between them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn reason(why: Skipped) -> &'static str {
    match why {
        Skipped::Empty => "empty",
        Skipped::Media => "media",
        Skipped::Duplicate => "duplicate",
        Skipped::AutoReply => "auto-reply",
        Skipped::Bounce => "bounce",
        Skipped::Calendar => "calendar",
        Skipped::Encrypted => "encrypted",
        Skipped::NotSent => "not-sent",
        Skipped::Spam => "spam",
        _ => "another",
    }
}

#[test]
fn every_made_up_mail_is_read_as_it_should_be() {
    let files = fixtures();
    assert_eq!(files.len(), 52);
    for (name, bytes) in files {
        let expected = fs::read(folder().join(format!("{name}.expected.json"))).expect("what is expected");
        let expected: Value = serde_json::from_slice(&expected).expect("JSON");
        let messages = expected["messages"].as_array().expect("a list");
        let items = read(&bytes, &settings());
        assert_eq!(items.len(), messages.len(), "{name}");
        for (item, message) in items.iter().zip(messages) {
            match item {
                Item::Left(why, _) => assert_eq!(message["skip"].as_str(), Some(reason(*why)), "{name}"),
                Item::Taken(taken) => is_as_expected(&name, taken, message),
            }
        }
        if let Some(subject) = messages[0]["subject"].as_str() {
            let mail = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
            let (headers, _) = Headers::split(mail);
            assert_eq!(headers.readable("subject").as_deref(), Some(subject), "{name}");
            let called = headers.mailbox("from").expect("a writer").name;
            assert_eq!(called, message_name(&messages[0], &called), "{name}");
        }
    }
}

fn message_name<'v>(message: &'v Value, otherwise: &'v str) -> &'v str {
    message["name"].as_str().unwrap_or(otherwise)
}

fn is_as_expected(name: &str, taken: &Incoming, message: &Value) {
    assert_eq!(Some(words(&taken.text).as_str()), message["text"].as_str(), "{name}");
    assert_eq!(taken.author.email.as_deref(), message["author"].as_str(), "{name}");
    assert_eq!(Some(taken.channel.as_str()), message["channel"].as_str(), "{name}");
    let time: Timestamp = message["time"].as_str().expect("a time").parse().expect("a time");
    assert_eq!(taken.said_at, time.as_millisecond(), "{name}");
    assert_eq!(taken.reply_to.is_some(), message["reply"].as_bool().unwrap_or(false), "{name}");
    let own = taken.external_ref.as_deref().expect("a name");
    match message["id"].as_str() {
        Some(id) => assert!(own.starts_with(id), "{name}: {own}"),
        None => assert!(own.starts_with("mail:"), "{name}: {own}"),
    }
}

#[test]
fn a_mailbox_is_read_alike_in_memory_and_by_pieces_of_a_few_bytes() {
    for (name, bytes) in fixtures() {
        let whole = read(&bytes, &settings());
        let pieces = read_from(BufReader::with_capacity(7, Cursor::new(&bytes)), &settings());
        assert_eq!(pieces.map(|item| item.expect("memory")).collect::<Vec<_>>(), whole, "{name}");
    }
}

#[test]
fn no_change_of_bytes_makes_it_panic_and_what_is_left_out_is_told_without_a_word() {
    const ODD: &[u8] = b"<>=\"\n\r-:?&;# \0\xff";
    let mut random = fastrand::Rng::with_seed(21);
    for (_, bytes) in fixtures() {
        for _ in 0..60 {
            let mut changed = bytes.clone();
            for _ in 0..random.usize(1..8) {
                let at = random.usize(0..changed.len());
                match random.usize(0..5) {
                    0 => changed[at] = random.u8(..),
                    1 => changed.truncate(at + 1),
                    2 => drop(changed.remove(at)),
                    3 => changed.insert(at, ODD[random.usize(0..ODD.len())]),
                    _ => {
                        let end = (at + random.usize(1..40)).min(changed.len());
                        let again = changed[at..end].to_vec();
                        let to = random.usize(0..changed.len());
                        changed.splice(to..to, again);
                    }
                }
                if changed.is_empty() {
                    break;
                }
            }
            for (place, item) in read(&changed, &settings()).into_iter().enumerate() {
                if let Item::Left(_, told) = item {
                    assert_eq!(told, format!("mail {}", place + 1));
                }
            }
        }
    }
}

/// A mail of Anna's with more fields, and a body.
fn mail(fields: &str, body: &str) -> String {
    format!(
        "From: u-anna@example.org\nDate: Mon, 2 Mar 2026 09:00:00 +0100\nMessage-ID: <t@example.org>\n{fields}\n{body}"
    )
}

fn taken(mail: &str) -> Incoming {
    match read(mail.as_bytes(), &settings()).as_slice() {
        [Item::Taken(taken)] => taken.clone(),
        others => panic!("{others:?}"),
    }
}

fn left(mail: &str) -> Skipped {
    match read(mail.as_bytes(), &settings()).as_slice() {
        [Item::Left(why, _)] => *why,
        others => panic!("{others:?}"),
    }
}

/// What is read of a plain text.
fn own(body: &str) -> String {
    words(&taken(&mail("", body)).text)
}

/// What is read of a page.
fn seen(page: &str) -> String {
    words(&taken(&mail("Content-Type: text/html; charset=utf-8\n", page)).text)
}

#[test]
fn without_a_writer_a_time_or_a_head_it_is_no_message() {
    assert_eq!(left("Date: Mon, 2 Mar 2026 09:00:00 +0100\n\nHello"), Skipped::NoAuthor);
    assert_eq!(left("From: nobody\nDate: Mon, 2 Mar 2026 09:00:00 +0100\n\nHello"), Skipped::NoAuthor);
    assert_eq!(left("From: u-anna@example.org\n\nHello"), Skipped::NoTime);
    assert_eq!(left("From: u-anna@example.org\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n\nHello"), Skipped::NoTime);
    assert_eq!(left("what is this\n"), Skipped::Broken);
    assert_eq!(read(b"", &settings()), []);
    assert_eq!(read(b"\n\r\n", &settings()), []);
}

#[test]
fn one_id_of_two_mails_names_neither_as_the_other_and_a_mail_without_one_is_named_by_what_it_says() {
    let box_of = |mails: [&str; 2]| mails.map(|mail| format!("From x Mon Mar  2 08:00:00 2026\n{mail}\n")).concat();
    let named = |file: &str| -> Vec<Option<String>> {
        let items = read(file.as_bytes(), &settings()).into_iter();
        items.filter_map(|item| if let Item::Taken(taken) = item { Some(taken.external_ref) } else { None }).collect()
    };
    let two = named(&box_of([&mail("", "One.\n"), &mail("", "Another.\n")]));
    assert_eq!((two.len(), two[0].as_deref()), (2, Some("<t@example.org>")));
    assert_ne!(two[0], two[1]);
    let nameless = mail("", "One.\n").replace("Message-ID: <t@example.org>\n", "");
    let again = named(&box_of([&nameless, &nameless]));
    assert_eq!((again.len(), &again[0]), (2, &again[1]));
    assert_eq!(again[..1], named(&nameless));
}

#[test]
fn who_wrote_through_a_list_is_told_apart_from_the_list_and_an_address_for_answers_from_both() {
    let by = |fields: &str| {
        let mail = format!("{fields}Date: Mon, 2 Mar 2026 09:00:00 +0100\n\nWords.\n");
        taken(&mail).author.email.expect("an address")
    };
    assert_eq!(
        by("From: Anna via Team <team@example.org>\nReply-To: Anna <u-anna@example.org>\n"),
        "u-anna@example.org"
    );
    assert_eq!(
        by("From: 'Anna' <team@example.org>\nX-Original-From: Anna <U-Anna@example.org>\n"),
        "u-anna@example.org"
    );
    assert_eq!(by("From: T <team@lists.example.org>\nX-Original-From: <u-anna@example.org>\n"), "u-anna@example.org");
    for elsewhere in ["mallory@elsewhere.example", "mallory@notexample.org", "mallory@org"] {
        let told = by(&format!("From: A via T <{elsewhere}>\nX-Original-From: <u-anna@example.org>\n"));
        assert_eq!(told, elsewhere, "who sends from elsewhere says of nobody here that they wrote it");
    }
    assert_eq!(by("From: Anna <u-anna@example.org>\nReply-To: Ben <u-ben@example.org>\n"), "u-anna@example.org");
    assert_eq!(by("From: \"B, Anna\" (at <x@y>) <u-anna@example.org>, u-ben@example.org\n"), "u-anna@example.org");
    assert_eq!(by("From: Desk: u-anna@example.org, u-ben@example.org;\n"), "u-anna@example.org");
    assert_eq!(by("From: Anna\nSender: <u-anna@example.org>\n"), "u-anna@example.org");
}

#[test]
fn what_it_answers_is_the_last_mail_before_it_and_what_goes_to_a_list_is_not_private() {
    let answers = |fields: &str| taken(&mail(fields, "Words.\n")).reply_to;
    assert_eq!(answers("In-Reply-To: Ben's of Monday <a@x>\nReferences: <c@x> <b@x>\n").as_deref(), Some("<a@x>"));
    assert_eq!(answers("References: <c@x>\n <b@x>\n").as_deref(), Some("<b@x>"));
    assert_eq!(answers(""), None);
    assert!(taken(&mail("", "Words.\n")).private);
    assert!(!taken(&mail("List-Id: <team.example.org>\n", "Words.\n")).private);
}

#[test]
fn a_told_length_holds_where_it_is_right_and_only_there() {
    let inner = "Look:\n\nFrom b@example.org Mon Mar  2 08:30:00 2026\nFrom: u-ben@example.org\n\nNot a mail.\n";
    let second = format!("\nFrom x Mon Mar  2 09:00:00 2026\n{}", mail("", "Second.\n").replace("<t@", "<s@"));
    for (told, mails) in [(inner.len(), 2), (inner.len() - 4, 3), (inner.len() + 5, 3), (1_000_000, 3), (usize::MAX, 3)]
    {
        let first = mail(&format!("Content-Length: {told}\n"), inner);
        let file = format!("From x Mon Mar  2 08:00:00 2026\n{first}{second}");
        assert_eq!(read(file.as_bytes(), &settings()).len(), mails, "{told}");
    }
    // Once it was wrong, none is believed.
    let wrong = mail("Content-Length: 900000\n", "First.\n");
    let file = format!("From x Mon Mar  2 08:00:00 2026\n{wrong}\n").repeat(200);
    assert_eq!(read(file.as_bytes(), &settings()).len(), 200);
}

#[test]
fn separators_of_thunderbird_and_of_addresses_with_blanks_are_known() {
    for separator in
        ["From", "From ", "From - Mon Mar 02 08:00:00 2026", "From \"Anna B\"@example.org Mon Mar  2 08:00:00 2026"]
    {
        let file =
            format!("From - Mon Mar 02 08:00:00 2026\n{}\n{separator}\n{}", mail("", "One.\n"), mail("", "Two.\n"));
        let mails = if separator == "From" { 1 } else { 2 };
        assert_eq!(read(file.as_bytes(), &settings()).len(), mails, "{separator}");
    }
}

#[test]
fn a_mail_that_is_too_large_is_told_and_the_next_one_read() {
    let large = b"x".repeat(1 << 20);
    let (first, last) = (mail("", ""), mail("", "Small.\n"));
    let begin = format!("From x Mon Mar  2 08:00:00 2026\n{first}");
    let end = format!("\n\nFrom x Mon Mar  2 08:00:00 2026\n{last}");
    let many =
        (0..26).fold(Box::new(Cursor::new(begin)) as Box<dyn Read>, |file, _| Box::new(file.chain(large.as_slice())));
    let file = BufReader::new(many.chain(Cursor::new(end)));
    let items: Vec<Item> = read_from(file, &settings()).map(|item| item.expect("memory")).collect();
    assert!(matches!(items.as_slice(), [Item::Left(Skipped::Broken, _), Item::Taken(last)] if last.text == "Small."));
}

#[test]
fn parts_beyond_their_bounds_are_not_read() {
    let mut deep = String::new();
    for level in 0..500 {
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"));
    }
    let deep = mail("", "").trim_end().to_owned() + "\n" + &deep + "\nToo deep.\n";
    assert_eq!(left(&deep), Skipped::Media);
    let many = mail("Content-Type: multipart/mixed; boundary=b\n", &"--b\n\nword\n".repeat(5000));
    assert_eq!(taken(&many).text.lines().count(), 999);
}

#[test]
fn old_mails_are_cut_in_whatever_way_they_are_announced() {
    for old in [
        "On Mon, Mar 2, 2026 at 9:12 AM Ben <u-ben@example.org> wrote:\n\nUnmarked words.",
        "Begin forwarded message:\n\nFrom: Ben <u-ben@example.org>\nUnmarked words.",
        "-------- Weitergeleitete Nachricht --------\nUnmarked words.",
        "*From:* Ben <u-ben@example.org>\n*Sent:* Monday\n*To:* Anna\n*Subject:* Sunday\n\nUnmarked words.",
        "De : Ben <u-ben@example.org>\nEnvoyé : lundi 2 mars 2026\nÀ : Anna\nObjet : Dimanche\n\nUnmarked words.",
        "Fra: Ben\nSendt: 2. mars 2026\nTil: Anna; Berta; Carla;\n Dora\nEmne: Søndag\n\nUnmarked words.",
        "Ben Probe <u-ben@example.org> schrieb am 2. März 2026:\n> Quoted words.",
        "Ben wrote:\n\n> Quoted words.",
        "-- \nu-anna",
        "--\nu-anna\nNight desk",
        "Sent from my iPhone",
        "_______________________________________________\nTeam mailing list\nteam@example.org\nhttps://lists.example.org/team",
    ] {
        assert_eq!(own(&format!("Her words.\n\n{old}\n")), "Her words.", "{old}");
    }
}

#[test]
fn sentences_that_only_look_so_stay() {
    for text in [
        "As Ben wrote: it is late.",
        "On Monday we wrote:\nit is late.",
        "From: Berlin\nthen home.",
        "I disagree with this:\n\n-- \n",
        "--\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine",
        "----- lunch -----\nSoup.",
        "Sent from my heart.",
        "From here it is far.\nTo: me it is not.",
        "<3 you all",
    ] {
        assert_eq!(own(text), words(text.trim_end_matches("\n\n-- \n")), "{text}");
    }
}

#[test]
fn answers_between_quotes_stay_in_pages_too_and_what_is_hidden_does_not() {
    let between = "<p>Above.</p><div class='gmail_quote'><div class=gmail_attr>On Mon, Mar 2, 2026 at 8:00 AM Ben &lt;u-ben@example.org&gt; \
                   wrote:<br></div><blockquote class=\"gmail_quote\">Who?</blockquote><div>Not me.</div><blockquote class=gmail_quote>\
                   When?</blockquote><div>Never.</div></div>";
    for (page, text) in [
        (between, "Above. Not me. Never."),
        ("Hers<div class=gmail_quote>On Monday Ben wrote:<br>His</div>", "Hers"),
        ("Hers<hr><div id=divRplyFwdMsg><b>From:</b> Ben</div><div>His</div>", "Hers"),
        ("<blockquote style='margin: 0 0 0 40px; border: none'>Indented by her</blockquote>", "Indented by her"),
        ("Hers<blockquote>His <blockquote>older</blockquote> too</blockquote>again", "Hers again"),
        ("<P HIDDEN>no<P>yes", "yes"),
        ("<span style='FONT-SIZE: 0px'>no</span><span style='font-size:0.9em'>yes</span>", "yes"),
        ("<pre>one\ntwo\n&gt; quoted</pre>three", "one two three"),
        ("a&nbsp b &#128;&#x1F600;&eacute; &unknown; &amp;lt; &", "a b €😀é &unknown; &lt; &"),
        ("<table><tr><th>Mon<th>Tue<tr><td>off<td>on</table>", "Mon Tue off on"),
        ("3 < 4 <!-- <p>no</p> -->yes<script>if (a</b) {}</script><![if !mso]>!<![endif]>", "3 < 4 yes!"),
        ("good <img alt='👍' src=x><img alt='a logo' src=y> night", "good 👍 night"),
        ("<div style='display:none'><div>no</div>no</div>yes<div hidden>no", "yes"),
        ("see <a href='https://example.org/x'>the plan</a> at https://example.org/y", "see the plan at"),
        ("Hers<div>-- <br>u-anna<br>Night desk</div>", "Hers"),
    ] {
        assert_eq!(seen(page), text, "{page}");
    }
}

#[test]
fn a_sealed_text_is_told_and_a_signed_one_read() {
    let sealed = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n";
    assert_eq!(left(&mail("", sealed)), Skipped::Encrypted);
    let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nMy words.\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
    assert_eq!(own(signed), "My words.");
    assert_eq!(
        left(&mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n", "MIAG")),
        Skipped::Encrypted
    );
}

#[test]
fn drafts_deleted_mails_and_spam_are_told_by_the_marks_of_their_programs() {
    for (fields, why) in [
        ("X-Unsent: 1\n", Skipped::NotSent),
        ("X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe?=\n", Skipped::NotSent),
        ("X-Mozilla-Status: 0009\n", Skipped::Deleted),
        ("X-Spam-Flag: YES\n", Skipped::Spam),
        ("X-Failed-Recipients: u-ben@example.org\n", Skipped::Bounce),
        ("Auto-Submitted: Auto-Replied (vacation); owner=x\n", Skipped::AutoReply),
        ("Return-Path: <>\n", Skipped::AutoReply),
    ] {
        assert_eq!(left(&mail(fields, "Words.\n")), why, "{fields}");
    }
    for fields in ["X-Mozilla-Status: 0001\n", "Auto-Submitted: NO (by hand)\n", "X-Gmail-Labels: Inbox,Spam recipes\n"]
    {
        assert_eq!(taken(&mail(fields, "Words.\n")).text, "Words.", "{fields}");
    }
}

#[test]
fn lines_that_go_on_are_joined_as_their_writer_meant() {
    let flowed = mail(
        "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n",
        "un \nbroken\n >no quote\n> a quote \nhers\n-- \nx\n",
    );
    assert_eq!(words(&taken(&flowed).text), "unbroken >no quote hers");
}

#[test]
fn dates_are_read_in_the_forms_that_programs_gave_them() {
    let nine = Some(1_772_442_000_000);
    for text in [
        "Mon, 2 Mar 2026 09:00:00 GMT",
        "Mon Mar 02 2026 10:00:00 GMT+0100 (CET)",
        "Monday, 02-Mar-26 09:00:00 UTC",
        "2 Mar 2026 04:00 EST",
        "Mon, 2 Mar 2026 9:00:00 AM +0000",
        "Mon, 02 Mar 2026 10:00:00 +01:00",
        "2026-03-02T10:00:00+01:00",
        "Mon, 2 Mar 2026 09:00:00",
    ] {
        assert_eq!(super::dates::read(text), nine, "{text}");
    }
    for text in
        ["", "yesterday", "32 Mar 2026 09:00", "2 Mar 2026", "2 Mar 2026 25:00", "2 Mar 9026 09:00", "09:00 +9999"]
    {
        assert_eq!(super::dates::read(text), None, "{text}");
    }
}

#[test]
fn charsets_that_are_wrong_or_cut_still_give_words() {
    for (label, bytes, text) in [
        ("utf-8", b"Gr\xfc\xdfe".as_slice(), "Grüße"),
        ("us-ascii", "müde".as_bytes(), "müde"),
        ("utf-8", b"m\xc3\xbcde und k\xc3\xb6nnte \xc3", "müde und könnte \u{fffd}"),
        ("iso-8859-1", "müde".as_bytes(), "müde"),
        ("hz-gb-2312", b"tired", "tired"),
        ("utf-16", b"tired", "tired"),
        ("ks_c_5601-1987", b"\xc7\xc7\xb0\xef", "피곤"),
    ] {
        assert_eq!(super::decode::text(bytes, Some(label)), text, "{label}");
    }
}
