//! What the tests and fuzz targets of this crate use beside the public interface. It may change at any time.

pub mod app {
    pub use crate::app::{Action, Context, Effect, Key, Keymap, Screen, State, update};

    pub mod data {
        pub use crate::app::data::{Finding, FindingGroup, Findings, Focus, Phase, Progress};
    }
    pub mod effect {
        pub use crate::app::effect::{
            FileJob, GalleryChange, NetworkQuery, RunChange, TerminalRequest, TrainingRequest,
        };
    }
    pub mod error {
        pub use crate::app::error::TaskError;
    }
    pub mod event {
        pub use crate::app::event::{Configured, Event};
    }
    pub mod geometry {
        pub use crate::app::geometry::data_grid;
    }
    pub mod key {
        pub use crate::app::key::{Key, Named};
    }
    pub mod keymap {
        pub use crate::app::keymap::Keymap;
    }
    pub mod map {
        pub use crate::app::map::{Axes, MapKind, Projection};
    }
    pub mod memory {
        pub use crate::app::memory::Memory;
    }
    pub mod message {
        pub use crate::app::message::Level;
    }
    pub mod model {
        pub use crate::app::model::{BUILT_IN, ModelChoice, ModelInfo, ModelResult, SplitNames};
    }
    pub mod mouse {
        pub use crate::app::mouse::{Mouse, MouseKind};
    }
    pub mod network {
        pub use crate::app::network::{Activations, LayerView};
    }
    pub mod pairs {
        pub use crate::app::pairs::Filter;
    }
    pub mod pending {
        pub use crate::app::pending::Request;
    }
    pub mod photo {
        pub use crate::app::photo::Photo;
    }
    pub mod popups {
        pub use crate::app::popups::{Listing, Overlay, Purpose};
    }
    pub mod train {
        pub use crate::app::train::{PastRun, Phase, Settings, Unfinished};
    }
    pub mod verify {
        pub use crate::app::verify::{Compare, ProbeView};
    }
}

pub mod config {
    pub use crate::config::{Config, Glyphs, Overrides, parse_ron};
}

pub mod files {
    pub use crate::files::{
        FileReason, Paths, clean, create_private_dir, read_limited, user_path, write_private,
    };
}

pub mod onnx {
    pub use crate::onnx::{OnnxError, Session, Wanted, on_all_cores};
}

pub mod tui {
    pub use crate::tui::{TuiOptions, headless, run};
}

pub mod ui {
    pub use crate::ui::{Depth, Picture, Pictures, Theme, draw, export};

    pub mod depth {
        pub use crate::ui::depth::{Depth, contrast};
    }
    pub mod theme {
        pub use crate::ui::theme::{BUILT_IN, Theme};
    }
}
