/* The lost update again, on a real SQLite file: what a transaction prevents, and which kind of one. */
#include <stdio.h>
#include <string.h>

#include "diag/cases/cases.h"
#include "store/demo.h"

static const struct diag_variant broken = {
	.name = "broken",
	.expect = MODEL_FAILED,
	.tells = "Two connections, no transaction: both SELECT 0, both UPDATE to 1; SQLite has no complaint.",
};

static const struct diag_variant deferred = {
	.name = "deferred",
	.expect = MODEL_FAILED,
	.tells = "Deferred transactions: the second UPDATE fails at once with BUSY_SNAPSHOT, no busy timeout helps, and a"
		 " program that does not begin again loses its update.",
};

static const struct diag_variant fixed = {
	.name = "fixed",
	.tells = "BEGIN IMMEDIATE: the second one waits before it reads, then reads what the first one wrote.",
};

/* What each variant must come to. */
static const struct {
	const struct diag_variant *variant;
	enum demo_mode mode;
	struct demo_result want;
} table[] = {
	{&broken, DEMO_BARE, {.value = 1}},
	{&deferred, DEMO_DEFERRED, {.value = 1, .refused = 1}},
	{&fixed, DEMO_IMMEDIATE, {.value = 2, .waited = 1}},
};

static bool demonstrate(const char *variant, void (*say)(void *arg, const char *line), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct demo_result got;
		struct err why;

		if (strcmp(table[i].variant->name, variant) != 0)
			continue;
		if (demo_run(table[i].mode, say, arg, &got, &why)) {
			say(arg, why.text);
			return false;
		}
		return got.value == table[i].want.value && got.refused == table[i].want.refused &&
		       got.waited == table[i].want.waited;
	}
	return false;
}

const struct diag_case *case_race_sqlite(void)
{
	static const struct diag_case race = {
		.name = "race-sqlite",
		.description = "the lost update on a real SQLite file, with and without transactions",
		.story = "Each statement is a transaction of its own, so a SELECT and an UPDATE are two, with room for somebody"
			 " else between them. BEGIN alone does not help: it only reads at first, and when it wants to write on"
			 " old grounds SQLite refuses, whatever the busy timeout. BEGIN IMMEDIATE takes the right to write before"
			 " the read, so the other one waits and reads the new value. catchbasin opens every transaction that way,"
			 " and has one connection that writes (src/store/writer.c).",
		.watch = "",
		.variant = {&broken, &deferred, &fixed},
		.demonstrate = demonstrate,
	};

	return &race;
}
