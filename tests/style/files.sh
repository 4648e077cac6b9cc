# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the style tests: which files there are. Paths are relative to the source folder, each ends in a NUL.
# Build folders and git's own are left out. git itself is not asked: the tree may come from an archive.

all_files() {
	find . -mindepth 1 \( -path './build*' -o -name .git -o -name __pycache__ \) -prune -o -type f -printf '%P\0'
}

c_files() {
	all_files | grep -zE '\.(c|h|def)$'
}

# What a shell reads: by its first line or by its name.
shell_files() {
	all_files | xargs -0 awk '
		FNR == 1 && (/^#!.*[\/ ](ba|da|)sh( |$)/ || FILENAME ~ /\.sh$/) { printf "%s%c", FILENAME, 0 }
		{ nextfile }'
}

python_files() {
	all_files | xargs -0 awk '
		FNR == 1 && (/^#!.*python3/ || FILENAME ~ /\.py$/) { printf "%s%c", FILENAME, 0 }
		{ nextfile }'
}
