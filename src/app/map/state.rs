//! The state of the Map screen.

use std::sync::Arc;

use crate::app::action::Action;
use crate::app::pending::Pending;
use crate::units::{Epoch, ImageId};

/// Embeddings in two dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// After which epoch.
    pub epoch: Epoch,
    /// A point for each picture of the data set, in its order.
    pub points: Vec<(f32, f32)>,
    /// Share of the variance along each axis, from 0 to 1.
    pub share: (f32, f32),
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
        let Some((points, &from)) = points.and_then(|p| Some((p, p.get(self.selected)?))) else {
            return;
        };
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
