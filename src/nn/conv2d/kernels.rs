//! Which kernels run: the reference, or the fast ones with the vectors of this processor.
//!
//! The best set for the processor is used, unless the environment variable `TWINSIGHT_KERNELS` names another: `auto`,
//! `reference`, `portable`, `avx2` or `avx512`. A program calls [`Kernels::from_env`] once at its start and shows the error of an
//! unknown name or an unsupported set; without that call [`Kernels::current`] logs the error and uses the best set. Tests and
//! comparisons name a set explicitly, or [`force`](Kernels::force) one for the process.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// The environment variable that chooses.
pub const VARIABLE: &str = "TWINSIGHT_KERNELS";

/// A set of kernels. All of them compute the same layer; they differ in speed and in rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kernels {
    /// Loops over the definition with sums in `f64`, one thread.
    Reference = 1,
    /// The fast methods with the vectors that every processor of its kind has.
    Portable = 2,
    /// The fast methods with AVX2 and FMA.
    Avx2 = 3,
    /// The fast methods with AVX-512 (F, BW, CD, DQ, VL).
    Avx512 = 4,
}

/// Why a set of kernels cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KernelsError {
    /// An unknown name.
    #[error("unknown kernels `{0}` in {VARIABLE}: use auto, reference, portable, avx2 or avx512")]
    Unknown(String),
    /// The processor lacks the instructions.
    #[error("this processor cannot run the {0} kernels: use auto, or unset {VARIABLE}")]
    Unsupported(Kernels),
}

/// The set that [`Kernels::force`] chose, 0 for none.
static FORCED: AtomicU8 = AtomicU8::new(0);

impl Kernels {
    /// From the slowest to the fastest.
    pub const ALL: [Self; 4] = [Self::Reference, Self::Portable, Self::Avx2, Self::Avx512];

    /// The name, as in the environment variable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this processor can run them.
    pub fn available(self) -> bool {
        match self {
            Self::Reference | Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::try_new().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The fastest that this processor can run.
    pub fn best() -> Self {
        Self::ALL
            .into_iter()
            .rev()
            .find(|kernels| kernels.available())
            .unwrap_or(Self::Portable)
    }

    /// The set that the environment names, or the best.
    ///
    /// # Errors
    /// If the variable holds an unknown name, or one that this processor cannot run.
    pub fn from_env() -> Result<Self, KernelsError> {
        match std::env::var(VARIABLE) {
            Ok(name) => Self::named(&name),
            Err(_) => Ok(Self::best()),
        }
    }

    /// The set of this name; `auto` and the empty name mean the best.
    ///
    /// # Errors
    /// If the name is unknown, or this processor cannot run them.
    pub fn named(name: &str) -> Result<Self, KernelsError> {
        match name {
            "auto" | "" => Ok(Self::best()),
            name => name.parse::<Self>()?.checked(),
        }
    }

    /// Makes these the kernels of the process from now on; `None` returns to those of the environment.
    ///
    /// # Errors
    /// If this processor cannot run them.
    pub fn force(kernels: Option<Self>) -> Result<(), KernelsError> {
        let chosen = kernels.map(Self::checked).transpose()?;
        FORCED.store(chosen.map_or(0, |kernels| kernels as u8), Ordering::Relaxed);
        Ok(())
    }

    /// The kernels that run when none are named.
    pub fn current() -> Self {
        static FROM_ENV: OnceLock<Kernels> = OnceLock::new();
        let forced = FORCED.load(Ordering::Relaxed);
        if let Some(kernels) = Self::ALL
            .into_iter()
            .find(|&kernels| kernels as u8 == forced)
        {
            return kernels;
        }
        *FROM_ENV.get_or_init(|| {
            Self::from_env().unwrap_or_else(|error| {
                tracing::warn!("{error}; using {}", Self::best());
                Self::best()
            })
        })
    }

    fn checked(self) -> Result<Self, KernelsError> {
        if self.available() {
            Ok(self)
        } else {
            Err(KernelsError::Unsupported(self))
        }
    }
}

impl FromStr for Kernels {
    type Err = KernelsError;

    fn from_str(name: &str) -> Result<Self, KernelsError> {
        let found = Self::ALL.into_iter().find(|kernels| kernels.name() == name);
        found.ok_or_else(|| KernelsError::Unknown(name.to_owned()))
    }
}

impl fmt::Display for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
