//! Writing to standard output and standard error.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::bars::without_bars;
use super::interrupt::{EXIT_CODE, Stopped};
use crate::data::SourceError;
use crate::evaluate::{FoldError, MethodError};
pub(super) use crate::text::percent;
use crate::units::Similarity;

/// A mistake in the arguments that clap did not find. The exit code is 2, as for clap's own errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// How the word "error" looks on a terminal, as clap writes it.
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Writes one JSON document to standard output.
pub(super) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    line(&text)
}

/// Writes text and a line end to standard output.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    let write = || {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.write_all(b"\n")?;
        stdout.flush()
    };
    Ok(without_bars(write)?)
}

/// Writes styled lines to standard output; the styles are left out where it is no terminal, or `NO_COLOR` is set.
pub(super) fn styled(lines: &[String]) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    for line in lines {
        writeln!(stdout, "{line}")?;
    }
    Ok(stdout.flush()?)
}

/// Writes a line to standard error. Errors are ignored: the command must not fail because standard error is closed.
pub(super) fn note(text: &str) {
    let _ = without_bars(|| writeln!(io::stderr().lock(), "{text}"));
}

/// Writes an error with its causes to standard error, and returns the exit code.
///
/// A broken pipe is a success: the reader has closed it because it has read enough.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken) {
        return ExitCode::SUCCESS;
    }
    let text = one_line(error);
    if error.chain().any(is_stopped) {
        note(&text);
        return ExitCode::from(EXIT_CODE);
    }
    // Ignored as in `note`.
    let _ = writeln!(anstream::stderr().lock(), "{ERROR}error:{ERROR:#} {text}");
    // Without the text, which can hold names of people.
    tracing::error!("the command failed");
    match error.chain().any(|cause| cause.is::<Usage>()) {
        true => ExitCode::from(2),
        false => ExitCode::FAILURE,
    }
}

/// Whether it only says that Ctrl-C was pressed.
fn is_stopped(cause: &(dyn std::error::Error + 'static)) -> bool {
    let reading = cause.downcast_ref::<SourceError>();
    let fold = cause.downcast_ref::<FoldError>();
    cause.is::<Stopped>()
        || matches!(reading, Some(SourceError::Interrupted { .. }))
        || matches!(fold, Some(FoldError::Method(MethodError::Stopped)))
}

/// The error and its causes as one sentence. A cause that is part of the text already is not repeated.
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

/// A similarity, in the unit of thresholds. One that is not quite 1 or 0 is not rounded to it.
pub(super) fn similarity(Similarity(value): Similarity) -> String {
    match value {
        0.99995..=1.0 => "> 0.9999".to_owned(),
        0.0..0.00005 => "< 0.0001".to_owned(),
        value => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(
            [-0.0, -0.0004, -0.0006].map(percent),
            ["0.0 %", "0.0 %", "-0.1 %"]
        );
    }

    #[test]
    fn no_similarity_is_certain() {
        let shown =
            [0.999_999_94, 0.999_96, 0.9994, 0.5, 0.0005, 1e-9].map(|s| similarity(Similarity(s)));
        let wanted = [
            "> 0.9999", "> 0.9999", "0.9994", "0.5000", "0.0005", "< 0.0001",
        ];
        assert_eq!(shown, wanted);
    }

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
