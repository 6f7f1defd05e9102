//! Random changes of random resources. `SCHEMA_ROUNDS` is the number of changes on each database.

use resourceful::schema::PlanOptions;
use resourceful::spec::OnDelete;
use resourceful::testing::TestDatabase;

use super::change;
use super::drafts::{Draft, Field, Ty, draft, field};
use super::live::Live;

/// Random numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("a small number")
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Resources that are changed again and again.
struct Generator {
    random: Random,
    /// For names that nothing has had before.
    number: usize,
    is_sqlite: bool,
    options: PlanOptions,
}

impl Generator {
    fn name(&mut self, begin: &str) -> String {
        self.number += 1;
        format!("{begin}_{}", self.number)
    }

    fn ty(&mut self) -> Ty {
        let number = self.random.below(100);
        match self.random.below(12) {
            0 => Ty::I16,
            1 => Ty::I32,
            2 => Ty::I64,
            3 => Ty::F64,
            4 => Ty::Decimal,
            5 | 6 => Ty::Text,
            7 => Ty::Bool,
            8 => Ty::Uuid,
            9 => Ty::Date,
            10 => {
                if number < 50 {
                    Ty::Json
                } else {
                    Ty::Timestamp
                }
            }
            _ => Ty::Enum((0..1 + number % 3).map(|place| format!("it's {place}, \"so\"")).collect()),
        }
    }

    /// A field of a table that has rows, or of a new one.
    fn field(&mut self, has_rows: bool, targets: &[String]) -> Field {
        let name = self.name("field");
        if !targets.is_empty() && self.random.happens(20) {
            let target = targets[self.random.below(targets.len())].clone();
            let on_delete = [OnDelete::Restrict, OnDelete::Cascade, OnDelete::SetNull][self.random.below(3)];
            return Field { refers: Some((target, on_delete)), nullable: true, ..field(&name, Ty::I64) };
        }
        let ty = self.ty();
        let is_simple = matches!(ty, Ty::Text | Ty::I32 | Ty::I64 | Ty::Uuid);
        let unique = is_simple && self.random.happens(15);
        let nullable = (unique && has_rows) || self.random.happens(50);
        let index = is_simple && !unique && self.random.happens(20);
        let default = if unique { None } else { self.default(&ty) };
        Field { nullable, unique, index, default, ..field(&name, ty) }
    }

    fn default(&mut self, ty: &Ty) -> Option<String> {
        if self.random.happens(50) {
            return None;
        }
        Some(match ty {
            Ty::I16 | Ty::I32 | Ty::I64 => format!("-{}", self.random.below(100)),
            Ty::F64 => format!("{}.25", self.random.below(100)),
            Ty::Text => "'it''s a :: default'".to_owned(),
            Ty::Bool => "TRUE".to_owned(),
            Ty::Enum(values) => format!("'{}'", values[0].replace('\'', "''")),
            _ => return None,
        })
    }

    fn draft(&mut self, all: &[Draft]) -> Draft {
        let name = self.name("table");
        let targets: Vec<String> = all.iter().map(|draft| draft.name.clone()).chain([name.clone()]).collect();
        let fields = (0..2 + self.random.below(5)).map(|_| self.field(false, &targets)).collect();
        draft(&name, fields)
    }

    fn change(&mut self, before: &[Draft]) -> Vec<Draft> {
        let mut after = before.to_vec();
        // What was new is old now.
        for draft in &mut after {
            draft.was = None;
            draft.fields.iter_mut().for_each(|field| (field.was, field.is_retyped) = (None, false));
        }
        self.options = PlanOptions { destructive: true, ..PlanOptions::default() };
        if after.len() > 2 && self.random.happens(20) {
            let gone = after.remove(self.random.below(after.len())).name;
            for field in after.iter_mut().flat_map(|draft| &mut draft.fields) {
                if field.refers.as_ref().is_some_and(|(target, _)| *target == gone) {
                    field.refers = None;
                }
            }
        }
        if after.len() < 5 && self.random.happens(30) {
            let new = self.draft(&after);
            after.push(new);
        }
        // A table of this change has no old name.
        if self.random.happens(30) {
            self.rename_table(&mut after, before);
        }
        let targets: Vec<String> = after.iter().map(|draft| draft.name.clone()).collect();
        for draft in &mut after {
            let has_rows = before.iter().any(|old| old.name == draft.name || Some(&old.name) == draft.was.as_ref());
            if has_rows {
                self.change_fields(draft, &targets);
            }
        }
        after
    }

    fn rename_table(&mut self, after: &mut [Draft], before: &[Draft]) {
        let place = self.random.below(after.len());
        if before.iter().all(|old| old.name != after[place].name) {
            return;
        }
        let (old, new) = (after[place].name.clone(), self.name("table"));
        for field in after.iter_mut().flat_map(|draft| &mut draft.fields) {
            if let Some((target, _)) = field.refers.as_mut().filter(|(target, _)| *target == old) {
                target.clone_from(&new);
            }
        }
        after[place].was = Some(old);
        after[place].name = new;
    }

