# The Python library: built, checked, installed into an empty environment, run. Sourced by `run`.

readonly lists=$here/python

# Tools that build and check, made again when a list or the machine's Python has changed.
if ! cat "$lists"/*.txt | cmp -s - "$cache/installed.txt" || ! "$cache/tools/bin/python" -c "" 2>/dev/null; then
  rm -rf "$cache/tools"
  python3 -m venv "$cache/tools" || fail "python3 needs its modules venv and ensurepip: install python3-venv"
  "$cache/tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    -r "$lists/tools.txt" -r "$lists/async.txt" >&2
  cat "$lists"/*.txt >"$cache/installed.txt"
fi

cmp -s "$sdk/LICENSE" "$root/LICENSE" || fail "sdk/python/LICENSE is not the LICENSE of the repository"

# The sdist, and the wheel from the sdist: so both are whole. From a copy, so that nothing is left in the tree.
cp -r "$sdk" "$scratch/source"
"$cache/tools/bin/python" -m build --no-isolation --outdir "$scratch/dist" "$scratch/source" >"$scratch/build.log" 2>&1 || {
  cat "$scratch/build.log"
  fail "the Python package cannot be built"
}
ls "$scratch/dist"

types() {
  (cd "$sdk" && "$cache/tools/bin/mypy" --cache-dir "$cache/mypy") || {
    echo "0 passed, 1 failed"
    return 1
  }
  echo "1 passed, 0 failed"
}
suite python-types types

# An environment with the wheel and nothing else: `Api` needs no other package.
python3 -m venv "$scratch/plain"
"$scratch/plain/bin/pip" install --quiet --disable-pip-version-check --no-index "$scratch"/dist/*.whl
suite python-sync beside_server "$scratch/plain/bin/python" "$sdk/tests/scenario/run_scenario.py" sync {scenario} {setting}

# The same with what AsyncApi needs.
python3 -m venv "$scratch/async"
"$scratch/async/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
  -r "$lists/async.txt"
"$scratch/async/bin/pip" install --quiet --disable-pip-version-check --no-index "$scratch/$(cd "$scratch" && echo dist/*.whl)[async]"
suite python-async beside_server "$scratch/async/bin/python" "$sdk/tests/scenario/run_scenario.py" async {scenario} {setting}
suite python-unit "$scratch/async/bin/python" "$sdk/tests/unit/run_tests.py"
suite python-samples beside_server "$scratch/async/bin/python" "$sdk/tests/unit/run_tests.py" "$sdk/tests/server"

# The examples of the pages, with the wheel alone.
mkdir "$scratch/samples"
suite python-pages beside_server python3 "$here/samples.py" python {setting} "$scratch/samples" "$root"/docs/api/*.md -- \
  "$scratch/plain/bin/python" {file}
