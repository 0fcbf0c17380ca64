//! The compact binary form of a cascade, used for the built-in one.
//!
//! The XML file of the frontal-face cascade has 930 kB, mostly white space and decimal digits; this form has a tenth. All
//! numbers are little-endian:
//!
//! - the magic `TWCASC01`, then the window's width and height (u16 each);
//! - the number of features (u32); for each feature the number of its rectangles (u8) and, for each rectangle, x, y,
//!   width and height (u8 each) and the weight (f32);
//! - the number of stages (u32); for each stage the threshold from the XML (f32) and the number of its trees (u32); for
//!   each tree the number of nodes (u8), the nodes (left and right child as i8, feature as u16, threshold as f32) and the
//!   leaf values (f32).
//!
//! Reading it makes the same checks as reading XML.

use super::{Cascade, CascadeError, Feature, Node, Rectangle, Stage, Tree};

const MAGIC: &[u8; 8] = b"TWCASC01";

impl Cascade {
    /// The compact form; `None` if a number does not fit into its field (windows over 255 pixels, trees of over 127
    /// nodes).
    pub fn to_compact(&self) -> Option<Vec<u8>> {
        let mut out = MAGIC.to_vec();
        for side in [self.window.0, self.window.1] {
            out.extend(u16::try_from(side).ok()?.to_le_bytes());
        }
        out.extend(u32::try_from(self.features.len()).ok()?.to_le_bytes());
        for feature in &self.features {
            let used: Vec<_> = feature
                .iter()
                .filter(|part| **part != Rectangle::default())
                .collect();
            out.push(used.len() as u8);
            for part in used {
                for value in [part.x, part.y, part.width, part.height] {
                    out.push(u8::try_from(value).ok()?);
                }
                out.extend(part.weight.to_le_bytes());
            }
        }
        out.extend(u32::try_from(self.stages.len()).ok()?.to_le_bytes());
        for stage in &self.stages {
            out.extend(stage.raw_threshold.to_le_bytes());
            out.extend(u32::try_from(stage.trees.len()).ok()?.to_le_bytes());
            stage
                .trees
                .iter()
                .try_for_each(|tree| write_tree(&mut out, tree))?;
        }
        Some(out)
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// If there are too few or too many bytes, or they do not describe a valid cascade.
    pub fn from_compact(bytes: &[u8]) -> Result<Self, CascadeError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take::<8>()? != *MAGIC {
            return Err(CascadeError::Compact(0));
        }
        let window = (u32::from(reader.u16()?), u32::from(reader.u16()?));
        let features = (0..reader.u32()?)
            .map(|_| reader.feature())
            .collect::<Result<_, _>>()?;
        let stages = (0..reader.u32()?)
            .map(|_| reader.stage())
            .collect::<Result<_, _>>()?;
        if reader.at != bytes.len() {
            return Err(CascadeError::Compact(reader.at));
        }
        Self::assemble(window, stages, features)
    }
}

fn write_tree(out: &mut Vec<u8>, tree: &Tree) -> Option<()> {
    out.push(u8::try_from(tree.nodes.len()).ok()?);
    for node in &tree.nodes {
        out.extend(i8::try_from(node.left).ok()?.to_le_bytes());
        out.extend(i8::try_from(node.right).ok()?.to_le_bytes());
        out.extend(u16::try_from(node.feature).ok()?.to_le_bytes());
        out.extend(node.threshold.to_le_bytes());
    }
    tree.leaves
        .iter()
        .for_each(|leaf| out.extend(leaf.to_le_bytes()));
    Some(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], CascadeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest
            .first_chunk::<N>()
            .ok_or(CascadeError::Compact(self.at))?;
        self.at += N;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, CascadeError> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, CascadeError> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, CascadeError> {
        self.take().map(u32::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, CascadeError> {
        self.take().map(f32::from_le_bytes)
    }

    fn feature(&mut self) -> Result<Feature, CascadeError> {
        let start = self.at;
        let count = usize::from(self.u8()?);
        let mut feature = Feature::default();
        for part in feature
            .get_mut(..count)
            .filter(|_| count > 0)
            .ok_or(CascadeError::Compact(start))?
        {
            let [x, y, width, height] = self.take::<4>()?.map(u16::from);
            *part = Rectangle {
                x,
                y,
                width,
                height,
                weight: self.f32()?,
            };
        }
        Ok(feature)
    }

    fn stage(&mut self) -> Result<Stage, CascadeError> {
        let raw_threshold = self.f32()?;
        let trees = (0..self.u32()?)
            .map(|_| self.tree())
            .collect::<Result<_, _>>()?;
        Ok(Stage {
            raw_threshold,
            trees,
        })
    }

    fn tree(&mut self) -> Result<Tree, CascadeError> {
        let count = self.u8()?;
        let nodes = (0..count).map(|_| self.node()).collect::<Result<_, _>>()?;
        let leaves = (0..=count).map(|_| self.f32()).collect::<Result<_, _>>()?;
        Ok(Tree { nodes, leaves })
    }

    fn node(&mut self) -> Result<Node, CascadeError> {
        Ok(Node {
            left: i32::from(i8::from_le_bytes(self.take()?)),
            right: i32::from(i8::from_le_bytes(self.take()?)),
            feature: usize::from(self.u16()?),
            threshold: self.f32()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml";

    /// Makes `data/cascade/frontalface_default.bin`; see `data/cascade/README.md`.
    #[test]
    #[ignore = "writes into data/; needs Debian's opencv-data"]
    fn make_the_embedded_cascade() {
        let source = std::env::var("TWINSIGHT_CASCADE_XML").unwrap_or(SOURCE.to_owned());
        let cascade = Cascade::open(source.as_ref()).unwrap();
        let bytes = cascade.to_compact().unwrap();
        let target = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/data/cascade/frontalface_default.bin"
        );
        std::fs::write(target, &bytes).unwrap();
        assert_eq!(Cascade::from_compact(&bytes).unwrap(), cascade);
    }
}
