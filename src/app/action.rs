//! Everything a key can do.
//!
//! One table gives each action its name in `keys.ron`, the short word in the footer, the sentence in the help, the context
//! where it applies and its default keys. Dispatch, footer and help all read this table, so that they cannot disagree.
//! Key handling written by hand (a `match` on keys in each screen) was rejected for that reason.

use super::screen::Screen;

/// Where an action applies. A key is looked up in the contexts that are active, the most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere, unless a more specific context binds the key.
    Global,
    /// On one screen.
    Screen(Screen),
    /// The guided tour, over any screen.
    Tour,
    /// The offer to resume a run, over any screen.
    Offer,
    /// The question whether to leave a training.
    Leave,
    /// The browser of runs.
    Runs,
    /// While a photo is chosen.
    Picker,
    /// While a line of text is typed.
    Input,
}

impl Context {
    /// The heading in the help.
    pub fn title(self) -> String {
        match self {
            Self::Global => "everywhere".into(),
            Self::Screen(screen) => format!("{} {}", screen.digit(), screen.name()),
            Self::Tour => "tour".into(),
            Self::Offer => "while a run is offered".into(),
            Self::Leave => "leaving a training".into(),
            Self::Runs => "the list of runs".into(),
            Self::Picker => "choosing a photo".into(),
            Self::Input => "while typing".into(),
        }
    }
}

