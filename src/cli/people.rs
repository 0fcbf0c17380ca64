//! `twinsight people`, and the list of people that `enroll` and `forget` print too.

use serde::Serialize;

use super::context::{Common, Context, DataFlag, ModelFlags, from_data};
use super::output;
use super::{Status, counted};
use crate::gallery::KnownPerson;

/// List all people who can be recognised: those of the data set, and those who were enrolled.
#[derive(Debug, clap::Args)]
pub struct People {
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
pub(super) struct PeopleReport {
    pub(super) people: Vec<KnownPerson>,
}

impl People {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let people = context.recognizer(&self.model)?.recognizer.people();
        match self.common.json {
            true => output::json(&PeopleReport { people })?,
            false => output::line(&text(&people))?,
        }
        Ok(Status::Done)
    }
}

fn text(people: &[KnownPerson]) -> String {
    let width = people
        .iter()
        .map(|person| person.name.chars().count())
        .max()
        .unwrap_or(0);
    let line = |person: &KnownPerson| {
        let kind = if person.built_in {
            "data set"
        } else {
            "enrolled"
        };
        let old = if person.needs_new_photo {
            "  by version 0.1.0; needs a new photo for the present model"
        } else {
            ""
        };
        format!(
            "{:width$}  {kind}  {}{old}",
            person.name,
            counted(person.images, "picture")
        )
    };
    people.iter().map(line).collect::<Vec<_>>().join("\n")
}
