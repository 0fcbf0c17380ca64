//! A program in a pseudo-terminal. No test sleeps: every step waits for what must appear.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// The longest wait for something to appear, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The characters that pictures are made of.
pub(crate) const BLOCKS: [char; 7] = ['▀', '▐', '▘', '▝', '▖', '▗', '▚'];

/// Variables that the terminal of the person who runs the tests may have set.
const FOREIGN: [&str; 9] = [
    "NO_COLOR",
    "SSH_CONNECTION",
    "TMUX",
    "TERM_PROGRAM",
    "LC_TERMINAL",
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "COLUMNS",
    "LINES",
];

/// How a session differs from the usual one.
pub(crate) struct Setup<'a> {
    pub(crate) size: (u16, u16),
    /// Width and height of a cell in pixels; 0 if the terminal does not report it.
    pub(crate) cell: (u16, u16),
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// The text of `config.ron`.
    pub(crate) config: &'a str,
    /// Its home folder; a new one if there is none.
    pub(crate) home: Option<Arc<TempDir>>,
    /// Another program to start.
    pub(crate) program: Option<PathBuf>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            size: (80, 24),
            cell: (0, 0),
            arguments: &[],
            environment: &[],
            // For a training that still runs when the test ends.
            config: "(epochs: 1000)",
            home: None,
            program: None,
        }
    }
}

/// The program, its terminal, and its home folder.
pub(crate) struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    terminal: vt100::Parser,
    bytes: usize,
    /// Everything it wrote.
    pub(crate) raw: Vec<u8>,
    cell: (u16, u16),
    pub(crate) home: Arc<TempDir>,
}

impl Session {
    /// Starts the program with arguments on a terminal of `columns` × `rows`.
    pub(crate) fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        Self::with(Setup {
            size: (columns, rows),
            arguments,
            ..Setup::default()
        })
    }

    /// Starts the program as `setup` says.
    pub(crate) fn with(setup: Setup<'_>) -> Self {
        let (columns, rows) = setup.size;
        let pair = native_pty_system()
            .openpty(size(columns, rows, setup.cell))
            .expect("a pseudo-terminal");
        let home = setup
            .home
            .unwrap_or_else(|| Arc::new(tempfile::tempdir().expect("a folder")));
        let config = home.path().join("config");
        std::fs::create_dir_all(&config).expect("a folder");
        let config = config.join("config.ron");
        // Another program may be about to read it.
        if std::fs::read_to_string(&config).ok().as_deref() != Some(setup.config) {
            std::fs::write(config, setup.config).expect("a file");
        }
        let program = setup
            .program
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_twinsight").into());
        let mut command = CommandBuilder::new(program);
        command.args(setup.arguments);
        for variable in FOREIGN {
            command.env_remove(variable);
        }
        command.env("LC_ALL", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("TWINSIGHT_HOME", home.path());
        for (name, value) in setup.environment {
            command.env(name, value);
        }
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        Self {
            child,
            master: pair.master,
            keys,
            output: read(reader),
            terminal: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: 0,
            raw: Vec::new(),
            cell: setup.cell,
            home,
        }
    }

    /// Sends bytes as a keyboard does.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the program listens");
        self
    }

    /// Waits until `seen` holds of the screen's text.
    pub(crate) fn wait_for(&mut self, what: &str, seen: impl Fn(&str) -> bool) -> &mut Self {
        self.wait_until(what, |session| seen(&session.text()))
    }

    /// Waits until `seen` holds.
    pub(crate) fn wait_until(&mut self, what: &str, seen: impl Fn(&Self) -> bool) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while !seen(self) {
            let rest = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(rest) {
                Ok(bytes) => self.take(&bytes),
                Err(why) => panic!("{what} did not appear ({why:?}):\n{}", self.text()),
            }
        }
        self
    }

    /// Waits until `text` is on the screen.
    pub(crate) fn see(&mut self, text: &str) -> &mut Self {
        self.wait_for(text, |screen| screen.contains(text))
    }

    /// Waits until the program has ended and all its output is read.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let rest = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(rest) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the program does not end:\n{}", self.text())
                }
            }
        }
        self.child.wait().expect("it has ended")
    }

    /// Reads what arrives within `time`. Returns the number of bytes.
    pub(crate) fn listen(&mut self, time: Duration) -> usize {
        let (until, before) = (Instant::now() + time, self.bytes);
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            match self.output.recv_timeout(rest) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => break,
            }
        }
        self.bytes - before
    }

    /// Bytes since the last call.
    pub(crate) fn take_bytes(&mut self) -> usize {
        std::mem::take(&mut self.bytes)
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.terminal
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        let size = size(columns, rows, self.cell);
        self.master.resize(size).expect("it can be resized");
        self
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        let id = self.child.process_id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .expect("kill runs");
        assert!(sent.success(), "{name} was not sent");
        self
    }

    /// Waits until the system reports the process as stopped, and its last output is read.
    pub(crate) fn wait_until_stopped(&mut self) {
        let id = self.child.process_id().expect("it runs");
        let until = Instant::now() + PATIENCE;
        while !state_of(id).starts_with('T') || self.terminal.screen().alternate_screen() {
            assert!(
                Instant::now() < until,
                "the program does not stop:\n{}",
                self.text()
            );
            self.listen(Duration::from_millis(10));
        }
    }

    /// The screen's text.
    pub(crate) fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// The screen of the terminal.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// Asserts that the terminal is restored: main screen, visible cursor, no bracketed paste.
    pub(crate) fn assert_restored(&self) {
        let screen = self.terminal.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pasting is plain");
    }

    /// Files of the only run with this name.
    pub(crate) fn run_files(&self, name: &str) -> Vec<PathBuf> {
        let runs = self.home.path().join("data/runs");
        let of_run = |run: std::fs::DirEntry| run.path().join(name);
        let found = std::fs::read_dir(runs)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(of_run);
        found.filter(|path| path.is_file()).collect()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.raw.extend_from_slice(bytes);
        self.terminal.process(bytes);
    }
}

/// The state of a process by the system: `S` sleeps, `T` is stopped.
fn state_of(process: u32) -> String {
    if cfg!(target_os = "linux") {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
        return stat.rsplit(") ").next().unwrap_or_default().to_owned();
    }
    let asked = std::process::Command::new("ps")
        .args(["-o", "state=", "-p", &process.to_string()])
        .output();
    let state = asked.expect("ps runs").stdout;
    String::from_utf8_lossy(&state).trim().to_owned()
}

impl Drop for Session {
    fn drop(&mut self) {
        // Only after a failed test does the process still run.
        let _ = self.child.kill();
    }
}

fn size(columns: u16, rows: u16, cell: (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: columns * cell.0,
        pixel_height: rows * cell.1,
    }
}

fn cells(n: u16) -> NonZero<u16> {
    NonZero::new(n).expect("a terminal has cells")
}

/// Reads on a thread, because reading a pseudo-terminal has no time-out.
fn read(mut reader: Box<dyn Read + Send>) -> Receiver<Vec<u8>> {
    let (out, output) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if out.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    output
}
