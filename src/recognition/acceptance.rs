//! From which similarity on a person is accepted: one rule for the command line and the screens.
//!
//! Unless the user decides, a model on a backbone accepts at the threshold where a stranger is named with a chance of at
//! most 1 %. A stranger is compared with N people. If one comparison is wrong with probability p, and the comparisons are
//! independent, some person is named with the chance 1 − (1 − p)ᴺ. That is 1 % at p = 1 − 0.99^(1/N): 0.025 % for 40
//! people. The threshold for p comes from the non-mated comparisons that are stored with the model. A model without a
//! backbone accepts from 0.50 on, as in the tutorial.

use serde::Serialize;

use super::identification::RecognitionError;
use crate::metrics::{self, Scores};
use crate::text::counted;
use crate::units::Threshold;
use crate::vision::Preparation;

/// With which chance a stranger may be named by a model on a backbone.
pub const STRANGERS_NAMED: f64 = 0.01;

/// How the threshold is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Acceptance {
    /// This threshold, which the user chose.
    Threshold {
        /// The threshold.
        at: Threshold,
    },
    /// 0.50: one person is as likely as two.
    Even,
    /// The threshold with this false match rate, from 0 to 1.
    Fmr {
        /// The rate of single comparisons.
        rate: f64,
    },
    /// The threshold at which a stranger is named with at most this chance, from 0 to 1; see the module.
    Strangers {
        /// The chance, over all comparisons with the known people.
        rate: f64,
    },
}

/// A threshold, and how it was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChosenThreshold {
    /// A person is accepted from this similarity on.
    pub threshold: Threshold,
    /// How it was chosen.
    pub acceptance: Acceptance,
    /// How many people a probe is compared with.
    pub people: usize,
    /// The false match rate at the threshold among the stored comparisons; `None` if there are none.
    pub fmr: Option<f64>,
    /// The number of stored comparisons of two people. No rate can be told finer than 1 in this many.
    pub comparisons: usize,
    /// The false match rate that was wanted, if one was.
    wanted: Option<f64>,
}

impl Acceptance {
    /// The rule where the user asks for none, for a model that takes faces of this preparation.
    pub fn usual(preparation: &Preparation) -> Self {
        match preparation.backbone {
            Some(_) => Self::Strangers {
                rate: STRANGERS_NAMED,
            },
            None => Self::Even,
        }
    }

    /// Chooses the threshold. `validation` are the scores stored with the model, `people` is how many people a probe is
    /// compared with.
    ///
    /// # Errors
    /// When a rate is asked for and the model has no comparisons to measure it.
    pub fn choose(
        self,
        validation: &Scores,
        people: usize,
    ) -> Result<ChosenThreshold, RecognitionError> {
        let wanted = match self {
            Self::Threshold { .. } | Self::Even => None,
            Self::Fmr { rate } => Some(rate),
            Self::Strangers { rate } => Some(1.0 - (1.0 - rate).powf(1.0 / people.max(1) as f64)),
        };
        let threshold = match (self, wanted) {
            (Self::Threshold { at }, _) => at,
            (_, None) => Threshold::default(),
            (_, Some(rate)) => {
                validation.check()?;
                metrics::threshold_at_fmr(validation, rate)
            }
        };
        let comparisons = validation.non_mated.len();
        Ok(ChosenThreshold {
            threshold,
            acceptance: self,
            people,
            fmr: (comparisons > 0).then(|| metrics::fmr_at(validation, threshold)),
            comparisons,
            wanted,
        })
    }
}

impl ChosenThreshold {
    /// The finest false match rate that the stored comparisons can show.
    pub fn finest_fmr(&self) -> Option<f64> {
        (self.comparisons > 0).then(|| 1.0 / self.comparisons as f64)
    }

    /// Says so if a finer rate was asked for than the stored comparisons can show.
    pub fn too_fine(&self) -> Option<String> {
        let finest = self.finest_fmr()?;
        self.wanted.filter(|wanted| *wanted < finest)?;
        Some(format!(
            "no false match rate finer than 1 in {0} can be told from {0} comparisons, so the threshold is above all of them",
            grouped(self.comparisons)
        ))
    }

    /// The threshold with as many decimals as it needs: `0.50`, `0.9971`.
    pub fn shown(&self) -> String {
        shown_threshold(self.threshold)
    }

    /// One sentence without its full stop: the threshold, and how it was chosen.
    pub fn explain(&self) -> String {
        if self.too_fine().is_some() {
            return self.explain_too_fine();
        }
        let rule = match self.acceptance {
            Acceptance::Threshold { .. } => "as asked".to_owned(),
            Acceptance::Even => "as in the tutorial".to_owned(),
            Acceptance::Fmr { rate } => format!("for a false match rate of {}", percent(rate)),
            Acceptance::Strangers { rate } => format!(
                "so that at most {} of strangers are named among {}",
                percent(rate),
                counted(self.people, "person")
            ),
        };
        let measured = match self.fmr {
            Some(0.0) => format!(
                "; false match rate: 0 of {} comparisons",
                grouped(self.comparisons)
            ),
            Some(fmr) => format!("; false match rate {}", percent(fmr)),
            None => String::new(),
        };
        format!("threshold {}, {rule}{measured}", self.shown())
    }

