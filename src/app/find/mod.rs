//! Finding an entry of a list by typing: the cursor jumps to the first one that contains the text.
//!
//! It works alike in the lists of pairs, people, points, networks and findings. The Data screen filters instead.

mod state;
mod update;

pub use state::Find;
