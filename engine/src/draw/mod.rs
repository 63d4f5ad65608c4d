//! Pictures as plain SVG and as text, for the book, notebooks and the terminal.
