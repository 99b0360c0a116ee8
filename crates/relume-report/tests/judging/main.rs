//! The judge, its files and its tables, as those see them who use them.

mod fixture;
mod forecast;
mod incomplete;
mod judge;
mod race;
mod robust;
mod samples;
mod schema;
mod simulation;
mod store;
mod table;
mod treatments;
