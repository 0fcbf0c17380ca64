//! Everything a key can do.
//!
//! One list gives each action its name in `keys.ron`, the short word in the footer, the sentence in the help, the
//! place where it applies and its usual keys. Dispatch, footer and help all read this list, so that they cannot
//! disagree. Writing key handling out by hand (a `match` on keys in each screen) was rejected for that reason.

use serde::{Deserialize, Serialize};

/// Where an action applies. A key is looked up in the contexts that are active, most special first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere, unless something more special binds the key.
    Global,
    /// The people and their pictures.
    Data,
    /// Curves and controls.
    Train,
    /// Two faces side by side.
    Pairs,
    /// Who is this?
    Verify,
    /// The embeddings in two dimensions.
    Map,
    /// The two towers.
    Network,
    /// The guided tour, over any screen.
    Tour,
    /// The offer to go on with a run, over any screen.
    Offer,
    /// The question whether to leave a training.
    Leave,
    /// While a line of text is typed.
    Input,
}

impl Context {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 11] = [
        Self::Global,
        Self::Data,
        Self::Train,
        Self::Pairs,
        Self::Verify,
        Self::Map,
        Self::Network,
        Self::Tour,
        Self::Offer,
        Self::Leave,
        Self::Input,
    ];

    /// The heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "everywhere",
            Self::Data => "1 Data",
            Self::Train => "2 Train",
            Self::Pairs => "3 Pairs",
            Self::Verify => "4 Verify",
            Self::Map => "5 Map",
            Self::Network => "6 Network",
            Self::Tour => "tour",
            Self::Offer => "while a run is offered",
            Self::Leave => "leaving a training",
            Self::Input => "while typing",
        }
    }
}

macro_rules! actions {
    ($($context:ident { $($variant:ident $name:literal [$($key:literal),*] $label:literal $text:literal;)* })*) => {
        /// Everything a key can do; see the module.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Action {
            $($(
                #[doc = $text]
                #[serde(rename = $name)]
                $variant,
            )*)*
        }

        impl Action {
            /// All of them, in the order of footer and help.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// The names in `keys.ron`, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($($name,)*)*];

            /// Its name in `keys.ron`.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// The word in the footer; empty if the footer need not mention it.
            pub fn label(self) -> &'static str {
                match self { $($(Self::$variant => $label,)*)* }
            }

            /// The sentence in the help.
            pub fn description(self) -> &'static str {
                match self { $($(Self::$variant => $text,)*)* }
            }

            /// Where it applies.
            pub fn context(self) -> Context {
                match self { $($(Self::$variant => Context::$context,)*)* }
            }

            /// The keys it has unless `keys.ron` says otherwise.
            pub fn default_keys(self) -> &'static [&'static str] {
                match self { $($(Self::$variant => &[$($key),*],)*)* }
            }
        }
    };
}