macro_rules! by_screen {
    ($($module:ident $variant:ident $name:literal $show:ident $doc:literal;)*) => {
        impl Context {
            /// All of them, in the order of the help.
            pub const ALL: &'static [Self] = &[
                Self::Global,
                $(Self::Screen(Screen::$variant),)*
                Self::Tour,
                Self::Offer,
                Self::Leave,
                Self::Runs,
                Self::Picker,
                Self::Input,
            ];
        }

        impl Action {
            /// The screen that it shows.
            pub fn screen(self) -> Option<Screen> {
                match self {
                    $(Self::$show => Some(Screen::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

screens!(by_screen);

macro_rules! actions {
    ($($context:expr => { $($variant:ident $name:literal [$($key:literal),*] $label:literal $text:literal;)* })*) => {
        /// Everything a key can do; see the module.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(
                #[doc = $text]
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

            /// The word in the footer; empty if the footer does not mention it.
            pub fn label(self) -> &'static str {
                match self { $($(Self::$variant => $label,)*)* }
            }

            /// The sentence in the help.
            pub fn description(self) -> &'static str {
                match self { $($(Self::$variant => $text,)*)* }
            }

            /// Where it applies.
            pub fn context(self) -> Context {
                match self { $($(Self::$variant => $context,)*)* }
            }

            /// The keys it has unless `keys.ron` says otherwise.
            pub fn default_keys(self) -> &'static [&'static str] {
                match self { $($(Self::$variant => &[$($key),*],)*)* }
            }
        }
    };
}

actions! {
    Context::Global => {
        ShowData "show_data" ["1"] "" "the people and their pictures";
        ShowTrain "show_train" ["2"] "" "curves and controls of the training";
        ShowPairs "show_pairs" ["3"] "" "two faces side by side, and what the network says";
        ShowVerify "show_verify" ["4"] "" "identify a face";
        ShowMap "show_map" ["5"] "" "the embeddings in two dimensions";
        ShowNetwork "show_network" ["6"] "" "the layers of the network, for one pair";
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
        Select "select" ["enter"] "" "open, enlarge, or confirm";
        Back "back" ["esc"] "" "close, or go back";
        StartTraining "start_training" ["t"] "train" "start training with the current settings";
        EditSettings "edit_settings" ["e"] "" "change the settings of the training, then start it";
        PickModel "pick_model" ["M"] "model" "choose the network that answers";
        PickTheme "pick_theme" ["T"] "" "choose the colours";
        Palette "palette" [":", "ctrl-p"] "" "find a command by its words";
        Find "find" ["/"] "" "find an entry of the list by typing";
        Tour "tour" ["f1"] "tour" "a guided tour in ten stops";
        Copy "copy" ["y"] "" "copy what is under the cursor (works over SSH)";
        Export "export" ["S"] "" "write this screen to a text and an SVG file";
        Redraw "redraw" ["ctrl-l"] "" "draw everything again";
        Suspend "suspend" ["ctrl-z"] "" "back to the shell; fg returns";
        Interrupt "interrupt" ["ctrl-c"] "" "stop after this batch and save; twice: leave";
        Help "help" ["?"] "help" "these keys";
        Quit "quit" ["q"] "quit" "leave";
    }
    Context::Screen(Screen::Data) => {
        Filter "filter" ["/"] "filter" "show only people whose name contains what you type";
        AskWho "ask_who" ["v"] "who is this?" "identify this picture on the Verify screen";
        ShowRefused "show_refused" ["r"] "check" "files that cannot be used, copies, doubtful pictures";
    }
    Context::Screen(Screen::Train) => {
        Pause "pause" ["space"] "pause" "pause, or resume";
        Step "step" ["."] "step" "one batch, then pause";
        Save "save" ["w"] "save" "write the weights now";
        Stop "stop" ["x"] "stop" "stop after this batch and save";
        ShowRuns "show_runs" ["R"] "runs" "list the runs; draw, compare, rename, delete them";
        Zoom "zoom" ["z"] "zoom" "one chart large, or all of them";
        Crosshair "crosshair" ["c"] "crosshair" "read values with the arrow keys";
        LogScale "log_scale" ["g"] "log" "logarithmic scale for the loss";
        Smoothing "smoothing" ["s"] "smooth" "smooth the curves: off, little, much";
        PastRun "past_run" ["o"] "past run" "draw the run before in the charts, or remove drawn runs";
    }
    Context::Screen(Screen::Pairs) => {
        NextPair "next_pair" ["space"] "next" "next pair";
        SamplePairs "sample_pairs" ["g"] "grid" "a grid of sample pairs, or one pair large";
        MarkMislabelled "mark_mislabelled" ["m"] "mislabelled" "leave both pictures out of training, or unmark them";
        FilterPairs "filter_pairs" ["f"] "filter" "all, same person, different people, or only wrong ones";
        OrderPairs "order_pairs" ["o"] "order" "hardest first, easiest first, or as drawn";
        EarlierEpoch "earlier_epoch" ["left", "h"] "epoch" "the similarities one epoch earlier";
        LaterEpoch "later_epoch" ["right", "l"] "" "the similarities one epoch later";
        NewPairs "new_pairs" ["r"] "new pairs" "draw new pairs with the next seed";
        UndoMark "undo_mark" ["u"] "undo" "remove the newest mark";
        LowerThreshold "lower_threshold" ["["] "threshold" "lower the threshold; flipped decisions are highlighted";
        RaiseThreshold "raise_threshold" ["]"] "" "raise the threshold";
    }
    Context::Screen(Screen::Verify) => {
        ThresholdDown "threshold_down" ["left", "h"] "threshold" "lower the threshold";
        ThresholdUp "threshold_up" ["right", "l"] "" "raise the threshold";
        NextProbe "next_probe" ["n"] "probe" "the next picture as probe";
        PreviousProbe "previous_probe" ["p"] "" "the previous picture as probe";
        Walk "walk" ["w"] "one by one" "compare with one person after the other, or stop that";
        SlowerWalk "slower_walk" [","] "speed" "slower, while comparing one by one";
        FasterWalk "faster_walk" ["."] "" "faster, while comparing one by one";
        NextFace "next_face" ["f"] "face" "the next face of the photo";
        OpenPhoto "open_photo" ["o"] "open" "choose a photo file as probe";
        Enroll "enroll" ["+"] "enroll" "enroll the probe as a new person, without training";
        RandomProbe "random_probe" ["r"] "random" "any picture as probe";
        AllPictures "all_pictures" ["a"] "all pictures" "compare with one, or with every picture of each person";
        SortPeople "sort_people" ["b"] "best first" "best first, or by person";
        ShowTiles "show_tiles" ["v"] "rows" "tiles, or rows";
        Rename "rename" ["R"] "rename" "rename an enrolled person";
        Forget "forget" ["d"] "forget" "forget an enrolled person";
    }
    Context::Screen(Screen::Map) => {
        SwitchView "switch_view" ["v"] "neighbours" "by principal components, or by neighbours (t-SNE)";
        NextNeighbour "next_neighbour" ["n"] "neighbour" "jump to the nearest other picture";
        ShowOnlyPerson "show_only_person" ["o"] "only this person" "fade everyone else";
    }
    Context::Screen(Screen::Network) => {
        NextExample "next_example" ["n"] "pair" "the next pair of faces";
        PreviousExample "previous_example" ["p"] "" "the previous pair of faces";
    }
    Context::Tour => {
        TourNext "tour_next" ["enter", "space"] "next" "the next stop";
        TourBack "tour_back" ["backspace"] "back" "the previous stop";
        TourLeave "tour_leave" ["esc"] "leave" "leave the tour; F1 resumes it";
    }
    Context::Offer => {
        ResumeRun "resume_run" ["r"] "resume" "resume the run that stopped";
        DropOffer "drop_offer" ["esc"] "not now" "do not resume that run";
    }
    Context::Leave => {
        KeepTraining "keep_training" ["b"] "background" "leave, and continue training in the background";
    }
    Context::Runs => {
        MarkRun "mark_run" ["space"] "mark" "mark the run, or unmark it";
        DrawRuns "draw_runs" ["enter", "o"] "draw" "draw the marked runs in the charts";
        CompareRuns "compare_runs" ["c"] "compare" "the marked runs side by side";
        FilterRuns "filter_runs" ["/"] "filter" "show only runs whose line contains what you type";
        RenameRun "rename_run" ["r"] "rename" "rename the run; it keeps its number";
        NoteRun "note_run" ["n"] "note" "write a note on the run";
        DeleteRun "delete_run" ["d"] "delete" "move the run into the trash";
        RestoreRun "restore_run" ["u"] "undo" "bring back the run that was deleted last";
        ClearRuns "clear_runs" ["x"] "clear" "remove all marks, and the runs from the charts";
    }
    Context::Picker => {
        Complete "complete" ["tab"] "complete" "complete the name or the path";
    }
    Context::Input => {
        Confirm "confirm" ["enter"] "accept" "accept what is typed";
        Cancel "cancel" ["esc"] "cancel" "discard what is typed";
        NextField "next_field" ["tab", "down"] "" "the next field, or entry";
        PreviousField "previous_field" ["backtab", "up"] "" "the previous field, or entry";
        Erase "erase" ["backspace"] "" "erase a character";
        EraseAll "erase_all" ["ctrl-u"] "" "erase the line";
        ChoiceLeft "choice_left" ["left"] "" "the previous choice";
        ChoiceRight "choice_right" ["right"] "" "the next choice";
    }
}

impl Action {
    /// The opposite action, where the footer shows both keys before one word.
    pub fn partner(self) -> Option<Self> {
        match self {
            Self::EarlierEpoch => Some(Self::LaterEpoch),
            Self::ThresholdDown => Some(Self::ThresholdUp),
            Self::LowerThreshold => Some(Self::RaiseThreshold),
            Self::SlowerWalk => Some(Self::FasterWalk),
            Self::NextProbe => Some(Self::PreviousProbe),
            Self::NextExample => Some(Self::PreviousExample),
            _ => None,
        }
    }
}

/// Names in `keys.ron` of version 0.1.0 that have changed since.
const FORMER_NAMES: [(&str, Action); 1] = [("enrol", Action::Enroll)];

impl std::str::FromStr for Action {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let named = Self::NAMES.iter().zip(Self::ALL);
        let former = FORMER_NAMES.iter().map(|(name, action)| (name, action));
        named
            .chain(former)
            .find_map(|(known, action)| (*known == name).then_some(*action))
            .ok_or(())
    }
}
