//! What the companion says it is.

/// What this is, for somebody who is signed in. It stands where a talk begins, and is said when asked for.
#[must_use]
pub fn says_what_it_is() -> &'static str {
    "This is a program, not a person. It listens, asks one thing at a time, and may help you to sort your thoughts. It does \
     not treat, judge or diagnose, it can misread what you write, and it cannot come to your aid. For that there are people: \
     the help page has telephone numbers and needs no signing in. What is kept of a talk, for how long, and who may see \
     it stands on your page of consent. You can read and erase it there."
}

/// The same for `/chat`, where nobody is signed in.
#[must_use]
pub fn says_what_it_is_to_nobody_known() -> &'static str {
    "This is a program, not a person, and it does not know who you are. It listens, asks one thing at a time, and may help \
     you to sort your thoughts. It does not treat, judge or diagnose, it can misread what you write, and it cannot come to \
     your aid or send anybody. For that there are people: the help page has telephone numbers. Leave out names and whatever \
     would show who you are. When you close this page, you cannot come back to this talk."
}
