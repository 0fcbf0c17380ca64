//! What reaches the two standard streams.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

/// A mistake in how the program was called, found after the flags were read. Exits with 2 as clap's own do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// Writes one JSON document to standard output.
pub(super) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    line(&text)
}

/// Writes text and a line end to standard output.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}

/// Writes a line to standard error. That nobody reads it is no reason to stop.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells an error on standard error, with its causes, and says what to exit with.
///
/// A broken pipe is success: whoever reads has seen enough.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken) {
        return ExitCode::SUCCESS;
    }
    note(&format!("error: {}", one_line(error)));
    // Not the text: it may name people.
    tracing::error!("the command failed");
    match error.chain().any(|cause| cause.is::<Usage>()) {
        true => ExitCode::from(2),
        false => ExitCode::FAILURE,
    }
}

/// The error and its causes as one sentence. Some errors repeat their cause in their own text; it is said once.
fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        match () {
            () if text.is_empty() => text = cause,
            () if text.contains(&cause) => {}
            () => text = format!("{text}: {cause}"),
        }
    }
    text
}

/// A rate as a percentage with one decimal.
pub(super) fn percent(rate: f64) -> String {
    format!("{:.1} %", 100.0 * rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_are_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read x: {0}")]
        struct Repeats(#[source] io::Error);
        let inner = || io::Error::other("no such file");
        let error = anyhow::Error::new(Repeats(inner())).context("training");
        assert_eq!(one_line(&error), "training: cannot read x: no such file");
        let plain = Err::<(), _>(inner()).context("outer").unwrap_err();
        assert_eq!(one_line(&plain), "outer: no such file");
    }
}
