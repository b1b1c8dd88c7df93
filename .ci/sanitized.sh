# Sourced: `sanitized KINDS` builds the debug core with GCC's sanitizers in a copy of the tree and goes there; `run` runs
# Python in it.
python=${PYTHON:-python}
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preload=()
sanitized() {
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    cd "$top"
    cp -r oommc pyx tests setup.py pyproject.toml README.md LICENSE .ci/tsan.supp "$tree"
    cd "$tree"
    rm -f oommc/engine/_core.*.so
    OOMMC_SANITIZE=$1 "$python" setup.py -q build_ext --inplace
    for kind in ${1//,/ }; do
        case $kind in address) library=libasan ;; undefined) library=libubsan ;; thread) library=libtsan ;; esac
        preload+=("$(gcc -print-file-name=$library.so)")
    done
    run -c 'import sys, oommc.engine; sys.exit(not oommc.engine.__file__.startswith(sys.argv[1]))' "$tree"
}
run() {
    # Python itself leaks at exit; a random layout of addresses is more than older thread sanitizers can map
    ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=suppressions=tsan.supp LD_PRELOAD="${preload[*]}" \
        setarch --addr-no-randomize "$python" "$@"
}
