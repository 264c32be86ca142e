# The Java library: built with its sources and Javadoc, taken into an empty Maven project, run. Sourced by `run`.

command -v mvn >/dev/null || fail "mvn is needed: install maven"
command -v javac >/dev/null || fail "a JDK is needed: install default-jdk-headless"

# A repository of its own: what is taken into the project is what was just built, and nothing is left with the user.
maven() { mvn --quiet --batch-mode -Dstyle.color=never -Dmaven.repo.local="$cache/m2" "$@"; }
rm -rf "$cache/m2/ringproof"

# From a copy, so that nothing is left in the tree. Builds, runs the unit tests, and makes the three jars.
cp -r "$sdk" "$scratch/source"
rm -rf "$scratch/source/target"
built=0
maven -f "$scratch/source/pom.xml" install >"$scratch/build.log" 2>&1 || built=$?
java_unit() {
  ((built == 0)) || cat "$scratch/build.log"
  # The sums of the reports of all test classes.
  python3 - "$scratch/source/target/surefire-reports" <<'PYTHON'
import pathlib, sys
from xml.etree import ElementTree

total = bad = 0
for report in pathlib.Path(sys.argv[1]).glob("TEST-*.xml"):
    suite = ElementTree.parse(report).getroot()
    total += int(suite.get("tests"))
    bad += sum(int(suite.get(name)) for name in ("failures", "errors", "skipped"))
print(f"{total - bad} passed, {bad if total else 1} failed")
PYTHON
  return "$built"
}
suite java-unit java_unit
((built == 0)) || fail "the Java library cannot be built"
(cd "$scratch/source/target" && ls -- *.jar)

# A project with the jar, what the jar asks for, and nothing else.
cp -r "$here/java" "$scratch/project"
rm -rf "$scratch/project/target"
maven -f "$scratch/project/pom.xml" prepare-package || fail "the library cannot be taken into a project"
classes="$scratch/project/target/classes:$scratch/project/target/dependency/*"

mkdir "$scratch/samples"
suite java-scenario beside_server java -cp "$classes" scenario.Runner {scenario} {setting}
suite java-samples beside_server python3 "$here/samples.py" java {setting} "$scratch/samples" \
  "$sdk/README.md" "$sdk"/samples/*.java "$root"/docs/api/*.md -- \
  java -cp "$scratch/project/target/dependency/*" {file}
