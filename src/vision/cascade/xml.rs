//! Reads cascades in the XML format of OpenCV's trainer.
//!
//! ```xml
//! <opencv_storage><cascade>
//!   <stageType>BOOST</stageType> <featureType>HAAR</featureType> <height>24</height> <width>24</width>
//!   <featureParams><maxCatCount>0</maxCatCount></featureParams>
//!   <stages><_>
//!     <stageThreshold>-5.04</stageThreshold>
//!     <weakClassifiers><_>
//!       <internalNodes>0 -1 0 -0.03</internalNodes>  four numbers a node: left, right, feature, threshold
//!       <leafValues>2.08 -2.21</leafValues></_></weakClassifiers></_></stages>
//!   <features><_>
//!     <rects><_>6 4 12 9 -1.</_> <_>6 7 12 3 3.</_></rects> <tilted>0</tilted></_></features>
//! </cascade></opencv_storage>
//! ```
//!
//! roxmltree parses the whole file into a tree. A streaming parser was rejected: it would save memory, which does not
//! matter for files of at most 16 MiB, but would need a state machine.

use std::str::FromStr;

use roxmltree::{Document, Node as Element, ParsingOptions};

use super::{Cascade, CascadeError, Feature, Node, Rectangle, Stage, Tree};

/// The most XML nodes of a file. OpenCV's largest cascade has 200,000.
const MAX_XML_NODES: u32 = 2_000_000;
/// The most characters of a wrong text in an error message.
const QUOTED: usize = 40;

impl Cascade {
    /// Reads a cascade in OpenCV's XML format from text.
    ///
    /// # Errors
    /// If the text is not XML, a part is missing, a number is out of range, or the cascade is of an unsupported kind.
    pub fn from_xml(text: &str) -> Result<Self, CascadeError> {
        // No DTD: a cascade needs no entities, and expanding them can turn a small file into a huge one.
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: MAX_XML_NODES,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(text, options)?;
        let root = document.root_element();
        let cascade = root
            .first_element_child()
            .ok_or_else(|| missing(root, "cascade"))?;
        check_kind(cascade)?;
        let window = (
            number(child(cascade, "width")?)?,
            number(child(cascade, "height")?)?,
        );
        let stages = items(child(cascade, "stages")?)
            .map(stage)
            .collect::<Result<_, _>>()?;
        let features = items(child(cascade, "features")?)
            .enumerate()
            .map(feature)
            .collect::<Result<_, _>>()?;
        Self::assemble(window, stages, features)
    }
}

/// Refuses valid cascades of an unsupported kind.
fn check_kind(cascade: Element) -> Result<(), CascadeError> {
    let unsupported = |what: String| Err(CascadeError::Unsupported(what));
    if cascade.attribute("type_id") == Some("opencv-haar-classifier") {
        return unsupported("it is in the old format of OpenCV 1, which is not supported".into());
    }
    let stage_type = content(child(cascade, "stageType")?);
    if stage_type != "BOOST" {
        return unsupported(format!(
            "its stages are of type {:?}, not BOOST",
            shorten(stage_type)
        ));
    }
    let feature_type = content(child(cascade, "featureType")?);
    if feature_type != "HAAR" {
        return unsupported(format!(
            "its features are of type {:?}, not HAAR",
            shorten(feature_type)
        ));
    }
    let parameters = child(cascade, "featureParams")?;
    if let Some(categories) = element(parameters, "maxCatCount")
        && number::<u32>(categories)? != 0
    {
        return unsupported("its features have categories instead of values".into());
    }
    Ok(())
}

fn stage(item: Element) -> Result<Stage, CascadeError> {
    let raw_threshold = number::<f64>(child(item, "stageThreshold")?)? as f32;
    let trees = items(child(item, "weakClassifiers")?)
        .map(tree)
        .collect::<Result<_, _>>()?;
    Ok(Stage {
        raw_threshold,
        trees,
    })
}

