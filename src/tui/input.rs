//! Keys and signals: each is read by its own thread, which sends to the channel of the loop.
//!
//! The loop waits on a channel and never on the terminal: when the connection drops, reading the terminal spins or hangs,
//! and the loop must still be able to leave. If the loop itself hangs, because it writes to a terminal that takes nothing,
//! the signal thread ends the training, which saves it, and then the process.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread;
#[cfg(unix)]
use std::time::Duration;

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};

use super::message::Message;
use crate::app::event::Event;
use crate::app::key::{Code, Key, Named};
use crate::app::mouse::{Mouse, MouseKind};
use crate::train::Trainer;

/// The training, where both the loop and the signal thread can end it.
pub(super) type SharedTrainer = Arc<Mutex<Option<Trainer>>>;

/// How long the loop has to leave after a signal.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(5);

/// Starts to read keys.
pub(super) fn read_keys(out: Sender<Message>) -> std::io::Result<()> {
    let read = move || {
        while let Ok(input) = crossterm::event::read() {
            let event = match input {
                Input::Key(key) => convert(key).map(Event::Key),
                Input::Paste(text) => Some(Event::Paste(text)),
                Input::Mouse(mouse) => used(mouse).map(Event::Mouse),
                Input::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
                _ => None,
            };
            if let Some(event) = event
                && out.send(Message::App(event)).is_err()
            {
                return;
            }
        }
        let _ = out.send(Message::Terminate);
    };
    thread::Builder::new()
        .name("keys".into())
        .spawn(read)
        .map(drop)
}

/// A use of the mouse; `None` for motions and other buttons.
fn used(mouse: MouseEvent) -> Option<Mouse> {
    let kind = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Mouse {
        column: mouse.column,
        row: mouse.row,
        kind,
    })
}

/// A key press as a [`Key`]; `None` for releases and unknown keys.
fn convert(key: KeyEvent) -> Option<Key> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let code = match key.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::F(n) => Code::Function(n),
        KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => Code::Named(Named::BackTab),
        other => Code::Named(named(other)?),
    };
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(Key {
        code,
        ctrl,
        alt: key.modifiers.contains(KeyModifiers::ALT),
    })
}

fn named(code: KeyCode) -> Option<Named> {
    Some(match code {
        KeyCode::Enter => Named::Enter,
        KeyCode::Esc => Named::Esc,
        KeyCode::Tab => Named::Tab,
        KeyCode::BackTab => Named::BackTab,
        KeyCode::Backspace => Named::Backspace,
        KeyCode::Delete => Named::Delete,
        KeyCode::Insert => Named::Insert,
        KeyCode::Up => Named::Up,
        KeyCode::Down => Named::Down,
        KeyCode::Left => Named::Left,
        KeyCode::Right => Named::Right,
        KeyCode::Home => Named::Home,
        KeyCode::End => Named::End,
        KeyCode::PageUp => Named::PageUp,
        KeyCode::PageDown => Named::PageDown,
        _ => return None,
    })
}

/// Starts to wait for signals: SIGTERM and SIGHUP save and end, SIGINT counts as Ctrl-C, and after SIGCONT everything is
/// drawn again.
#[cfg(unix)]
pub(super) fn wait_for_signals(
    out: Sender<Message>,
    trainer: SharedTrainer,
) -> std::io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGCONT])?;
    let wait = move || {
        for signal in signals.forever() {
            match signal {
                SIGINT => drop(out.send(Message::App(Event::Key(Key {
                    ctrl: true,
                    ..Key::char('c')
                })))),
                SIGCONT => drop(out.send(Message::Continued)),
                _ => {
                    let _ = out.send(Message::Terminate);
                    thread::sleep(GRACE);
                    end(signal, &trainer);
                }
            }
        }
    };
    thread::Builder::new()
        .name("signals".into())
        .spawn(wait)
        .map(drop)
}

/// Other systems have no such signals.
#[cfg(not(unix))]
pub(super) fn wait_for_signals(_: Sender<Message>, _: SharedTrainer) -> std::io::Result<()> {
    Ok(())
}

/// Ends the process after the loop has not left in time. Dropping the training stops it after its batch and saves it.
#[cfg(unix)]
fn end(signal: i32, trainer: &SharedTrainer) {
    let taken = trainer.lock().map(|mut held| held.take());
    drop(taken);
    super::terminal::restore();
    std::process::exit(128 + signal);
}
