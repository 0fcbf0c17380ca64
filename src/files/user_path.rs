//! Paths as users write, quote and drop them: one rule for the command line, the configuration and the screens.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The path that a user means by a text:
///
/// - `~` and `~/x` are the home folder and what is in it, also where no shell replaces them (`--data=~/faces`);
/// - `'a path'` and `"a path"` lose their quotes, and `a\ path` its backslashes, as terminals write a file that is dropped
///   on them;
/// - `file:///a%20path` is the path of the URL.
///
/// Anything else is a path as it is. One that really begins like these is written with `./` before it.
pub fn user_path(text: impl AsRef<OsStr>) -> PathBuf {
    let home = directories::BaseDirs::new().map(|system| system.home_dir().to_path_buf());
    resolved(text.as_ref(), home.as_deref())
}

fn resolved(text: &OsStr, home: Option<&Path>) -> PathBuf {
    // What is not UTF-8 was not typed; a shell has resolved it.
    let Some(typed) = text.to_str() else {
        return PathBuf::from(text);
    };
    let path = match unquoted(typed.trim()) {
        Some(inner) => from_url(&inner).unwrap_or_else(|| PathBuf::from(inner)),
        None => from_url(typed.trim()).unwrap_or_else(|| PathBuf::from(typed)),
    };
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.to_path_buf(),
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

/// A path as it can be written on a command line, in quotes if it needs them: what a message advises must work when it is
/// copied.
pub fn as_argument(path: &Path) -> String {
    let text = super::shown(path).to_string();
    let plain =
        |c: char| c.is_alphanumeric() || "/._-+,:@%=~".contains(c) || cfg!(windows) && c == '\\';
    match text.chars().all(plain) && !text.is_empty() {
        true => text,
        false if cfg!(windows) => format!("\"{text}\""),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// The text without its quotes or backslashes, if it has any.
fn unquoted(text: &str) -> Option<String> {
    for quote in ['\'', '"'] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            // How shells write a quote inside single quotes.
            return Some(inner.replace(r"'\''", "'"));
        }
    }
    // On Windows a backslash divides folders.
    if cfg!(windows) || !text.contains("\\ ") {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.push(if c == '\\' {
            characters.next().unwrap_or(c)
        } else {
            c
        });
    }
    Some(plain)
}

/// The path of a `file:` URL of this machine (RFC 8089).
fn from_url(text: &str) -> Option<PathBuf> {
    let scheme = text.get(..5)?;
    let rest = scheme.eq_ignore_ascii_case("file:").then(|| &text[5..])?;
    let path = match rest.strip_prefix("//") {
        // Before the path is a host: none, or this one.
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    path.starts_with('/')
        .then(|| PathBuf::from(os_string(decoded(path))))
}

/// Percent escapes as bytes. What is no escape, and that of a zero byte, which no path has, stays as it is.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let escape = others.get(..2).filter(|_| *first == b'%');
        let value = escape.and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then_some(())?;
            u8::from_str_radix(digits, 16)
                .ok()
                .filter(|&value| value != 0)
        });
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() {
            &others[2..]
        } else {
            others
        };
    }
    bytes
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    let text = String::from_utf8_lossy(&bytes);
    // Before the drive is a slash: /C:/faces.
    text.trim_start_matches('/').to_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_users_mean_them() {
        let path = |text: &str| resolved(text.as_ref(), Some("/home/ada".as_ref()));
        let cases = [
            ("~", "/home/ada"),
            ("~/faces", "/home/ada/faces"),
            ("'~/my faces'", "/home/ada/my faces"),
            ("~ada/faces", "~ada/faces"),
            ("a/~/b", "a/~/b"),
            ("'/a b/c.jpg' ", "/a b/c.jpg"),
            ("\"/a b/c.jpg\"", "/a b/c.jpg"),
            (r"'/it'\''s'", "/it's"),
            ("/it's", "/it's"),
            ("file:///a%20b/%C3%A9.jpg", "/a b/é.jpg"),
            ("file://localhost/a", "/a"),
            ("FILE:/a%2", "/a%2"),
            ("'file:///a%25b'", "/a%b"),
            ("file:///a%00b%zz%+1", "/a%00b%zz%+1"),
            ("file:relative", "file:relative"),
            ("file://elsewhere/a", "file://elsewhere/a"),
            ("/a%20b", "/a%20b"),
            (" lead and trail ", " lead and trail "),
            ("", ""),
            ("'", "'"),
        ];
        for (text, expected) in cases {
            assert_eq!(path(text), Path::new(expected), "{text}");
        }
        assert_eq!(resolved("~/x".as_ref(), None), Path::new("~/x"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_advised_can_be_copied() {
        let cases = [
            ("/a/b-1.x", "/a/b-1.x"),
            ("/my faces", "'/my faces'"),
            ("/it's", r"'/it'\''s'"),
            ("/a$b", "'/a$b'"),
            ("", "''"),
            ("/小明", "/小明"),
        ];
        for (path, argument) in cases {
            assert_eq!(as_argument(Path::new(path)), argument);
            assert_eq!(resolved(argument.as_ref(), None), Path::new(path));
        }
    }

    #[cfg(unix)]
    #[test]
    fn terminals_escape_spaces_and_urls_hold_any_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let path = |text: &OsStr| resolved(text, Some("/home/ada".as_ref()));
        assert_eq!(
            path(r"/a\ b/c\(1\).jpg".as_ref()),
            Path::new("/a b/c(1).jpg")
        );
        assert_eq!(path(r"/a\b".as_ref()), Path::new(r"/a\b"));
        assert_eq!(
            path("file:///%FF".as_ref()).as_os_str().as_bytes(),
            b"/\xff"
        );
        let foreign = OsStr::from_bytes(b"'\xff'");
        assert_eq!(path(foreign).as_os_str(), foreign);
    }
}