fn tree(item: Element) -> Result<Tree, CascadeError> {
    let inner = child(item, "internalNodes")?;
    let words: Vec<&str> = content(inner).split_ascii_whitespace().collect();
    if !words.len().is_multiple_of(4) {
        return Err(wrong(
            inner,
            content(inner),
            "four numbers for each comparison",
        ));
    }
    let nodes = words
        .chunks_exact(4)
        .map(|four| {
            Ok(Node {
                left: parse(inner, four[0])?,
                right: parse(inner, four[1])?,
                feature: parse(inner, four[2])?,
                threshold: parse::<f64>(inner, four[3])? as f32,
            })
        })
        .collect::<Result<_, CascadeError>>()?;
    let leaf_values = child(item, "leafValues")?;
    let leaves = content(leaf_values)
        .split_ascii_whitespace()
        .map(|word| Ok(parse::<f64>(leaf_values, word)? as f32))
        .collect::<Result<_, CascadeError>>()?;
    Ok(Tree { nodes, leaves })
}

fn feature((at, item): (usize, Element)) -> Result<Feature, CascadeError> {
    if let Some(tilted) = element(item, "tilted")
        && number::<i32>(tilted)? != 0
    {
        return Err(CascadeError::Unsupported(format!(
            "its feature {at} is tilted, but only upright features are supported"
        )));
    }
    let rects = child(item, "rects")?;
    let mut feature = Feature::default();
    let mut count = 0;
    for part in items(rects) {
        let slot = feature
            .get_mut(count)
            .ok_or_else(|| wrong(rects, "a fourth rectangle", "one to three"))?;
        *slot = rectangle(part)?;
        count += 1;
    }
    if count == 0 {
        return Err(wrong(rects, "", "one to three rectangles"));
    }
    Ok(feature)
}

fn rectangle(item: Element) -> Result<Rectangle, CascadeError> {
    let words: Vec<&str> = content(item).split_ascii_whitespace().collect();
    let [x, y, width, height, weight] = words[..] else {
        return Err(wrong(
            item,
            content(item),
            "x, y, width, height and weight of a rectangle",
        ));
    };
    Ok(Rectangle {
        x: parse(item, x)?,
        y: parse(item, y)?,
        width: parse(item, width)?,
        height: parse(item, height)?,
        weight: parse::<f64>(item, weight)? as f32,
    })
}

/// The elements of a list; OpenCV names each `_`.
fn items<'a>(list: Element<'a, 'a>) -> impl Iterator<Item = Element<'a, 'a>> {
    list.children().filter(|node| node.is_element())
}

fn element<'a>(parent: Element<'a, 'a>, name: &str) -> Option<Element<'a, 'a>> {
    parent.children().find(|node| node.has_tag_name(name))
}

fn child<'a>(parent: Element<'a, 'a>, name: &'static str) -> Result<Element<'a, 'a>, CascadeError> {
    element(parent, name).ok_or_else(|| missing(parent, name))
}

/// The text of an element, without the white space around it.
fn content<'a>(element: Element<'a, 'a>) -> &'a str {
    element.text().unwrap_or_default().trim_ascii()
}

fn number<T: FromStr>(element: Element) -> Result<T, CascadeError> {
    parse(element, content(element))
}

fn parse<T: FromStr>(element: Element, word: &str) -> Result<T, CascadeError> {
    word.parse()
        .map_err(|_| wrong(element, word, "a number in range"))
}

/// `<name> in line n`, for error messages.
fn place(element: Element) -> String {
    let line = element.document().text_pos_at(element.range().start).row;
    format!("<{}> in line {line}", element.tag_name().name())
}

fn wrong(element: Element, found: &str, expected: &'static str) -> CascadeError {
    CascadeError::Value {
        place: place(element),
        found: shorten(found),
        expected,
    }
}

fn missing(element: Element, name: &'static str) -> CascadeError {
    CascadeError::Missing {
        place: place(element),
        element: name,
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
