#!/usr/bin/env bash
# Shows that the JAR alone is enough: compiles and runs the README's example in an empty folder, from the
# class path and as a module, and looks that nothing is left in the folder for temporary files.
# Usage: check-jar.sh [JAR]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
jar=$(realpath "${1:-$here/target/kvorum.jar}")
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
mkdir "$empty/tmp" "$empty/module"
cd "$empty"

# The example is what stands between the fences of the README, so it is the one that people copy.
sed -n '/^```java$/,/^```$/p' "$here/README.md" | sed '/^```/d' >Example.java
javac -cp "$jar" Example.java
expected='[milk]'

from_class_path=$(java -Djava.io.tmpdir="$empty/tmp" -cp "$jar:." Example)
cat >module/module-info.java <<'JAVA'
module example {
    requires dev.kvorum;
}
JAVA
mkdir module/example
{ echo 'package example;'; cat Example.java; } >module/example/Example.java
javac -p "$jar" -d built module/module-info.java module/example/Example.java
from_module=$(java -Djava.io.tmpdir="$empty/tmp" -p "$jar:built" -m example/example.Example)

for printed in "$from_class_path" "$from_module"; do
    if [[ $printed != "$expected" ]]; then
        echo "check-jar.sh: the example printed '$printed' and not '$expected'" >&2
        exit 1
    fi
done
if [[ -n $(ls -A tmp) ]]; then
    echo "check-jar.sh: left behind in the folder for temporary files: $(ls -A tmp)" >&2
    exit 1
fi
echo "check-jar.sh: $(basename "$jar") works from an empty folder, on the class path and as a module"

# The book lies beside the library, whole.
book=${jar%.jar}-book.jar
pages=$(jar tf "$book" | grep -c '\.html$')
if [[ $pages -lt 28 ]]; then
    echo "check-jar.sh: $(basename "$book") holds $pages pages of the book" >&2
    exit 1
fi
echo "check-jar.sh: $(basename "$book") holds $pages pages of the book"
