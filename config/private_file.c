/* SPDX-License-Identifier: BSD-3-Clause */
#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reason.h"
#include "region_store.h"

/* Closes the descriptor of what was refused. */
static int refuse(int descriptor)
{
	close(descriptor);
	errno = EPERM;
	return -1;
}

int private_folder_open(const char *path, bool make, char reason[REGION_REASON_SIZE])
{
	struct stat status;
	int folder;

	if (make) {
		region_step();
		if (mkdir(path, 0700) != 0 && errno != EEXIST) {
			int error = errno;

			reason_set(reason, "folder %s cannot be made: %s", path, strerror(error));
			/* Not the ENOENT of a folder that is missing, which may be in order. */
			errno = error == ENOENT ? ENOTDIR : error;
			return -1;
		}
	}
	folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0) {
		int error = errno;

		reason_set(reason, "folder %s cannot be opened: %s", path, strerror(error));
		errno = error;
		return -1;
	}
	if (fstat(folder, &status) != 0) {
		reason_set(reason, "folder %s cannot be examined: %s", path, strerror(errno));
		return refuse(folder);
	}
	if (status.st_uid != geteuid()) {
		reason_set(reason, "folder %s belongs to user %u, not to user %u, who runs this: run it as the other",
			   path, status.st_uid, geteuid());
		return refuse(folder);
	}
	if (status.st_mode & 077) {
		reason_set(reason, "folder %s is open to others (mode %03o): \"chmod 700\" it", path,
			   status.st_mode & 0777);
		return refuse(folder);
	}
	return folder;
}

int private_file_open(int folder, const char *path, const char *name, int flags, char reason[REGION_REASON_SIZE])
{
	/* O_NONBLOCK: the opening of a pipe would wait for its other end. */
	int file = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat status;

	if (file < 0) {
		int error = errno;

		reason_set(reason, "%s/%s cannot be opened: %s", path, name, strerror(error));
		errno = error;
		return -1;
	}
	if (fstat(file, &status) != 0) {
		reason_set(reason, "%s/%s cannot be examined: %s", path, name, strerror(errno));
		return refuse(file);
	}
	if (!S_ISREG(status.st_mode) || status.st_nlink > 1) {
		reason_set(reason, "%s/%s is no regular file of one name: remove it", path, name);
		return refuse(file);
	}
	if (status.st_uid != geteuid() || (status.st_mode & 077)) {
		reason_set(reason, "%s/%s belongs to user %u with mode %03o; user %u must own it with mode 600", path,
			   name, status.st_uid, status.st_mode & 0777, geteuid());
		return refuse(file);
	}
	return file;
}
