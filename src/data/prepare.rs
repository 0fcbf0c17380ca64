//! From a photo to the face that a data set holds.

use super::cache::CachedFace;
use crate::backbone::Backbone;
use crate::vision::yunet::YuNet;
use crate::vision::{Crop, Photo, Preparation, PreparedFace};

/// Loads what pictures are prepared with, before many threads need it: loading waits for other threads, which must not wait
/// for it.
pub(super) fn load_networks(preparation: &Preparation) {
    if matches!(preparation.crop, Crop::Aligned | Crop::Close) {
        YuNet::built_in();
    }
    if let Some(hash) = preparation.backbone {
        // Whether it is known, the data set has checked.
        let _ = Backbone::with_hash(hash);
    }
}

/// Cuts the face out, and lets the backbone of the preparation embed it. The colours are not needed after that.
pub(super) fn prepare(photo: &Photo, preparation: &Preparation) -> CachedFace {
    let prepared = preparation.prepare(photo);
    let prepared = match preparation.backbone {
        None => prepared,
        Some(hash) => {
            let backbone = Backbone::with_hash(hash);
            let backbone = backbone.expect("the data set has checked that it is loaded");
            PreparedFace {
                face: backbone.with_features(prepared.face).without_colour(),
                ..prepared
            }
        }
    };
    CachedFace {
        size: photo.dimensions(),
        prepared,
    }
}
