//! The table of screens.
//!
//! One row for each screen: the module in `app`, the variant, the name in the header, the action that shows it, and what
//! it is. Everything that differs only by screen (this enum, the actions' contexts, the dispatch of keys) is generated
//! from the table, so that a new screen is one row.

/// Calls the macro `$with` with the rows of the table, in the order of the digits.
macro_rules! screens {
    ($with:ident) => {
        $with! {
            data Data "Data" ShowData "People and their pictures.";
            train Train "Train" ShowTrain "Curves and controls of the training.";
            pairs Pairs "Pairs" ShowPairs "Two faces side by side.";
            verify Verify "Verify" ShowVerify "A probe compared with everyone.";
            map Map "Map" ShowMap "The embeddings in two dimensions.";
            network Network "Network" ShowNetwork "The layers of the network, for one pair.";
        }
    };
}

macro_rules! define_screen {
    ($($module:ident $variant:ident $name:literal $show:ident $doc:literal;)*) => {
        /// The screens, in the order of their digits.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum Screen {
            $(#[doc = $doc] $variant,)*
        }

        impl Screen {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the header.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

screens!(define_screen);

impl Default for Screen {
    fn default() -> Self {
        Self::ALL[0]
    }
}

impl Screen {
    /// The digit that shows it, from 1.
    pub fn digit(self) -> usize {
        self as usize + 1
    }

    /// The screen `step` further, around the end.
    pub fn turn(self, step: isize) -> Self {
        let count = Self::ALL.len() as isize;
        Self::ALL[(self as isize + step).rem_euclid(count) as usize]
    }
}