actions! {
    Global {
        ShowData "show_data" ["1"] "" "the people and their pictures";
        ShowTrain "show_train" ["2"] "" "curves and controls of the training";
        ShowPairs "show_pairs" ["3"] "" "two faces side by side, and what the network says";
        ShowVerify "show_verify" ["4"] "" "ask who somebody is";
        ShowMap "show_map" ["5"] "" "the embeddings in two dimensions";
        ShowNetwork "show_network" ["6"] "" "the network, alive";
        NextScreen "next_screen" ["tab"] "" "next screen";
        PreviousScreen "previous_screen" ["backtab"] "" "previous screen";
        Up "up" ["up", "k"] "" "up";
        Down "down" ["down", "j"] "" "down";
        Left "left" ["left", "h"] "" "left";
        Right "right" ["right", "l"] "" "right";
        PageUp "page_up" ["pageup", "ctrl-b"] "" "a page up";
        PageDown "page_down" ["pagedown", "ctrl-f"] "" "a page down";
        First "first" ["home"] "" "to the first";
        Last "last" ["end"] "" "to the last";
        Select "select" ["enter"] "" "open, enlarge, or go on";
        Back "back" ["esc"] "" "close, or go back";
        StartTraining "start_training" ["t"] "train" "start training with the settings of the Train screen";
        EditSettings "edit_settings" ["e"] "" "change the settings of the training, then start it";
        PickTheme "pick_theme" ["T"] "" "choose the colours";
        Tour "tour" ["f1"] "" "a guided tour in eight stops";
        Copy "copy" ["y"] "" "copy what is under the cursor, over SSH too";
        Export "export" ["S"] "" "write this screen to a text and an SVG file";
        Redraw "redraw" ["ctrl-l"] "" "draw everything again";
        Suspend "suspend" ["ctrl-z"] "" "back to the shell; fg returns";
        Interrupt "interrupt" ["ctrl-c"] "" "stop after this batch and save; twice: leave";
        Help "help" ["?"] "help" "these keys";
        Quit "quit" ["q"] "quit" "leave";
    }
    Data {
        Filter "filter" ["/"] "filter" "show only people whose name contains what you type";
        AskWho "ask_who" ["v"] "who is this?" "take this picture to the Verify screen";
        ShowRefused "show_refused" ["r"] "refused" "the files that could not be used, and why";
    }
    Train {
        Pause "pause" ["space"] "pause" "pause, or go on";
        Step "step" ["."] "step" "one batch, then pause";
        Save "save" ["w"] "save" "write the weights now";
        Stop "stop" ["x"] "stop" "stop after this batch and save";
        Zoom "zoom" ["z"] "zoom" "one chart large, or all of them";
        Crosshair "crosshair" ["c"] "crosshair" "read values with the arrow keys";
        LogScale "log_scale" ["g"] "log" "logarithmic scale for the loss";
        Smoothing "smoothing" ["s"] "smooth" "smooth the curves: off, little, much";
        PastRun "past_run" ["o"] "past run" "lay an earlier run under the curves";
    }
    Pairs {
        NextPair "next_pair" ["space"] "next" "next pair";
        MarkMislabelled "mark_mislabelled" ["m"] "mislabelled" "leave both pictures out of training, or no longer";
        FilterPairs "filter_pairs" ["f"] "filter" "all, same person, different people, or only wrong ones";
        OrderPairs "order_pairs" ["o"] "order" "hardest first, easiest first, or as drawn";
        EarlierEpoch "earlier_epoch" ["left", "h"] "epoch" "what the network said an epoch earlier";
        LaterEpoch "later_epoch" ["right", "l"] "" "what the network said an epoch later";
        NewPairs "new_pairs" ["r"] "new pairs" "draw new pairs with the next seed";
        UndoMark "undo_mark" ["u"] "undo" "take the newest mark back";
        LowerThreshold "lower_threshold" ["["] "threshold" "lower the threshold; pairs that turn light up";
        RaiseThreshold "raise_threshold" ["]"] "" "raise the threshold";
    }
    Verify {
        ThresholdDown "threshold_down" ["left", "h"] "threshold" "lower the threshold";
        ThresholdUp "threshold_up" ["right", "l"] "" "raise the threshold";
        NextProbe "next_probe" ["n"] "probe" "the next picture as probe";
        PreviousProbe "previous_probe" ["p"] "" "the previous picture as probe";
        RandomProbe "random_probe" ["r"] "random" "any picture as probe";
        OpenPhoto "open_photo" ["o"] "open" "choose a photo file as probe";
        AllPictures "all_pictures" ["a"] "all pictures" "compare with one, or with every picture of each person";
        SortPeople "sort_people" ["b"] "best first" "best first, or by person";
        ShowTiles "show_tiles" ["v"] "rows" "tiles, or rows";
        Enrol "enrol" ["+"] "enrol" "enrol the probe as a new person, without training";
        Rename "rename" ["R"] "rename" "rename an enrolled person";
        Forget "forget" ["d"] "forget" "forget an enrolled person";
    }
    Map {
        NextNeighbour "next_neighbour" ["n"] "neighbour" "jump to the nearest other picture";
        ShowOnlyPerson "show_only_person" ["o"] "only this person" "fade everybody else";
    }
    Network {
        NextExample "next_example" ["n"] "pair" "the next pair of faces";
        PreviousExample "previous_example" ["p"] "" "the previous pair of faces";
    }
    Tour {
        TourNext "tour_next" ["enter", "space"] "go on" "the next stop";
        TourBack "tour_back" ["backspace"] "back" "the stop before";
        TourLeave "tour_leave" ["esc"] "leave" "leave the tour; F1 resumes it";
    }
    Offer {
        ResumeRun "resume_run" ["r"] "resume" "go on with the run that stopped";
        DropOffer "drop_offer" ["esc"] "not now" "leave that run as it is";
    }
    Leave {
        KeepTraining "keep_training" ["b"] "background" "leave, and go on training in the background";
    }
    Input {
        Confirm "confirm" ["enter"] "accept" "accept what is typed";
        Cancel "cancel" ["esc"] "cancel" "drop what is typed";
        NextField "next_field" ["tab", "down"] "" "the next field, or complete a path";
        PreviousField "previous_field" ["backtab", "up"] "" "the field before";
        Erase "erase" ["backspace"] "" "erase a character";
        EraseAll "erase_all" ["ctrl-u"] "" "erase the line";
        ChoiceLeft "choice_left" ["left"] "" "the choice before";
        ChoiceRight "choice_right" ["right"] "" "the next choice";
    }
}

impl Action {
    /// The action that goes the other way, where the footer shows both keys before one word.
    pub fn partner(self) -> Option<Self> {
        match self {
            Self::EarlierEpoch => Some(Self::LaterEpoch),
            Self::ThresholdDown => Some(Self::ThresholdUp),
            Self::LowerThreshold => Some(Self::RaiseThreshold),
            Self::NextProbe => Some(Self::PreviousProbe),
            Self::NextExample => Some(Self::PreviousExample),
            _ => None,
        }
    }
}

impl std::str::FromStr for Action {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::NAMES
            .iter()
            .position(|&known| known == name)
            .map(|i| Self::ALL[i])
            .ok_or(())
    }
}
