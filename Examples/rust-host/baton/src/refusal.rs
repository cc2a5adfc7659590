//! Why something was not done.
use baton_sys as sys;
use std::ffi::{c_char, c_int, CStr};
use std::fmt;

/// What went wrong, by its number in docs/PROTOCOL.md; later releases may have others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cause(pub i32);

impl Cause {
    /// The caller broke a rule that the types could not see.
    pub const MISUSE: Self = Self(sys::BATON_CAUSE_MISUSE);
    /// Both sides have the property, and not the same.
    pub const MISMATCH: Self = Self(sys::BATON_CAUSE_MISMATCH);
    /// A value that cannot be.
    pub const INVALID: Self = Self(sys::BATON_CAUSE_INVALID);
    /// The kernel said no.
    pub const SYSTEM_CALL: Self = Self(sys::BATON_CAUSE_SYSTEM_CALL);
    /// The other process has died.
    pub const PEER_DIED: Self = Self(sys::BATON_CAUSE_PEER_DIED);
    /// The user took it back.
    pub const CANCELLED: Self = Self(sys::BATON_CAUSE_CANCELLED);
    /// Not in this state.
    pub const WRONG_STATE: Self = Self(sys::BATON_CAUSE_WRONG_STATE);
}

/// A value in a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    None,
    /// A number.
    Number(u64),
    /// A set of bits.
    Bits(u64),
    /// A name.
    Name(Box<str>),
    /// A flag.
    Flag(bool),
    /// A kind of a later release.
    Unknown(u64),
}

/// What was not done, and why: for programs its parts, for people its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What went wrong.
    pub cause: Cause,
    /// Which property differs, by its number in docs/PROTOCOL.md (Fields); 0 is none.
    pub field: u32,
    /// The device, interface, path or region that it is about.
    pub subject: Box<str>,
    /// The value on the side that refuses.
    pub here: Value,
    /// The one that the other side, or the user, gave.
    pub there: Value,
    /// The system call's name, as strace(1) prints it, when the kernel refused.
    pub call: Option<Box<str>>,
    /// The errno of that call; 0 when there was none.
    pub errno: i32,
    /// One line that names what differs and both values.
    pub text: Box<str>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        let errno = error.raw_os_error().unwrap_or(0);
        Self { errno, ..Self::new(Cause::SYSTEM_CALL, &error.to_string()) }
    }
}

impl Refusal {
    /// One for a callback that refuses. The text stays on this side.
    pub fn new(cause: Cause, text: &str) -> Self {
        Self {
            cause,
            field: 0,
            subject: "".into(),
            here: Value::None,
            there: Value::None,
            call: None,
            errno: 0,
            text: text.into(),
        }
    }

    /// A copy of what the library said.
    pub(crate) fn read(why: &sys::baton_refusal) -> Self {
        let call = text(&why.call_name);
        Self {
            cause: Cause(why.cause),
            field: why.field,
            subject: text(&why.subject),
            here: Value::read(&why.here),
            there: Value::read(&why.there),
            call: Some(call).filter(|name| !name.is_empty()),
            errno: why.error,
            text: text(&why.text),
        }
    }

    /// Tells the library, inside of a callback.
    pub(crate) fn write(&self, why: *mut sys::baton_refusal) {
        let (here, there) = (self.here.number(), self.there.number());
        // SAFETY: the library lends `why`, or NULL, which it looks at itself.
        unsafe { sys::baton_refuse(why, self.cause.0, self.field, here, there, self.errno) };
    }
}

impl Value {
    fn read(value: &sys::baton_value) -> Self {
        match value.kind {
            sys::BATON_VALUE_NONE => Self::None,
            sys::BATON_VALUE_NUMBER => Self::Number(value.number),
            sys::BATON_VALUE_BITS => Self::Bits(value.number),
            sys::BATON_VALUE_NAME => Self::Name(text(&value.name)),
            sys::BATON_VALUE_FLAG => Self::Flag(value.number != 0),
            _ => Self::Unknown(value.number),
        }
    }

    fn number(&self) -> u64 {
        match self {
            Self::Number(number) | Self::Bits(number) | Self::Unknown(number) => *number,
            Self::Flag(flag) => u64::from(*flag),
            Self::None | Self::Name(_) => 0,
        }
    }
}

/// The text of an array that ends with NUL, or is full.
fn text(bytes: &[c_char]) -> Box<str> {
    let bytes: Vec<u8> = bytes.iter().map(|byte| *byte as u8).chain([0]).collect();
    CStr::from_bytes_until_nul(&bytes).map_or("".into(), |text| text.to_string_lossy().into())
}

/// Calls a function that may be refused and says why.
pub(crate) fn asking(
    body: impl FnOnce(*mut sys::baton_refusal) -> c_int,
) -> Result<c_int, Refusal> {
    let mut why = sys::baton_refusal::new();
    let answer = body(&mut why);
    if answer < 0 {
        return Err(Refusal::read(&why));
    }
    Ok(answer)
}

/// The answer of a function that does not say why: `call` is its name.
pub(crate) fn checked(answer: c_int, call: &str) -> Result<c_int, Refusal> {
    match answer {
        sys::BATON_REFUSED => Err(Refusal::new(Cause::WRONG_STATE, &format!("{call}: refused"))),
        sys::BATON_MISUSE => Err(Refusal::new(Cause::MISUSE, &format!("{call}: misuse"))),
        _ => Ok(answer),
    }
}
