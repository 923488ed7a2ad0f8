use attune_pages::form::{Answers, Button, Choice, Confirm, Field, Form, TextKind, Weight};
use attune_pages::{Frame, Markup};
use attune_protocol::policy::Profile;

use super::{Made, page};

pub(crate) fn pages() -> Vec<Made> {
    let refused = Markup::of(&refused());
    let sign_in = Frame::new("Sign in", "", Profile::Eu);
    vec![
        ("sign-in", sign_in.render(&Markup::of(&sign_in_form())).0),
        ("sign-in-refused", sign_in.refused(true).render(&refused).0),
        page("every-field", "Every kind of field", "", &Markup::of(&every_field())),
        page("every-field-refused", "Every kind of field, refused", "", &every_field_refused()),
        page("check-answers", "Add a person", "", &Markup::of(&answers())),
        page("erase", "Erase everything about you", "", &Markup::of(&erase())),
        page("consent", "Voice, to score stress", "", &consent()),
    ]
}

fn sign_in_form() -> Form {
    Form::post("sign-in", "/sign-in", "token")
        .field(Field::text("name", "Name or e-mail address", TextKind::Name).autocomplete("username"))
        .field(Field::password("password", "Password", "current-password"))
        .button(Button::primary("Sign in"))
}

fn refused() -> Form {
    let mut form = sign_in_form().keep([("name", "ada")]);
    form.refuse_all("The name or the password is wrong");
    form
}

fn every_field() -> Form {
    let roles = vec![
        Choice::new("hr", "HR").hint("Sees figures of teams and what waits for a decision"),
        Choice::new("manager", "Manager").hint("Sees the figures of their own teams"),
    ];
    let days = ["Monday", "Tuesday", "Wednesday"].map(|day| Choice::new(day.to_lowercase(), day)).to_vec();
    Form::post("every", "/send", "token")
        .field(Field::text("name", "Name", TextKind::Plain).hint("As colleagues know them").autocomplete("off"))
        .field(Field::text("mail", "E-mail address", TextKind::Email).autocomplete("email").optional())
        .field(Field::text("since", "In the team since", TextKind::Date))
        .field(Field::code("code", "Code").hint("The six digits that your app shows"))
        .field(Field::password("password", "New password", "new-password").hint("At least 12 characters"))
        .field(Field::select("team", "Team", vec![Choice::new("1", "Assembly"), Choice::new("2", "Packing")]))
        .field(Field::radios("role", "Role", roles))
        .field(Field::checks("days", "Days", days).value("monday"))
        .field(Field::check("agree", "Tell them by e-mail"))
        .field(Field::lines("note", "Note", 4).optional())
        .field(Field::file("file", "List of people", ".csv,text/csv").hint("CSV with a heading, at most 5 MB"))
        .button(Button::primary("Add the person"))
        .button(Button::quiet("Keep as a draft").sends("draft", "yes"))
        .button(Button::dangerous("Throw away"))
}

fn every_field_refused() -> Markup {
    let typed = [("name", "Ada"), ("mail", "ada@"), ("role", "hr"), ("days", "monday"), ("days", "tuesday")];
    let mut form = every_field().keep(typed);
    form.refuse("mail", "Enter an e-mail address with a name, an @ and a place");
    form.refuse("team", "Choose a team");
    form.refuse("role", "Choose a role that you have yourself");
    form.refuse("agree", "Say whether they are told");
    form.refuse("file", "Choose a list of people");
    Markup::of(&form)
}

fn answers() -> Answers {
    let form =
        Form::post("send", "/admin/people", "token").hidden("name", "Ada").button(Button::primary("Add Ada Brunner"));
    Answers::new(form)
        .answer("Name", "Ada Brunner", "/admin/people/new?step=1")
        .answer("Teams", "Assembly since 1 March 2026, Packing since 2 February 2026", "/admin/people/new?step=2")
        .answer("E-mail address", "", "/admin/people/new?step=3")
}

fn erase() -> Confirm {
    Confirm::new("/me/data/erase", "token", "Erase my data", "/me/data")
        .gone("12,480 windows and 42 sessions with their scores")
        .gone("3 devices, which ask you for a new code")
        .gone("What you said of yourself, and your notes")
        .word("erase")
        .refuse_word("erase", "earse")
}

fn consent() -> Markup {
    let form = Form::post("consent", "/me/consent", "token")
        .hidden("purpose", "stress")
        .button(Button::new("Yes, use my voice for this", Weight::Equal).sends("answer", "yes"))
        .button(Button::new("No, leave my voice out", Weight::Equal).sends("answer", "no"));
    Markup::paragraph("Your laptop listens to how you speak, not to what you say. From pitch and pace it estimates stress, on the laptop.")
        .with(&Markup::paragraph("You can take this back at any time at Consent. Version 3 of this text, 1 March 2026."))
        .with(&form)
}
