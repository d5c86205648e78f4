/* Asks the kernel who reads, and /proc what that process is called. */
#include "store/pin.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* SQLite's locks are single bytes of the -shm file (sqlite.org/walformat.html): from 120 on for writing, checkpoint and
 * recovery, then five marks of readers. Who holds the first of them does not look into the log, and keeps it from being
 * moved all the same. */
#define FIRST_MARK (120 + 3)
#define MARKS 5

int pin_descriptor(const char *shm)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	struct stat wanted, st;
	int found = -1;

	if (!dir || stat(shm, &wanted) < 0) {
		if (dir)
			closedir(dir);
		return -1;
	}
	while (found < 0 && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (*entry->d_name != '.' && fd != dirfd(dir) && fstat(fd, &st) == 0 && st.st_dev == wanted.st_dev &&
		    st.st_ino == wanted.st_ino)
			found = fd;
	}
	closedir(dir);
	return found;
}

pid_t pin_holder(int shm_fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = FIRST_MARK, .l_len = MARKS};

	return shm_fd >= 0 && fcntl(shm_fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0 ? lock.l_pid : 0;
}

const char *pin_words(pid_t pid, char text[PIN_TEXT])
{
	char path[48], name[32] = "";
	FILE *comm;

	if (pid <= 0)
		return strcpy(text, "a reader keeps a transaction open");
	snprintf(path, sizeof(path), "/proc/%jd/comm", (intmax_t)pid);
	comm = fopen(path, "re");
	if (comm) {
		if (!fgets(name, sizeof(name), comm))
			name[0] = '\0';
		fclose(comm);
	}
	name[strcspn(name, "\n")] = '\0';
	/* What the process calls itself is its own choice. */
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			*c = '?';
	snprintf(text, PIN_TEXT, *name ? "process %jd (%s) keeps a transaction open" : "process %jd keeps a transaction open",
		 (intmax_t)pid, name);
	return text;
}
