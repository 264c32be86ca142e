# The Rust library: packed, taken into an empty project, run. Sourced by `run`.

command -v cargo >/dev/null || fail "cargo is needed: install rustup"

readonly client=$root/crates/client
cmp -s "$client/LICENSE" "$root/LICENSE" || fail "crates/client/LICENSE is not the LICENSE of the repository"

# The crate as a registry would get it. What it needs is in the list of the repository, so nothing new is fetched: an
# ordinary build has brought it.
packed=0
CARGO_TARGET_DIR=$scratch/packed cargo package --manifest-path "$client/Cargo.toml" --quiet --locked --offline \
  --no-verify --allow-dirty >"$scratch/package.log" 2>&1 || packed=$?
((packed == 0)) || { cat "$scratch/package.log" && fail "the crate cannot be packed"; }
(cd "$scratch/packed/package" && ls -- *.crate)

# A project with the crate and nothing else of ours. Its builds stay, so that the next run takes seconds.
cp -r "$here/rust" "$scratch/project"
tar -xzf "$scratch"/packed/package/*.crate -C "$scratch/project"
mv "$scratch"/project/ringproof-client-* "$scratch/project/client"
cp "$root/Cargo.lock" "$scratch/project/Cargo.lock"
mkdir "$scratch/project/examples"
in_project() { CARGO_TARGET_DIR=$cache/target cargo "$@" --quiet --offline --manifest-path "$scratch/project/Cargo.toml"; }
in_project build || fail "the crate cannot be taken into a project"

suite rust-scenario beside_server "$cache/target/debug/scenario" {scenario} {setting}
export CARGO_TARGET_DIR=$cache/target
suite rust-samples beside_server python3 "$here/samples.py" rust {setting} "$scratch/project/examples" \
  "$client/README.md" "$root"/docs/api/*.md -- \
  cargo run --quiet --offline --manifest-path "$scratch/project/Cargo.toml" --example {name}
