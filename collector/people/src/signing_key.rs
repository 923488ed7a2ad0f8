//! `rotate-signing-key`: another key with which the collector signs, without enrolling its devices anew.
//!
//! It is exchanged in one transaction, and collectors that run see it within seconds. What is said to a device is signed with the key that
//! this one pins until it has taken the other, so that one which is away for weeks misses nothing; then the key of before is destroyed,
//! by a second command, in one transaction, too. Cut anywhere, it is at the one point or at the next.

use attune_ground::keys::OwnKeys;
use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand, renew_key_copy};
use clap::{CommandFactory, FromArgMatches, Parser};
use data_encoding::HEXLOWER;

use crate::accounts::count_behind;

/// Exchange the key with which the collector signs, while it runs.
///
/// Devices take the new one from the one that they know, each as soon as it is there; nothing is lost, and nobody enrols anew. Bring their
/// agents up to date first: one of a version before this command does not understand it, and warns of it until it is. Once all
/// have taken it, destroy the one of before with --forget-former. Who has a copy of the key of before could tell devices another new one
/// until then: where it may be in other hands, have the devices enrolled anew instead of waiting for them.
#[derive(Parser)]
#[command(
    name = "rotate-signing-key",
    display_order = 46,
    after_help = "Examples:\n  attune-collector rotate-signing-key\n  attune-collector rotate-signing-key --forget-former\n  \
                  attune-collector rotate-signing-key --forget-former --leave-behind 3"
)]
struct Rotate {
    /// Destroy the key of before, once devices have taken the new one.
    #[arg(long)]
    forget_former: bool,
    /// Destroy it although so many devices have not taken the new one: they keep what they hold, and have to be enrolled anew.
    #[arg(long, value_name = "N", requires = "forget_former")]
    leave_behind: Option<u64>,
}

/// Why it is not done.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "exchange the signing key: it was exchanged before, and the key of then is still kept; {0} devices have not taken the one of now. \
         End that with `attune-collector rotate-signing-key --forget-former`"
    )]
    UnderWay(u64),
    #[error("forget the signing key of before: there is none")]
    NoFormer,
    #[error(
        "forget the signing key of before: {0} devices have not taken the new one, and would have to be enrolled anew. Wait until they \
         were there, or say --leave-behind {0}"
    )]
    Behind(u64),
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Rotate::command(),
        work: |line, given| Box::pin(async move { rotate(&Rotate::from_arg_matches(&line)?, given).await }),
    }
}

async fn rotate(asked: &Rotate, given: Given) -> Result<Said, Failed> {
    let ground = given.ground.await?;
    let out = match asked.forget_former {
        true => forget(&ground, asked.leave_behind.unwrap_or(0)).await,
        false => exchange(&ground).await,
    };
    let mut said = match out {
        Ok(out) => Said { out, err: String::new() },
        Err(refused) => {
            ground.store.close().await;
            return Err(refused);
        }
    };
    match renew_key_copy(&ground, &given.house).await {
        Ok(Some(copied)) => said.out += &copied,
        Ok(None) => {
            said.err += "No copy of the keys is kept by itself: make copies with `attune-collector backup` now. Behind a restore of copies \
                         from before, devices that have taken the new key would have to be enrolled anew.\n";
        }
        Err(error) => {
            said.err += &format!(
                "The copy of the keys could not be renewed, and has the signing key of before; the collector tries it again each minute: \
                 failed to {error}\n"
            );
        }
    }
    ground.store.close().await;
    Ok(said)
}

async fn exchange(ground: &Foundation) -> Result<String, Failed> {
    let Foundation { store, own, .. } = ground;
    let mut transaction = store.begin().await?;
    let held = own.hold(&mut transaction).await?;
    let behind = count_behind(&mut transaction, &held).await?;
    if held.former.is_some() {
        return Err(Refused::UnderWay(behind).into());
    }
    let next = own.exchange(&mut transaction, &held).await?;
    transaction.commit().await?;
    Ok(format!(
        "The collector signs with the key {}. Devices are told, and take it when they are there; then run `attune-collector \
         rotate-signing-key --forget-former`, which says how many have not.\n",
        HEXLOWER.encode(&next)
    ))
}

async fn forget(ground: &Foundation, left: u64) -> Result<String, Failed> {
    let Foundation { store, own, .. } = ground;
    let mut transaction = store.begin().await?;
    let held = own.hold(&mut transaction).await?;
    if held.former.is_none() {
        return Err(Refused::NoFormer.into());
    }
    let behind = count_behind(&mut transaction, &held).await?;
    if behind > left {
        return Err(Refused::Behind(behind).into());
    }
    OwnKeys::forget_former(&mut transaction).await?;
    transaction.commit().await?;
    store.purge().await?;
    Ok(match behind {
        0 => "The signing key of before is destroyed; every device knows the new one.\n".into(),
        behind => format!("The signing key of before is destroyed; {behind} devices have to be enrolled anew.\n"),
    })
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::collector_key::CollectorKeyTaken;
    use attune_protocol::enrol::{Code, EnrolRequest};
    use attune_protocol::ids::{DeviceId, Epoch};
    use attune_protocol::sign::KeyPair;

    use super::*;
    use crate::accounts;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_key_of_before_is_kept_until_every_device_has_taken_the_new_one_or_is_left_behind_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (ground, store) = (database.foundation(), &database.store);
            let first = ground.own.signing().public();
            for number in 1..=2 {
                let code = accounts::create_code(store, &database.people, ("alice", None), 60_000).await.expect("made");
                let (device, key) = (DeviceId([number; 16]), KeyPair::generate().public());
                let request = EnrolRequest::new(device, key, 1, Epoch(number.into()), &Code::of(&code));
                accounts::redeem_code(store, &database.people, &request, &first).await.expect("taken");
            }
            let error = forget(&ground, 0).await.expect_err("there is none").to_string();
            assert!(error.contains("there is none"), "{error}");
            exchange(&ground).await.expect("exchanged");
            let next = ground.own.refresh(store).await.expect("read").current.public();
            let error = exchange(&ground).await.expect_err("one is under way").to_string();
            assert!(error.contains("2 devices have not taken"), "{error}");
            let said = CollectorKeyTaken { device: DeviceId([1; 16]), enrolment: 1, key: next };
            assert!(accounts::pin(store, &said).await.expect("noted"));
            let error = forget(&ground, 0).await.expect_err("one is behind").to_string();
            assert!(error.contains("--leave-behind 1"), "{error}");
            assert!(ground.own.refresh(store).await.expect("read").former.is_some());
            let said = forget(&ground, 1).await.expect("agreed to");
            assert!(said.contains("1 devices have to be enrolled anew"), "{said}");
            let held = ground.own.refresh(store).await.expect("read");
            assert_eq!((held.current.public(), held.former.is_none()), (next, true));
        }
    }
}
