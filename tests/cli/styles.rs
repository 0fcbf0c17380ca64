//! Colours, and the width of help.

use std::process::Output;

use crate::harness::Home;

/// Calls the program with these variables; standard output and standard error are pipes.
fn call(home: &Home, line: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = home.command();
    command
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CLICOLOR");
    command
        .args(line.split_whitespace())
        .envs(variables.iter().copied());
    command.output().unwrap()
}

fn is_styled(bytes: &[u8]) -> bool {
    bytes.contains(&0x1b)
}

#[test]
fn pipes_get_no_colours_unless_they_are_forced() {
    let home = Home::trained();
    let forced = &[("CLICOLOR_FORCE", "1")][..];
    for line in ["--help", "runs", "export --help"] {
        assert!(!is_styled(&call(&home, line, &[]).stdout), "{line}");
        assert!(is_styled(&call(&home, line, forced).stdout), "{line}");
        let both = &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
        assert!(!is_styled(&call(&home, line, both).stdout), "{line}");
    }
    for line in ["fly", "runs rename 99 x"] {
        assert!(!is_styled(&call(&home, line, &[]).stderr), "{line}");
        assert!(is_styled(&call(&home, line, forced).stderr), "{line}");
    }
    // JSON has no styles in any case.
    assert!(!is_styled(&call(&home, "runs --json", forced).stdout));
}

#[test]
fn help_is_wrapped() {
    let home = Home::new();
    for command in [
        "",
        "train ",
        "verify ",
        "evaluate ",
        "export embeddings ",
        "runs ",
    ] {
        let help = home.call(&format!("{command}--help")).succeeds().text();
        let widest = help.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{command}: {widest:?}");
    }
}
