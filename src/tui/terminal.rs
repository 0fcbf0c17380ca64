//! Taking the terminal and giving it back, also after a panic or a signal.
//!
//! The terminal is given back by [`Terminal::drop`], by the panic hook, or by the signal thread; [`restore`] may be called
//! any number of times. A frame is collected and written at once, between the marks of synchronized output. A frame that
//! equals the one before writes nothing: ratatui alone would send cursor and colour resets each time. Pictures that are
//! pixels go into the same write, after the cells they cover.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pixels::{ERASE_ALL, Pixels};
use crate::config::Images;
use crate::ui::Picture;

/// Whether the program has the terminal now.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Whether pictures by kitty's protocol may be on the terminal.
static PICTURES: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is used.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// The terminal while the program has it.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<io::BufWriter<io::Stdout>>>,
    shown: Option<Buffer>,
    pixels: Pixels,
}

impl Terminal {
    /// Takes the terminal: raw keys, the alternate screen, no cursor, and the mouse where it is wanted.
    pub(super) fn enter(images: Images, mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        // One write for a whole frame: over SSH, that is one packet or a few instead of many.
        let out = io::BufWriter::with_capacity(1 << 18, io::stdout());
        take()?;
        PICTURES.store(images == Images::Kitty, Ordering::SeqCst);
        Ok(Self {
            inner: ratatui::Terminal::new(CrosstermBackend::new(out))?,
            shown: None,
            pixels: Pixels::new(images, cell_size()),
        })
    }

    /// Whether pictures are printed as pixels.
    pub(super) fn prints_pixels(&self) -> bool {
        self.pixels.any()
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }

    /// Draws, and sends what changed: removed pictures, cells, new pictures.
    pub(super) fn draw(
        &mut self,
        render: impl FnOnce(&mut Frame<'_>) -> Vec<Picture>,
    ) -> io::Result<()> {
        let before = self.inner.current_buffer_mut().area;
        self.inner.autoresize()?;
        if self.inner.current_buffer_mut().area != before {
            self.pixels.cleared(cell_size(), self.inner.backend_mut())?;
        }
        let pictures = render(&mut self.inner.get_frame());
        let drawn = self.inner.current_buffer_mut();
        if self.shown.as_ref() == Some(drawn) && self.pixels.show(&pictures) {
            drawn.reset();
            return Ok(());
        }
        self.shown = Some(drawn.clone());
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.pixels.take_away(&pictures, self.inner.backend_mut())?;
        self.inner.flush()?;
        self.pixels.print(pictures, self.inner.backend_mut())?;
        queue!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        self.inner.swap_buffers();
        Write::flush(self.inner.backend_mut())
    }

    /// What is on the screen.
    pub(super) fn shown(&self) -> Option<&Buffer> {
        self.shown.as_ref()
    }

    /// Forgets what is on the screen, so that all of it is drawn again.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.shown = None;
        // Not ratatui's `clear`: it asks the terminal for the cursor position, and the thread for keys gets the answer.
        let size = self.inner.size()?;
        self.pixels.cleared(cell_size(), self.inner.backend_mut())?;
        self.inner.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Sends bytes that are not cells: a bell, a clipboard sequence.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let backend = self.inner.backend_mut();
        backend.write_all(bytes)?;
        Write::flush(backend)
    }

    /// Gives the terminal back, stops the process, and takes the terminal again when it continues.
    #[cfg(unix)]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        restore();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take()?;
        self.clear()
    }

    /// Does nothing: this system has no job control.
    #[cfg(not(unix))]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Width and height of a cell in pixels, if the terminal has told the system.
fn cell_size() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let cell = (
        size.width.checked_div(size.columns)?,
        size.height.checked_div(size.rows)?,
    );
    (cell.0 > 0 && cell.1 > 0).then_some(cell)
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Hide
    )?;
    match MOUSE.load(Ordering::SeqCst) {
        true => execute!(io::stdout(), EnableMouseCapture),
        false => Ok(()),
    }
}

/// Gives the terminal back, if the program has it. Errors are ignored: a terminal that is gone needs nothing.
pub(super) fn restore() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        if PICTURES.load(Ordering::SeqCst) {
            let _ = io::stdout().write_all(ERASE_ALL);
        }
        if MOUSE.load(Ordering::SeqCst) {
            let _ = execute!(io::stdout(), DisableMouseCapture);
        }
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// Whether there is a terminal to draw on.
pub(super) fn is_there() -> bool {
    io::stdout().is_terminal()
}

/// Makes a panic of the main thread give the terminal back before it is reported. A panic of another thread is only
/// logged: it reaches the screen as an event, and a report written over the screen would damage it.
pub(super) fn install_panic_hook() {
    let main = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == main || !ENTERED.load(Ordering::SeqCst) {
            restore();
            report(info);
        } else {
            tracing::error!("{info}");
        }
    }));
}