    /// The same where the comparisons cannot show what was wanted, which is therefore not promised.
    fn explain_too_fine(&self) -> String {
        let wanted = match self.acceptance {
            Acceptance::Strangers { rate } => format!(
                "that at most {} of strangers are named among {}",
                percent(rate),
                counted(self.people, "person")
            ),
            _ => format!(
                "a false match rate of {}",
                percent(self.wanted.unwrap_or_default())
            ),
        };
        format!(
            "threshold {}, above all {} comparisons of two people, which are too few to show {wanted}",
            self.shown(),
            grouped(self.comparisons)
        )
    }
}

/// A threshold with two decimals, or with four where two would round it to 1 or hide a digit.
pub(crate) fn shown_threshold(Threshold(value): Threshold) -> String {
    match (value * 100.0 - (value * 100.0).round()).abs() < 1e-3 {
        true => format!("{value:.2}"),
        false => format!("{value:.4}"),
    }
}

/// A rate as a percentage, with as many digits as a small one needs: `1 %`, `0.024 %`.
fn percent(rate: f64) -> String {
    let percent = 100.0 * rate;
    let decimals = match percent {
        p if p >= 10.0 => 0,
        p if p >= 1.0 => 1,
        p if p >= 0.1 => 2,
        p if p >= 0.01 => 3,
        _ => 4,
    };
    let text = format!("{percent:.decimals$}");
    let short = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    format!("{short} %")
}

/// A whole number with a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for (index, digit) in digits[first..].chars().enumerate() {
        if index % 3 == 0 && !text.is_empty() {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::{BackboneHash, Crop};

    /// Non-mated scores 0, 1/n, 2/n, … and two mated ones above all.
    fn scores(n: usize) -> Scores {
        Scores {
            mated: vec![0.999, 0.9995],
            non_mated: (0..n).map(|i| i as f32 / n as f32).collect(),
        }
    }

    #[test]
    fn strangers_are_rarely_named_whatever_the_number_of_people() {
        let validation = scores(100_000);
        for people in [1, 41, 140] {
            let rule = Acceptance::Strangers { rate: 0.01 };
            let chosen = rule.choose(&validation, people).unwrap();
            let fmr = chosen.fmr.unwrap();
            let named = 1.0 - (1.0 - fmr).powi(people as i32);
            assert!(named < 0.01 + 1e-9, "{people}: {named}");
            // One more accepted comparison would be too many.
            let more = 1.0 - (1.0 - fmr - 1e-5).powi(people as i32);
            assert!(more > 0.01, "{people}: {more}");
            assert_eq!(chosen.too_fine(), None);
        }
    }

    #[test]
    fn what_the_scores_cannot_show_is_said() {
        let validation = scores(78_000);
        let chosen = Acceptance::Fmr { rate: 1e-6 }
            .choose(&validation, 41)
            .unwrap();
        assert_eq!(chosen.fmr, Some(0.0));
        assert!(chosen.threshold.0 > 77_999.0 / 78_000.0);
        let said = chosen.too_fine().unwrap();
        assert!(
            said.contains("finer than 1 in 78,000 can be told"),
            "{said}"
        );
        let told = chosen.explain();
        assert_eq!(
            told,
            "threshold 1.0000, above all 78,000 comparisons of two people, which are too few to show a false match rate of 0.0001 %"
        );
        let few = scores(85);
        let strangers = Acceptance::Strangers { rate: 0.01 }.choose(&few, 6);
        let told = strangers.unwrap().explain();
        assert!(
            told.ends_with(
                "above all 85 comparisons of two people, which are too few to show that at most 1 % of strangers are named \
                 among 6 people"
            ),
            "{told}"
        );
        let possible = Acceptance::Fmr { rate: 1e-3 };
        assert_eq!(possible.choose(&validation, 41).unwrap().too_fine(), None);
        let none = Acceptance::Strangers { rate: 0.01 }.choose(&Scores::default(), 41);
        assert!(matches!(none, Err(RecognitionError::NoValidation(_))));
    }

    #[test]
    fn the_rule_follows_the_backbone() {
        let usual = |preparation| Acceptance::usual(&preparation);
        assert_eq!(usual(Preparation::of(Crop::Aligned)), Acceptance::Even);
        let strangers = Acceptance::Strangers { rate: 0.01 };
        let backbone = Preparation::for_backbone(BackboneHash([0; 32]));
        assert_eq!(usual(backbone), strangers);
        let even = Acceptance::Even.choose(&Scores::default(), 41).unwrap();
        assert_eq!((even.threshold, even.fmr), (Threshold(0.5), None));
        assert_eq!(even.explain(), "threshold 0.50, as in the tutorial");
        let at = Threshold(0.25);
        let asked = Acceptance::Threshold { at }
            .choose(&scores(100), 41)
            .unwrap();
        assert_eq!(asked.threshold, at);
        assert_eq!(
            asked.explain(),
            "threshold 0.25, as asked; false match rate 75 %"
        );
        let text = serde_json::to_string(&strangers).unwrap();
        assert_eq!(text, r#"{"rule":"strangers","rate":0.01}"#);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [10, 999, 1000, 1_234_567].map(grouped),
            ["10", "999", "1,000", "1,234,567"]
        );
        let rates = [0.5, 0.01, 0.015, 0.000_24, 0.0].map(percent);
        assert_eq!(rates, ["50 %", "1 %", "1.5 %", "0.024 %", "0 %"]);
        assert_eq!(
            [0.5, 0.25, 0.99712].map(|t| shown_threshold(Threshold(t))),
            ["0.50", "0.25", "0.9971"]
        );
    }
}
