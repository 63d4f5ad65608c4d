#!/usr/bin/env bash
# Builds the native library with cargo and copies it to the place where the JAR carries it.
# Usage: build-native.sh CLASSES_FOLDER      (Maven calls it; CARGO_TARGET_DIR is honoured)
set -euo pipefail

classes=${1:?usage: build-native.sh CLASSES_FOLDER}
mkdir -p "$classes"
classes=$(cd "$classes" && pwd)
cd "$(dirname "$0")/native"

platform="$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)"
if [[ $platform != linux-x86_64 ]]; then
    echo "build-native.sh: the JAR carries a library for linux-x86_64 only, this is $platform" >&2
    exit 1
fi

# Only cargo knows where its output goes: a target folder can come from the environment or from a
# configuration file. So it is asked.
messages=$(cargo build --release --locked --quiet -p kvorum-jni --message-format=json-render-diagnostics)
library=$(grep -o '"[^"]*/libkvorum_jni\.so"' <<<"$messages" | tail -n 1 | tr -d '"')
if [[ ! -f $library ]]; then
    echo "build-native.sh: cargo named no libkvorum_jni.so among what it built" >&2
    exit 1
fi
install -D -m 755 "$library" "$classes/native/$platform/libkvorum_jni.so"
