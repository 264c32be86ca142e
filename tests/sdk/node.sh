# The Node library: checked, packed, installed into an empty project, run. Sourced by `run`.

command -v node >/dev/null || fail "node is needed"
command -v npm >/dev/null || fail "npm is needed"

# From a copy, so that nothing is left in the tree. The tools are fetched again when their list has changed.
cp -r "$sdk" "$scratch/source"
rm -rf "$scratch/source/node_modules" "$scratch/source/types"
if ! cmp -s "$sdk/package-lock.json" "$cache/package-lock.json"; then
  rm -rf "$cache/node_modules" "$cache/package-lock.json"
  (cd "$scratch/source" && npm ci --silent --no-audit --no-fund)
  cp -r "$scratch/source/node_modules" "$cache/node_modules"
  cp "$sdk/package-lock.json" "$cache/package-lock.json"
else
  cp -r "$cache/node_modules" "$scratch/source/node_modules"
fi

mkdir "$scratch/dist" "$scratch/project"
(cd "$scratch/source" && npm pack --silent --pack-destination "$scratch/dist") >"$scratch/pack.log" 2>&1 || {
  cat "$scratch/pack.log"
  fail "the npm package cannot be built"
}
ls "$scratch/dist"

# A project with the package and nothing else. The registry is not asked: there are no dependencies.
cp "$here"/node/* "$scratch/project/"
(cd "$scratch/project" && npm install --silent --offline --no-audit --no-fund "$scratch"/dist/*.tgz)

# The sources of the library, and a TypeScript program that knows nothing but the packed types.
node_types() {
  (cd "$scratch/source" && npm run --silent check) &&
    "$scratch/source/node_modules/.bin/tsc" --noEmit --strict --target es2022 --module nodenext --types node \
      --typeRoots "$scratch/source/node_modules/@types" "$scratch/project/types.ts" || {
    echo "0 passed, 1 failed"
    return 1
  }
  echo "2 passed, 0 failed"
}
node_unit() {
  local status=0
  (cd "$scratch/source" && node --test --test-reporter spec test/*.test.js) >"$scratch/unit.log" 2>&1 || status=$?
  ((status == 0)) || cat "$scratch/unit.log"
  awk '$2 == "pass" { p = $3 } $2 == "fail" { f = $3 } END { print p + 0 " passed, " f + 0 " failed" }' "$scratch/unit.log"
  return "$status"
}
suite node-types node_types
suite node-unit node_unit
suite node-scenario beside_server node "$scratch/project/runner.js" {scenario} {setting}
suite node-samples beside_server python3 "$here/samples.py" js {setting} "$scratch/project" \
  "$sdk/README.md" "$root"/docs/api/*.md -- node {file}
