#!/bin/sh
# Fuzzes each target for SECONDS, one after another, and stops at the first finding.
#
#     tests/fuzz/run.sh SECONDS [TARGET…]
#
# It begins from files in the tree (seeds) and keeps what it learns in tests/fuzz/corpus, which is not committed.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
shift
[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\(.*\)"/\1/p' tests/fuzz/Cargo.toml | grep -v '^twinsight')
# The stable compiler then accepts the sanitizer flags that cargo-fuzz passes.
export RUSTC_BOOTSTRAP=1
for target; do
    corpus=tests/fuzz/corpus/$target
    mkdir -p "$corpus"
    case $target in
        recipe_ron) seeds='src/train/presets' ;;
        config_ron) seeds='themes tests/fuzz/seeds/config_ron' ;;
        cascade_xml) seeds='tests/fuzz/seeds/cascade_xml' ;;
        picture | mat) seeds='tests/data/fixtures' ;;
        *) seeds="tests/fuzz/seeds/$target" ;;
    esac
    found=''
    for folder in $seeds; do
        [ ! -d "$folder" ] || found="$found $folder"
    done
    echo "== $target, ${seconds} s"
    # A gibibyte is more than any reader may take for inputs of this size; ten seconds, longer than any may think.
    # shellcheck disable=SC2086
    cargo fuzz run --fuzz-dir tests/fuzz "$target" "$corpus" $found -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536
done
