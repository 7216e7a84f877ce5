#!/usr/bin/env bash
# ptxas13.sh puts the assembler of CUDA 13, which newer drivers have inside, from the Python package
# nvidia-cuda-nvcc into $SYMVI_PTXAS13 (default ~/.cache/symvi-ptxas13) and prints its path. Where it
# is already there it only prints.
set -euo pipefail

release=13.5 version=13.5.37
dir=${SYMVI_PTXAS13:-$HOME/.cache/symvi-ptxas13}

installed() { [ -x "$dir/ptxas" ] && "$dir/ptxas" --version 2>/dev/null | grep -q "release $release,"; }

if ! installed; then
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	python3 -m pip download --quiet --no-deps --dest "$tmp" "nvidia-cuda-nvcc==$version" >&2
	mkdir -p "$dir"
	python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel: sys.stdout.buffer.write(wheel.read("nvidia/cu13/bin/ptxas"))' "$tmp"/*.whl >"$dir/ptxas.new"
	chmod +x "$dir/ptxas.new"
	mv "$dir/ptxas.new" "$dir/ptxas"
	installed || { echo "ptxas13.sh: $dir/ptxas does not run or is not CUDA $release" >&2; exit 1; }
fi
echo "$dir/ptxas"
