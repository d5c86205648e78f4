/*
 * Answers on a control socket what a test has prepared: fake_daemon SOCKET ANSWERS, where ANSWERS is a directory with
 * a file for each verb. It holds the answer line; or says "(nothing)": the connection is closed; or there is no file:
 * the request itself comes back. Prints "ready", and ends with stdin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "net/endpoint.h"

static char *answer(void *arg, const struct endpoint_peer *peer UNUSED, const char *line, size_t len, size_t *ret_len)
{
	json_t *request = line ? json_loadb(line, len, 0, NULL) : NULL;
	const char *verb = json_string_value(json_object_get(request, "verb"));
	char path[512], *text = mem_zalloc(1, 1 << 20);
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", (const char *)arg, verb ? verb : "none");
	json_decref(request);
	in = fopen(path, "r");
	if (!in) {
		if (line)
			memcpy(text, line, len);
		*ret_len = len;
		return text;
	}
	*ret_len = fread(text, 1, 1 << 20, in);
	fclose(in);
	if (*ret_len > 0 && text[*ret_len - 1] == '\n')
		--*ret_len;
	if (strncmp(text, "(nothing)", 9) != 0)
		return text;
	mem_free(text);
	return NULL;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct endpoint *e;
	char byte;

	if (argc != 3)
		return 64;
	e = endpoint_open(&(struct endpoint_opts){.name = "fake", .path = argv[1], .mode = 0600, .answer = answer,
						  .arg = argv[2]},
			  &err);
	if (!e) {
		fprintf(stderr, "%s\n", err.text);
		return err.exit_code;
	}
	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	endpoint_close(e);
	return 0;
}
