#!/bin/bash
# Tasks of an array that share the trainings of one command, each every N-th: compare, select and
# reproduce, or train with many --members. Submit it from a directory that all nodes see, where the
# program and the data are, and collect afterwards:
#
#   job=$(sbatch --parsable --array=0-3 slurm-array.sh compare --data table.csv --target y --seeds 20)
#   sbatch --dependency=afterok:$job slurm-array.sh compare --data table.csv --target y --seeds 20
#
#   job=$(sbatch --parsable --array=0-9 slurm-array.sh train --data table.csv --target y --members 50)
#   sbatch --dependency=afterok:$job slurm-array.sh train --data table.csv --target y --members 50
#
# A task that is requeued goes on with what is missing. Without an array the script collects.
#SBATCH --job-name=symvi-array
#SBATCH --cpus-per-task=4
#SBATCH --mem=1G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail
symvi=${PROGRAM:-./symvi}
shard=()
[ -z "${SLURM_ARRAY_TASK_ID:-}" ] || shard=(--shard auto)
exec "$symvi" "$1" --threads "${SLURM_CPUS_PER_TASK:-0}" --out "${OUT:-$1}" "${shard[@]}" "${@:2}"