    fn change_fields(&mut self, draft: &mut Draft, targets: &[String]) {
        // What is required and unique cannot come back for several rows on the way back.
        let is_free = |field: &Field| field.ty != Ty::Id && (field.nullable || !field.unique);
        if draft.fields.len() > 3 && self.random.happens(30) {
            let place = 1 + self.random.below(draft.fields.len() - 1);
            if is_free(&draft.fields[place]) {
                draft.fields.remove(place);
            }
        }
        for place in 1..draft.fields.len() {
            if self.random.happens(35) {
                let mut field = draft.fields[place].clone();
                self.change_field(&draft.name, &mut field);
                draft.fields[place] = field;
            }
        }
        for _ in 0..self.random.below(3) {
            let field = self.field(true, targets);
            self.fill(&draft.name, &field);
            draft.fields.push(field);
        }
        let kept: Vec<&Field> =
            draft.fields.iter().filter(|field| field.ty == Ty::Text && field.was.is_none()).collect();
        draft.unique.clear();
        if let [one, other, ..] = kept.as_slice()
            && self.random.happens(20)
        {
            draft.unique.push(vec!["id".to_owned(), one.name.clone(), other.name.clone()]);
        }
    }

    fn change_field(&mut self, table: &str, field: &mut Field) {
        match self.random.below(8) {
            0 | 1 => {
                let name = self.name("field");
                field.was = Some(std::mem::replace(&mut field.name, name));
            }
            2 if field.refers.is_none() && !(field.unique && field.nullable) => {
                field.nullable = !field.nullable;
                self.fill(table, field);
            }
            3 if !field.unique => field.default = if field.refers.is_some() { None } else { self.default(&field.ty) },
            4 if matches!(field.ty, Ty::Text | Ty::I32 | Ty::I64) && field.refers.is_none() && !field.unique => {
                field.index = !field.index;
            }
            5 => {
                if let Some((_, on_delete)) = &mut field.refers {
                    *on_delete = if *on_delete == OnDelete::Cascade { OnDelete::Restrict } else { OnDelete::Cascade };
                } else if let Ty::Enum(values) = &mut field.ty {
                    values.push(format!("value {}", values.len()));
                }
            }
            6 if field.refers.is_none() && !field.unique && !field.index => {
                let wider = match &field.ty {
                    Ty::I16 => Ty::I32,
                    Ty::I32 => Ty::I64,
                    Ty::I64 => Ty::Decimal,
                    Ty::Bool | Ty::Decimal => Ty::Text,
                    Ty::Enum(_) => Ty::Text,
                    _ => return,
                };
                (field.ty, field.default, field.is_retyped) = (wider, None, true);
            }
            _ => {}
        }
    }

    /// Rows get a value where one is required.
    fn fill(&mut self, table: &str, field: &Field) {
        if field.nullable || field.default.is_some() {
            return;
        }
        let value = match &field.ty {
            Ty::Text => "'filled'",
            Ty::Bool => "TRUE",
            Ty::Uuid if self.is_sqlite => "x'00000000000000000000000000000001'",
            Ty::Uuid => "'00000000-0000-0000-0000-000000000001'",
            Ty::Date => "'2026-02-02'",
            Ty::Timestamp | Ty::CreatedAt => "'2026-02-02T00:00:00+00:00'",
            Ty::Json => "'[]'",
            Ty::Enum(values) => return self.known(table, field, &format!("'{}'", values[0].replace('\'', "''"))),
            _ => "7",
        };
        self.known(table, field, value);
    }

    fn known(&mut self, table: &str, field: &Field, value: &str) {
        self.options.fills.insert(format!("{table}.{}", field.name), value.to_owned());
    }
}

fn rounds() -> u64 {
    std::env::var("SCHEMA_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

fn on(database: TestDatabase) {
    let live = Live::new(database);
    for round in 0..rounds() {
        let mut generator = Generator {
            random: Random(0x9e37_79b9_7f4a_7c15 ^ (round + 1).wrapping_mul(0x2545_f491_4f6c_dd1d)),
            number: 0,
            is_sqlite: database == TestDatabase::Sqlite,
            options: PlanOptions::default(),
        };
        let mut before: Vec<Draft> = Vec::new();
        for _ in 0..2 + generator.random.below(3) {
            let draft = generator.draft(&before);
            before.push(draft);
        }
        let after = generator.change(&before);
        let what = format!("round {round} on {database:?}");
        change(&live, &before, &after, &generator.options, &what);
    }
}

#[test]
fn random_changes_on_sqlite() {
    on(TestDatabase::Sqlite);
}

#[test]
fn random_changes_on_postgres() {
    on(TestDatabase::Postgres);
}
