#!/usr/bin/env bash
# Builds the course's book, every lab of it run, into a folder: Maven packs it as kvorum-book.jar beside the library.
# Usage: build-book.sh FOLDER      (CARGO_TARGET_DIR is honoured)
set -euo pipefail

folder=${1:?usage: build-book.sh FOLDER}
cd "$(dirname "$0")"
cargo run --release --locked --quiet -p kvorum-cli -- book build --out "$folder"
