//! What a package is made of: completions, man pages, examples of the settings.

use crate::harness::{Home, keys};

#[test]
fn every_shell_has_completions_that_know_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.call(&format!("completions {shell}")).succeeds().text();
        for word in ["twinsight", "train", "embeddings", "restore", "--detach"] {
            let word = if shell == "fish" {
                word.trim_start_matches("--")
            } else {
                word
            };
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    home.call("completions tcsh").misused("bash");
}

#[test]
fn bash_takes_its_completions() {
    let home = Home::new();
    let script = home.call("completions bash").succeeds().text();
    let file = home.file("twinsight.bash", script.as_bytes());
    let line = format!(
        "source {file}; COMP_WORDS=(twinsight export emb); COMP_CWORD=2; _twinsight twinsight emb export; echo ${{COMPREPLY[*]}}"
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &line])
        .output();
    let Ok(output) = output else {
        // A machine without bash.
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text.trim(),
        "embeddings",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_command_has_a_man_page() {
    let home = Home::new();
    home.call("man out/man1").succeeds();
    let help = home.call("--help").succeeds().text();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| line.starts_with("  "));
    let mut count = 0;
    for command in commands.filter_map(|line| line.split_whitespace().next()) {
        if command != "help" {
            let page = home.path(&format!("out/man1/twinsight-{command}.1"));
            let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{command}: {e}"));
            assert!(text.contains(".SH SYNOPSIS"), "{command}");
            count += 1;
        }
    }
    assert!(count >= 17, "{count}");
    let export = home.path("out/man1/twinsight-export-onnx.1");
    assert!(std::fs::read_to_string(export).unwrap().contains("ONNX"));
    home.call("man out/man1").succeeds();
    home.file("file", b"");
    home.call("man file/man1").fails("cannot be written to");
}

#[test]
fn examples_of_the_settings_are_read_by_the_program() {
    let home = Home::new();
    let before = home.call("config --json").succeeds().json();
    assert_eq!(keys(&before), ["config", "keys"]);
    assert_eq!(before["config"]["exists"], false);
    let text = home.call("config --example").succeeds().text();
    home.file("config/config.ron", text.as_bytes());
    home.file(
        "config/keys.ron",
        home.call("config --example keys")
            .succeeds()
            .text()
            .as_bytes(),
    );
    let after = home.call("config --json").succeeds().json();
    assert_eq!(
        (&after["config"]["exists"], &after["keys"]["exists"]),
        (&true.into(), &true.into())
    );
    home.call("people").succeeds();
    // The file counts.
    let wrong = text.replace("seed: 0", "seed: \"x\"");
    assert_ne!(wrong, text);
    home.file("config/config.ron", wrong.as_bytes());
    home.call("people").fails("config.ron:");
}
