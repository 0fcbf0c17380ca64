//! The state of the Map screen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::place::Placing;
use crate::app::action::Action;
use crate::app::pending::Pending;
use crate::units::{Epoch, ImageId};

/// How embeddings come into two dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MapKind {
    /// By their principal components: distances are those of the embeddings, as far as two dimensions hold them.
    #[default]
    Components,
    /// By t-SNE: near neighbours stay near, and nothing else has a meaning.
    Neighbourhoods,
}

/// What the two dimensions are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Axes {
    /// The first two principal components.
    Components {
        /// Share of the variance along each axis, from 0 to 1.
        share: (f32, f32),
    },
    /// The plane of t-SNE.
    Neighbourhoods {
        /// About how many neighbours of each picture count.
        perplexity: f64,
        /// How many pictures have a place: all of them, or a sample.
        placed: usize,
    },
}

impl Axes {
    /// Which of the two it is.
    pub fn kind(&self) -> MapKind {
        match self {
            Self::Components { .. } => MapKind::Components,
            Self::Neighbourhoods { .. } => MapKind::Neighbourhoods,
        }
    }
}

/// Embeddings in two dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// After which epoch.
    pub epoch: Epoch,
    /// A point for each picture of the data set, in its order; NaN for a picture that has no place.
    pub points: Vec<(f32, f32)>,
    /// What the two dimensions are.
    pub axes: Axes,
    /// For each picture the nearest others with their distances, nearest first.
    pub neighbours: Vec<Vec<(ImageId, f32)>>,
}

/// The state of the Map screen.
#[derive(Debug, Clone, Default)]
pub struct MapView {
    /// The points after the newest epoch.
    pub projection: Pending<Arc<Projection>>,
    /// The picture under the cursor.
    pub selected: usize,
    /// Whether everyone but its person is faded.
    pub only_person: bool,
    /// Which view is wanted.
    pub kind: MapKind,
    /// A short name of each person of the data set, all different.
    pub names: Vec<String>,
}

impl MapView {
    /// The picture under the cursor.
    pub fn current(&self) -> ImageId {
        ImageId(self.selected)
    }

    /// Jumps to the nearest point in a direction, or to the nearest neighbour.
    pub fn act(&mut self, action: Action) {
        let direction = match action {
            Action::Left => (-1.0, 0.0),
            Action::Right => (1.0, 0.0),
            Action::Up => (0.0, 1.0),
            Action::Down => (0.0, -1.0),
            Action::NextNeighbour => return self.jump_to_neighbour(),
            Action::ShowOnlyPerson => {
                self.only_person = !self.only_person;
                return;
            }
            _ => return,
        };
        let points = self.projection.get().map(|projection| &projection.points);
        let Some((points, &at)) = points.and_then(|p| Some((p, p.get(self.selected)?))) else {
            return;
        };
        // From the middle, if the selected picture has no place.
        let from = if at.0.is_finite() { at } else { (0.0, 0.0) };
        // The cost of a point: the distance ahead plus twice the distance sideways. Points behind, or more than twice as
        // far sideways as ahead, are left out.
        let cost = |to: (f32, f32)| {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let (ahead, aside) = (
                dx * direction.0 + dy * direction.1,
                (dx * direction.1).abs() + (dy * direction.0).abs(),
            );
            (ahead > 1e-6 && aside <= 2.0 * ahead).then_some(ahead + 2.0 * aside)
        };
        let costs = points
            .iter()
            .enumerate()
            .filter_map(|(i, &to)| cost(to).map(|c| (i, c)));
        if let Some((nearest, _)) = costs.min_by(|a, b| a.1.total_cmp(&b.1)) {
            self.selected = nearest;
        }
    }

    /// Takes the picture whose point is nearest to a cell of the pane; a cell counts twice as high as wide.
    pub(in crate::app) fn choose_near(&mut self, (column, row): (u16, u16), room: (u16, u16)) {
        let Some(projection) = self.projection.get() else {
            return;
        };
        let placing = Placing::on_screen(&projection.points, room);
        let far = |&point: &(f32, f32)| {
            let (x, y) = placing.cell(point)?;
            let (across, down) = (x.abs_diff(column), 2 * y.abs_diff(row));
            Some(u32::from(across).pow(2) + u32::from(down).pow(2))
        };
        let points = projection.points.iter().enumerate();
        let nearest = points
            .filter_map(|(at, point)| Some((far(point)?, at)))
            .min();
        self.selected = nearest.map_or(self.selected, |(_, at)| at);
    }

    fn jump_to_neighbour(&mut self) {
        let nearest = self
            .projection
            .get()
            .and_then(|p| p.neighbours.get(self.selected)?.first());
        if let Some(&(ImageId(image), _)) = nearest {
            self.selected = image;
        }
    }
}
