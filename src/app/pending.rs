//! A request to a worker that may not have been answered yet.

/// The number of a request. The answer carries the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Request(pub u64);

/// The newest request of one kind, and its last answer.
///
/// Answers to older requests are dropped, so that what is shown belongs to what was asked last. Where the answer is kept
/// in another form, `T` is `()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending<T = ()> {
    /// The request that has no answer yet.
    asked: Option<Request>,
    answer: Option<T>,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            asked: None,
            answer: None,
        }
    }
}

impl<T> Pending<T> {
    /// Waits for the answer to `request` from now on. The last answer stays until then.
    pub fn ask(&mut self, request: Request) {
        self.asked = Some(request);
    }

    /// Whether an answer is awaited.
    pub fn waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// The request that is awaited.
    pub fn request(&self) -> Option<Request> {
        self.asked
    }

    /// Ends the waiting for `request`, without an answer that is kept here. Whether that request was awaited.
    pub fn settle(&mut self, request: Request) -> bool {
        let newest = self.asked == Some(request);
        if newest {
            self.asked = None;
        }
        newest
    }

    /// Takes the answer to `request`, if that request is awaited. Whether it was.
    pub fn accept(&mut self, request: Request, answer: T) -> bool {
        let newest = self.settle(request);
        if newest {
            self.answer = Some(answer);
        }
        newest
    }

    /// The last answer.
    pub fn get(&self) -> Option<&T> {
        self.answer.as_ref()
    }

    /// The last answer, to be changed.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.answer.as_mut()
    }

    /// Forgets request and answer: an answer on its way will be dropped.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_the_newest_request_is_taken() {
        let mut point = Pending::default();
        assert!(!point.accept(Request(0), "never asked") && point.get().is_none());
        point.ask(Request(1));
        point.ask(Request(2));
        assert!(!point.accept(Request(1), "late") && point.waiting());
        assert!(point.accept(Request(2), "newest"));
        assert_eq!((point.waiting(), point.get()), (false, Some(&"newest")));
        assert!(!point.accept(Request(2), "again"));
        point.ask(Request(3));
        assert_eq!(point.get(), Some(&"newest"), "the last answer stays");
        assert!(point.settle(Request(3)) && !point.waiting());
        point.ask(Request(4));
        point.clear();
        assert!(!point.settle(Request(4)) && point.get().is_none());
    }
}
