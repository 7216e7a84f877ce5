#!/usr/bin/env bash
# table.sh TOOL PTX-DIRECTORY ARCHITECTURE… prints what an assembler makes of every kernel: for each
# architecture the registers of a thread, the bytes of its stack, which hold what it spills, and how
# many blocks of the most threads that the kernel allows are resident on a multiprocessor by registers,
# threads and the kernel's own shared memory. TOOL is an assembler, or the cuobjdump of the one that
# made the machine code beside the PTX (cubin/ARCHITECTURE), which reads it there.
set -euo pipefail
tool=$1 ptx=$2
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# measured ARCHITECTURE prints a line for each kernel: architecture, name, registers, stack, shared memory.
measured() {
	local f module
	for f in "$ptx"/*.ptx; do
		module=$(basename "$f" .ptx)
		case $tool in
		*cuobjdump)
			gzip -dc "$ptx/../cubin/$1/$module.gz" >"$tmp/$1.cubin"
			"$tool" -res-usage "$tmp/$1.cubin"
			;;
		*) "$tool" -v -arch="$1" -o /dev/null "$f" 2>&1 ;;
		esac
	done | awk -v arch="$1" '
		/^ Function / { sub(/:$/, "", $2); name = $2 }
		/^  REG:/ { split($0, v, /[ :]+/); print arch, name, v[3], v[5], v[7] - (v[7] > 0 && arch >= "sm_90" ? 1024 : 0) } # less the system'"'"'s
		/Compiling entry function/ { name = $7; gsub(/\047/, "", name) }
		/bytes stack frame/ { stack = $1 }
		/ Used [0-9]+ registers/ {
			shared = 0
			for (i = 5; i <= NF; i++) if ($(i + 2) ~ /^smem/) shared = $i
			print arch, name, $5, stack, shared
		}'
}

version=$("$tool" --version | sed -n 's/^Cuda compilation tools, release \([0-9.]*\),.*/ptxas \1/p')
echo "# $version: registers, bytes of stack, blocks a multiprocessor"
printf '%-32s %7s %7s' '# kernel' threads shared
printf '  %-12s' "$@"
echo
runs=()
for arch; do
	measured "$arch" >"$tmp/$arch.txt" &
	runs+=($!)
done
for run in "${runs[@]}"; do wait "$run"; done
cat "$tmp"/*.txt | awk -v archs="$*" '
# limits: threads and blocks of a multiprocessor and its shared memory (CUDA C++ Programming Guide, "Compute Capabilities").
function limits(arch) {
	most = 2048; blocks = 32; memory = 233472
	if (arch == "sm_80") memory = 167936
	if (arch == "sm_86" || arch == "sm_89") { most = 1536; blocks = arch == "sm_86" ? 16 : 24; memory = 102400 }
}
function least(a, b) { return a < b ? a : b }
function resident(arch, registers, threads, shared,   warps, n) {
	limits(arch)
	warps = int((threads + 31) / 32)
	n = least(blocks, int(most / (32 * warps)))
	n = least(n, int(65536 / (warps * int((32 * registers + 255) / 256) * 256)))
	return least(n, int(memory / (shared + 1024))) # 1 kB of every block is the system'"'"'s
}
FILENAME != "-" && /^\.maxntid/ { sub(/,/, "", $2); threads[name] = $2 }
FILENAME != "-" && /^\.visible \.entry/ { name = $3; sub(/\(.*/, "", name) }
FILENAME == "-" { names[$2]; registers[$2, $1] = $3; stack[$2, $1] = $4; shared[$2] = $5 }
END {
	n = split(archs, list, " ")
	sort = "LC_ALL=C sort"
	for (name in names) {
		line = sprintf("%-32s %7d %7d", name, threads[name], shared[name])
		for (i = 1; i <= n; i++) {
			a = list[i]
			line = line sprintf("  %4d %4d %2d", registers[name, a], stack[name, a], resident(a, registers[name, a], threads[name], shared[name]))
		}
		print line | sort
	}
	close(sort)
}' "$ptx"/*.ptx -
