//! The resources whose rows decide the answer to a query.

use super::ast::{Filter, Include, Test};
use crate::resource::ResourceTable;
use crate::spec::RelationSpec;

/// The resources besides this one whose rows are in the answer, or decide which rows are: those that the filter tests,
/// those that are included, and those that join them. `None` where a relation leads to an unknown resource.
pub fn reached(
    table: &'static ResourceTable,
    filter: Option<&Filter>,
    include: &[Include],
) -> Option<Vec<&'static ResourceTable>> {
    let mut reach = Reach(Vec::new());
    if let Some(filter) = filter {
        reach.filter(table, filter)?;
    }
    reach.include(table, include)?;
    Some(reach.0)
}

struct Reach(Vec<&'static ResourceTable>);

impl Reach {
    fn follow(
        &mut self,
        table: &'static ResourceTable,
        relation: &'static RelationSpec,
    ) -> Option<&'static ResourceTable> {
        let related = table.related(relation)?;
        let target = (related.target)();
        for one in [Some(target), related.through.map(|through| through())].into_iter().flatten() {
            // Two resources of one table can have different policies and fields.
            if !self.0.iter().any(|known| std::ptr::eq(known.spec, one.spec)) {
                self.0.push(one);
            }
        }
        Some(target)
    }

    fn filter(&mut self, table: &'static ResourceTable, filter: &Filter) -> Option<()> {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(|part| self.filter(table, part)),
            Filter::Not(part) => self.filter(table, part),
            Filter::Test(test) => self.test(table, test),
            Filter::Related { relation, filter } => {
                let target = self.follow(table, relation)?;
                self.filter(target, filter)
            }
        }
    }

    fn test(&mut self, table: &'static ResourceTable, test: &Test) -> Option<()> {
        let mut table = table;
        for relation in &test.path.relations {
            table = self.follow(table, relation)?;
        }
        Some(())
    }

    fn include(&mut self, table: &'static ResourceTable, include: &[Include]) -> Option<()> {
        include.iter().try_for_each(|one| {
            let target = self.follow(table, one.relation)?;
            self.include(target, &one.include)
        })
    }
}
