//! The book: the preprocessor that runs its labs, the builder, and the server that shows it.
//!
//! In come the Markdown of `book/` and `lessons/`; out goes HTML whose every lab really ran. The same
//! preprocessor serves the stock `mdbook` (through `kvorum mdbook-preprocess`) and [`build`], which needs
//! no mdbook installed. [`serve`] builds the book and shows it on loopback, with labs that can be edited.

mod builder;
mod error;
mod html;
mod preprocess;
mod serve;
mod source;

pub use builder::{BuildReport, build};
pub use error::BookError;
pub use preprocess::run_as_preprocessor;
pub use serve::{PORT_DEFAULT, ServeOptions, serve};
pub use source::BookSource;
