//! Reading protocol-buffers messages without copying: fields one after another.
//!
//! The encoding is described at <https://protobuf.dev/programming-guides/encoding/>. A field is a key (number · 8 + wire
//! type, as a varint) and a value: a varint, 8 bytes, a length and so many bytes, or 4 bytes.

use super::OnnxError;

/// The value of one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64,
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of one message.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// Number and value of the next field; `None` at the end.
    ///
    /// # Errors
    /// `Truncated` if the message ends within a field, `NotOnnx` on an invalid key.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, OnnxError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => {
                take(&mut self.0, 8)?;
                Value::Fixed64
            }
            2 => {
                let length = varint(&mut self.0)?;
                Value::Bytes(take(&mut self.0, length)?)
            }
            5 => {
                let bytes = take(&mut self.0, 4)?;
                Value::Fixed32([bytes[0], bytes[1], bytes[2], bytes[3]])
            }
            _ => return Err(OnnxError::NotOnnx),
        };
        match key >> 3 {
            0 => Err(OnnxError::NotOnnx),
            number => Ok(Some((number, value))),
        }
    }
}

impl<'a> Value<'a> {
    /// A nested message or raw bytes.
    pub(super) fn bytes(self) -> Result<&'a [u8], OnnxError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(OnnxError::NotOnnx),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, OnnxError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| OnnxError::NotOnnx)
    }

    pub(super) fn int(self) -> Result<i64, OnnxError> {
        match self {
            Self::Varint(value) => Ok(value.cast_signed()),
            _ => Err(OnnxError::NotOnnx),
        }
    }

    /// Appends a repeated integer, packed or not, to a list of at most `most` values.
    pub(super) fn ints_into(self, list: &mut Vec<i64>, most: usize) -> Result<(), OnnxError> {
        match self {
            Self::Varint(value) => list.push(value.cast_signed()),
            Self::Bytes(mut packed) => {
                while !packed.is_empty() && list.len() <= most {
                    list.push(varint(&mut packed)?.cast_signed());
                }
            }
            _ => return Err(OnnxError::NotOnnx),
        }
        if list.len() > most {
            return Err(OnnxError::TooMany("dimensions"));
        }
        Ok(())
    }

    /// How many values a repeated field adds: of `size` bytes each, or varints where `size` is 0.
    pub(super) fn count(self, size: usize) -> Result<u64, OnnxError> {
        match (self, size) {
            (Self::Bytes(packed), 0) => {
                Ok(packed.iter().filter(|byte| **byte < 0x80).count() as u64)
            }
            (Self::Bytes(packed), _) if packed.len() % size == 0 => {
                Ok((packed.len() / size) as u64)
            }
            (Self::Varint(_), 0) | (Self::Fixed32(_), 4) | (Self::Fixed64, 8) => Ok(1),
            _ => Err(OnnxError::NotOnnx),
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], OnnxError> {
    let length = usize::try_from(length).map_err(|_| OnnxError::Truncated)?;
    let (taken, after) = rest.split_at_checked(length).ok_or(OnnxError::Truncated)?;
    *rest = after;
    Ok(taken)
}

/// A number in groups of 7 bits, the lowest first; the highest bit of a byte says that another follows.
fn varint(rest: &mut &[u8]) -> Result<u64, OnnxError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(OnnxError::Truncated)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(OnnxError::NotOnnx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_one_after_another() {
        // Field 1: 150; field 2: "hi"; field 3: four bytes.
        let message = [
            0x08, 0x96, 0x01, 0x12, 2, b'h', b'i', 0x1d, 0, 0, 0x80, 0x3f,
        ];
        let mut fields = Fields::new(&message);
        assert_eq!(fields.next(), Ok(Some((1, Value::Varint(150)))));
        let (number, value) = fields.next().unwrap().unwrap();
        assert_eq!((number, value.text().unwrap()), (2, "hi"));
        assert_eq!(
            fields.next(),
            Ok(Some((3, Value::Fixed32(1_f32.to_le_bytes()))))
        );
        assert_eq!(fields.next(), Ok(None));
    }

    #[test]
    fn what_breaks_off_is_an_error() {
        for message in [
            &[0x08][..],
            &[0x08, 0x96],
            &[0x12, 200, 1, 0],
            &[0x1d, 0, 0],
        ] {
            assert_eq!(Fields::new(message).next(), Err(OnnxError::Truncated));
        }
        assert_eq!(Fields::new(&[0x0b]).next(), Err(OnnxError::NotOnnx));
        assert_eq!(Fields::new(&[0xff; 11]).next(), Err(OnnxError::NotOnnx));
    }
}
