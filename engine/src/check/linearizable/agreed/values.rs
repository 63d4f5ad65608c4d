//! The values of one register by number, so that a search compares numbers.

use std::collections::BTreeMap;

use bytes::Bytes;

/// The number of no value.
pub(in super::super) const NOTHING: u32 = 0;

#[derive(Debug)]
pub(super) struct Values {
    all: Vec<Option<Bytes>>,
    numbers: BTreeMap<Option<Bytes>, u32>,
    /// What a value and a number add up to.
    sums: BTreeMap<(u32, i64), Option<u32>>,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            all: vec![None],
            numbers: BTreeMap::from([(None, NOTHING)]),
            sums: BTreeMap::new(),
        }
    }
}

impl Values {
    pub(super) fn number(&mut self, value: Option<&Bytes>) -> u32 {
        let value = value.cloned();
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    pub(super) fn value(&self, number: u32) -> Option<&Bytes> {
        self.all.get(number as usize)?.as_ref()
    }

    /// None where there is no sum.
    pub(super) fn sum(&mut self, value: u32, by: i64) -> Option<u32> {
        if let Some(known) = self.sums.get(&(value, by)) {
            return *known;
        }
        let of = |value: &Bytes| core::str::from_utf8(value).ok()?.parse::<i64>().ok();
        let number = self.value(value).map_or(Some(0), of);
        let sum = number.and_then(|number| number.checked_add(by));
        let sum = sum.map(|sum| self.number(Some(&Bytes::from(sum.to_string()))));
        self.sums.insert((value, by), sum);
        sum
    }
}
