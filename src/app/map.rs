//! The Map screen: where the network puts each picture.

use std::sync::Arc;

use super::action::Action;
use super::event::{Projection, Request};
use crate::units::ImageId;

/// The state of the Map screen.
#[derive(Debug, Clone, Default)]
pub struct MapView {
    /// The newest points.
    pub projection: Option<Arc<Projection>>,
    /// The picture under the cursor.
    pub selected: usize,
    /// Whether everybody but its person is faded.
    pub only_person: bool,
    /// The newest question.
    pub request: Request,
    /// Whether it is still open.
    pub waiting: bool,
}

impl MapView {
    /// The picture under the cursor.
    pub fn current(&self) -> ImageId {
        ImageId(self.selected)
    }

    /// Jumps to the nearest point in a direction, or to the nearest neighbour. Whether the action was one of these.
    pub fn act(&mut self, action: Action) -> bool {
        let direction = match action {
            Action::Left => (-1.0, 0.0),
            Action::Right => (1.0, 0.0),
            Action::Up => (0.0, 1.0),
            Action::Down => (0.0, -1.0),
            Action::NextNeighbour => return self.jump_to_neighbour(),
            Action::ShowOnlyPerson => {
                self.only_person = !self.only_person;
                return true;
            }
            _ => return false,
        };
        let Some(projection) = &self.projection else {
            return true;
        };
        let Some(&from) = projection.points.get(self.selected) else {
            return true;
        };
        // Straight ahead is near; sideways counts double, and backwards not at all.
        let cost = |to: (f32, f32)| {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let (ahead, aside) = (
                dx * direction.0 + dy * direction.1,
                (dx * direction.1).abs() + (dy * direction.0).abs(),
            );
            (ahead > 1e-6 && aside <= 2.0 * ahead).then_some(ahead + 2.0 * aside)
        };
        let costs = projection
            .points
            .iter()
            .enumerate()
            .filter_map(|(i, &to)| cost(to).map(|c| (i, c)));
        if let Some((nearest, _)) = costs.min_by(|a, b| a.1.total_cmp(&b.1)) {
            self.selected = nearest;
        }
        true
    }

    fn jump_to_neighbour(&mut self) -> bool {
        let nearest = self
            .projection
            .as_ref()
            .and_then(|p| p.neighbours.get(self.selected)?.first());
        if let Some(&(ImageId(image), _)) = nearest {
            self.selected = image;
        }
        true
    }
}
