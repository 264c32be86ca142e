# The wire itself: the examples of the pages that need no library. Sourced by `run`.

command -v curl >/dev/null || fail "curl is needed"
command -v openssl >/dev/null || fail "openssl is needed"

mkdir "$scratch/samples"
suite curl-pages beside_server python3 "$here/samples.py" bash {setting} "$scratch/samples" "$root"/docs/api/*.md -- \
  bash {file}
