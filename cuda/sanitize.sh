#!/usr/bin/env bash
# sanitize.sh runs the tests of every kernel and of every tile of the products on this machine's GPU
# under compute-sanitizer: memory accesses, reads of what nobody wrote, races in shared memory,
# barriers. Memory is not pooled, so that every buffer's end is known. A tool that finds something ends no
# other; LIMIT is in seconds, for each. The environment is that of env.sh; SYMVI_CUDA_TEST is as for
# bench/run. --list prints which tests those are; the simulator sees that they reach every kernel
# (SYMVI_EVERY_KERNEL in testmain_test.go).
set -euo pipefail
tests='TestConformance|TestRepeat|TestGemm|TestTF32Exact|TestOutputLayer|TestStepNodes|TestPairNormalizer'
if [ "${1:-}" = --list ]; then
	echo "$tests"
	exit
fi
here=$(cd "$(dirname "$0")" && pwd)
sanitizer=$(command -v compute-sanitizer || ls "${CUDA_HOME:-/usr/local/cuda}/bin/compute-sanitizer" 2>/dev/null || true)
if [ -z "$sanitizer" ]; then
	echo "sanitize.sh: no compute-sanitizer: it comes with a CUDA toolkit; put it into PATH or set CUDA_HOME" >&2
	exit 1
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
program=${SYMVI_CUDA_TEST:-$tmp/cuda.test}
if [ -z "${SYMVI_CUDA_TEST:-}" ]; then
	(cd "$here/.." && go test -c -tags cuda -o "$program" ./cuda)
fi
failed=
cd "$here"
for tool in memcheck initcheck racecheck synccheck; do
	echo "compute-sanitizer $tool"
	SYMVI_CUDA_POOL=off timeout "${LIMIT:-3600}" "$sanitizer" --tool $tool --error-exitcode 9 "$program" -test.run "$tests" -test.timeout 60m || failed="$failed $tool"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
