use std::collections::BTreeSet;

use attune_people::access;

use super::*;
use crate::report::{self, PARTS};

impl Here {
    async fn kept(&self, talk: TalkId) -> report::Kept {
        report::one(self.state.store(), &*self.key().await, (self.alice, talk)).await.expect("reads").expect("was made")
    }

    async fn release(&self, talk: TalkId, parts: &[u8], made_at: i64) -> Result<(), Problem> {
        let by = access::By::COLLECTOR;
        let parts: BTreeSet<u8> = parts.iter().copied().collect();
        report::release(&self.state, (self.alice, talk), Some(&by), (&parts, made_at)).await
    }
}

#[tokio::test]
async fn hr_sees_what_was_released_and_no_more_until_it_is_taken_back_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin("The meetings take all day and I am so tired").await;
        assert_eq!(here.release(told.talk, &[0], 0).await.expect_err("none was made").status, 404);
        report::make(&here.state, (here.alice, told.talk)).await.expect("made");
        let kept = here.kept(told.talk).await;
        assert!(kept.released.is_empty() && kept.released_at.is_none(), "nothing is shared by itself");
        assert!(report::all_released(&here.state).await.expect("reads").is_empty());
        assert!(report::released(&here.state, told.talk).await.expect("reads").is_none());
        let anew = here.release(told.talk, &[0], kept.made_at - 1).await.expect_err("it is another one");
        assert_eq!(anew.status, 409);
        here.release(told.talk, &[0, 99], kept.made_at).await.expect("released");
        let listed = report::all_released(&here.state).await.expect("reads");
        assert_eq!(
            listed.iter().map(|of| (of.talk, of.user.as_deref())).collect::<Vec<_>>(),
            [(told.talk, Some("alice"))]
        );
        let (person, seen) = report::released(&here.state, told.talk).await.expect("reads").expect("released");
        assert_eq!(person, here.alice);
        assert_eq!(seen.report.parts.iter().map(|(part, _)| *part).collect::<Vec<_>>(), [0]);
        let json = report::json(&seen.report).to_string();
        assert!(json.contains(PARTS[0].1) && !json.contains(PARTS[9].1), "{json}");
        here.release(told.talk, &[], 0).await.expect("who takes it back is never refused");
        assert!(report::released(&here.state, told.talk).await.expect("reads").is_none());
        let notes = access::newest(&here.database.store, i64::MAX, 10).await.expect("reads");
        let notes: Vec<_> = notes.iter().map(|note| note.what.as_str()).collect();
        assert_eq!(notes, ["take back report", "release report"]);
    }
}

#[tokio::test]
async fn a_report_that_is_made_anew_or_whose_talk_goes_is_released_no_more_on_each_database() {
    for here in Here::each().await {
        here.agree_to_talks().await;
        let told = here.begin("The meetings take all day").await;
        let of = (here.alice, told.talk);
        report::make(&here.state, of).await.expect("made");
        here.release(told.talk, &[0], here.kept(told.talk).await.made_at).await.expect("released");
        report::make(&here.state, of).await.expect("made anew");
        assert!(report::released(&here.state, told.talk).await.expect("reads").is_none());
        here.release(told.talk, &[0], here.kept(told.talk).await.made_at).await.expect("released");
        crate::own::delete(&here.state, of).await.expect("deleted");
        assert!(report::all_released(&here.state).await.expect("reads").is_empty());
        assert_eq!(report::make(&here.state, of).await.expect_err("there is no such talk").status, 404);
    }
}

#[tokio::test]
async fn reports_are_made_by_themselves_under_research_alone() {
    for (profile, is_so) in
        [(Profile::Eu, false), (Profile::Uk, false), (Profile::Us, false), (Profile::Research, true)]
    {
        let here = Here::each_with(profile, None).await.remove(0);
        assert_eq!(here.state.reports_by_itself(), is_so, "{profile}");
        assert!(here.state.may_release(), "who wants to may, under {profile}");
        assert_ne!(here.login, here.hanna);
    }
}
