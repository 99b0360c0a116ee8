//! The HTML report: its document, what it does with odd studies, and how a browser takes it.

mod browser;
mod chromium;
mod doctor;
mod document;
mod fixture;
mod mistakes;
mod samples;
mod through_time;
