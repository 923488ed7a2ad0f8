//! Rows of a table that is taken in, by employee, each as the bytes as which it will lie: a file of millions of rows fits a memory that
//! holds few of them typed.

use std::collections::BTreeMap;

use attune_ground::GroundError;

use crate::reading::RowOf;
use crate::rows::{Employee, Table};
use crate::sealed::{AT_A_TIME, Rows};

/// Rows of one table by employee, each employee's in the order of the file.
#[derive(Debug)]
pub(crate) struct Packed {
    /// What a part begins with: its version, and of which table it is.
    begins: Vec<u8>,
    of: BTreeMap<Employee, Vec<Part>>,
    rows: u64,
}

/// Rows that lie sealed together, one behind the other, without the name of whose they are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Part {
    held: usize,
    rows: Vec<u8>,
}

impl Packed {
    /// None yet, of a table.
    ///
    /// # Errors
    /// Never: rows can be written.
    pub(crate) fn new(table: Table) -> Result<Self, GroundError> {
        let mut begins = Rows::none(table).encode()?;
        begins.pop(); // the number of rows, which each part has for itself
        Ok(Self { begins, of: BTreeMap::new(), rows: 0 })
    }

    /// One more row.
    ///
    /// # Errors
    /// Never: rows can be written.
    pub(crate) fn take(&mut self, mut row: RowOf) -> Result<(), GroundError> {
        let employee = std::mem::replace(row.employee(), Employee(String::new()));
        let parts = match self.of.get_mut(&employee) {
            Some(parts) => parts,
            None => self.of.entry(employee).or_default(),
        };
        if parts.last().is_none_or(|part| part.held == AT_A_TIME) {
            parts.push(Part::default());
        }
        if let Some(part) = parts.last_mut() {
            part.rows = encoded(&row, std::mem::take(&mut part.rows))?;
            part.held += 1;
            if part.held == AT_A_TIME {
                part.rows.shrink_to_fit();
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// How many.
    pub(crate) const fn len(&self) -> u64 {
        self.rows
    }

    /// Whose they are, in order.
    pub(crate) fn employees(&self) -> impl ExactSizeIterator<Item = &Employee> {
        self.of.keys()
    }

    /// By employee, in parts that lie sealed together; and what each part begins with.
    pub(crate) fn into_parts(self) -> (Vec<u8>, BTreeMap<Employee, Vec<Part>>) {
        (self.begins, self.of)
    }
}

impl Part {
    /// How many rows.
    pub(crate) const fn len(&self) -> usize {
        self.held
    }

    /// Its bytes: those of [`Rows::encode`] of the same rows.
    ///
    /// # Errors
    /// Never: a number can be written.
    pub(crate) fn encode(&self, begins: &[u8]) -> Result<Vec<u8>, GroundError> {
        let mut bytes = written(&self.held, begins.to_vec())?;
        bytes.extend_from_slice(&self.rows);
        Ok(bytes)
    }
}

fn encoded(row: &RowOf, bytes: Vec<u8>) -> Result<Vec<u8>, GroundError> {
    match row {
        RowOf::Activity(row) => written(row, bytes),
        RowOf::Leave(row) => written(row, bytes),
        RowOf::Onboarding(row) => written(row, bytes),
        RowOf::Performance(row) => written(row, bytes),
        RowOf::Rewards(row) => written(row, bytes),
        RowOf::Vibe(row) => written(row, bytes),
    }
}

fn written(what: &impl serde::Serialize, bytes: Vec<u8>) -> Result<Vec<u8>, GroundError> {
    postcard::to_extend(what, bytes).map_err(|_| GroundError::Corrupt("rows of tables can be written"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rows::{Activity, Tables, Vibe, Zone};

    fn day(of: usize, hours: f64) -> Activity {
        let date = Some(date(2026, 3, 2));
        let employee = Employee(format!("E{of}"));
        Activity { employee, date, messages: Some(7), mails: None, meetings: Some(0), hours: Some(hours) }
    }

    /// The rows of each employee, as they are read again.
    fn back(packed: Packed) -> Tables {
        let mut back = Tables::default();
        let (begins, of) = packed.into_parts();
        for (employee, parts) in of {
            for part in parts {
                let rows = Rows::decode(&part.encode(&begins).expect("written")).expect("it reads");
                rows.put(&employee, &mut back);
            }
        }
        back
    }

    #[test]
    fn rows_come_back_with_their_employee_in_the_order_of_the_file_however_many_lie_together() {
        for seed in 0..20 {
            let mut random = fastrand::Rng::with_seed(seed);
            let many = random.usize(0..900);
            let mut all: Vec<Activity> = (0..many).map(|row| day(random.usize(1..4), row as f64)).collect();
            let mut packed = Packed::new(Table::Activity).expect("none");
            for row in &all {
                packed.take(RowOf::Activity(row.clone())).expect("taken");
            }
            assert_eq!(packed.len(), all.len() as u64, "{seed}");
            all.sort_by(|one, other| one.employee.cmp(&other.employee)); // stable
            let mut names: Vec<Employee> = all.iter().map(|row| row.employee.clone()).collect();
            names.dedup();
            assert_eq!(packed.employees().cloned().collect::<Vec<_>>(), names, "{seed}");
            assert_eq!(back(packed).activity, all, "{seed}");
        }
    }

    #[test]
    fn a_part_has_the_bytes_of_its_rows_and_holds_no_more_than_lie_together() {
        for many in [1, 127, 128, AT_A_TIME, AT_A_TIME + 1] {
            let mut packed = Packed::new(Table::Activity).expect("none");
            (0..many).for_each(|row| packed.take(RowOf::Activity(day(1, row as f64))).expect("taken"));
            let (begins, of) = packed.into_parts();
            let parts = &of[&Employee("E1".into())];
            assert_eq!(parts.iter().map(Part::len).sum::<usize>(), many);
            assert!(parts.iter().all(|part| part.len() <= AT_A_TIME) && parts.len() == many.div_ceil(AT_A_TIME));
            let nobody = |row| Activity { employee: Employee(String::new()), ..day(1, row as f64) };
            let whole = Rows::Activity((0..many.min(AT_A_TIME)).map(nobody).collect());
            assert_eq!(parts[0].encode(&begins).expect("written"), whole.encode().expect("written"));
        }
        let vibe = Vibe { employee: Employee("E1".into()), date: None, score: Some(6.0), zone: Some(Zone::Excited) };
        let mut packed = Packed::new(Table::Vibe).expect("none");
        packed.take(RowOf::Vibe(vibe)).expect("taken");
        let (begins, of) = packed.into_parts();
        let bytes = of[&Employee("E1".into())][0].encode(&begins).expect("written");
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), "01050100000100000000000018400106");
    }

    /// Seven million rows of a file of 200 MB may take some 200 MB of memory, and not 1.5 GB.
    #[test]
    fn a_row_takes_about_as_much_memory_as_it_takes_of_its_file() {
        let mut packed = Packed::new(Table::Activity).expect("none");
        (0..200_000).for_each(|row| packed.take(RowOf::Activity(day(row % 300, 8.0))).expect("taken"));
        let (_, of) = packed.into_parts();
        let taken: usize = of.values().flatten().map(|part| part.rows.capacity() + size_of::<Part>()).sum();
        assert!(taken / 200_000 <= 40, "{taken}");
    }
}
