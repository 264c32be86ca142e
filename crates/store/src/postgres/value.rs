//! Values on their way into a statement.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use verify::Timestamp;

/// A value of one of the few types that our columns have.
#[derive(Debug)]
pub(super) enum Value<'v> {
    Nothing,
    Flag(bool),
    Integer(i64),
    Text(&'v str),
    OwnText(String),
    Bytes(&'v [u8]),
    OwnBytes(Vec<u8>),
    Integers(Vec<i64>),
    Texts(Vec<&'v str>),
    ByteStrings(Vec<&'v [u8]>),
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Nothing => Ok(IsNull::Yes),
            Self::Flag(value) => value.to_sql_checked(ty, out),
            Self::Integer(value) => value.to_sql_checked(ty, out),
            Self::Text(value) => value.to_sql_checked(ty, out),
            Self::OwnText(value) => value.to_sql_checked(ty, out),
            Self::Bytes(value) => value.to_sql_checked(ty, out),
            Self::OwnBytes(value) => value.to_sql_checked(ty, out),
            Self::Integers(value) => value.to_sql_checked(ty, out),
            Self::Texts(value) => value.to_sql_checked(ty, out),
            Self::ByteStrings(value) => value.to_sql_checked(ty, out),
        }
    }

    // Each kind of value says itself whether it fits.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The values of a statement, in the order of its places.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$(crate::postgres::value::Value::from($value)),*]
    };
}
pub(super) use params;

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Self::Integer(i64::from(value))
            }
        })*
    };
}
integers! { u8 u16 u32 i8 i32 i64 }

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.as_millisecond())
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(value: &'v str) -> Self {
        Self::Text(value)
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(value: &'v String) -> Self {
        Self::Text(value)
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::OwnText(value)
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(value: &'v [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'v> From<&'v Vec<u8>> for Value<'v> {
    fn from(value: &'v Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<'v, const N: usize> From<&'v [u8; N]> for Value<'v> {
    fn from(value: &'v [u8; N]) -> Self {
        Self::Bytes(value)
    }
}

impl<const N: usize> From<[u8; N]> for Value<'_> {
    fn from(value: [u8; N]) -> Self {
        Self::OwnBytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::OwnBytes(value)
    }
}

impl From<Vec<i64>> for Value<'_> {
    fn from(value: Vec<i64>) -> Self {
        Self::Integers(value)
    }
}

impl<'v> From<Vec<&'v str>> for Value<'v> {
    fn from(value: Vec<&'v str>) -> Self {
        Self::Texts(value)
    }
}

impl<'v> From<Vec<&'v [u8]>> for Value<'v> {
    fn from(value: Vec<&'v [u8]>) -> Self {
        Self::ByteStrings(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, T::into)
    }
}
