/* Writes messages and losses: for people, as JSON lines, as CSV, or as they are. */
#include "config.h"
#include "ctl/rows.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/plain.h"
#include "ctl/text.h"

#define OUT_BYTES (256 * 1024)
#define TIME_DAY 11 /* of "2026-01-31 23:59:58.123": the day and a blank */

struct rows rows_begin(enum rows_format format)
{
	struct rows r = {.out = stdout, .format = format, .terminal = isatty(STDOUT_FILENO)};

	if (!r.terminal)
		setvbuf(stdout, NULL, _IOFBF, OUT_BYTES);
	return r;
}

void rows_head(const struct rows *r)
{
	if (r->format == ROWS_CSV)
		fputs("id,time,received_at,listener,peer,size,truncated,encoding,body\n", r->out);
}

static bool is_cut(const struct reader_message *m)
{
	return m->size > (int64_t)m->len;
}

/* "2026-01-31T23:59:58.123456789Z" */
static void write_iso(FILE *out, int64_t at_ns)
{
	char text[32];

	clock_format_utc(at_ns, text, sizeof(text));
	text[TIME_DAY - 1] = 'T';
	fprintf(out, "%.19s.%09" PRId64 "Z", text, at_ns % NS_PER_S);
}

static void write_short(const struct rows *r, const struct reader_message *m)
{
	char time[32], size[TEXT_NUMBER];

	clock_format_utc(m->received_at, time, sizeof(time));
	fprintf(r->out, "%s ", time);
	plain_write(r->out, m->listener, strlen(m->listener));
	fputc(' ', r->out);
	plain_write(r->out, m->peer, strlen(m->peer));
	fputs(": ", r->out);
	plain_write(r->out, m->body, m->len);
	if (is_cut(m))
		fprintf(r->out, " [cut: %s bytes were sent]", text_count(m->size, size));
	fputc('\n', r->out);
}

static void write_json(const struct rows *r, const struct reader_message *m)
{
	fprintf(r->out, "{\"id\":%" PRId64 ",\"time\":\"", m->id);
	write_iso(r->out, m->received_at);
	fprintf(r->out, "\",\"received_at\":%" PRId64 ",\"listener\":", m->received_at);
	plain_json(r->out, m->listener, strlen(m->listener));
	fputs(",\"peer\":", r->out);
	plain_json(r->out, m->peer, strlen(m->peer));
	fprintf(r->out, ",\"size\":%" PRId64 ",\"truncated\":%s,", m->size, is_cut(m) ? "true" : "false");
	if (m->text) {
		fputs("\"body\":", r->out);
		plain_json(r->out, m->body, m->len);
	} else {
		fputs("\"body_base64\":\"", r->out);
		plain_base64(r->out, m->body, m->len);
		fputc('"', r->out);
	}
	fputs("}\n", r->out);
}

/* On a terminal a field is made safe; what reads CSV elsewhere gets the bytes. */
static void write_field(const struct rows *r, const char *bytes, size_t len)
{
	if (r->terminal)
		plain_write(r->out, bytes, len);
	else
		plain_csv(r->out, bytes, len);
}

static void write_csv(const struct rows *r, const struct reader_message *m)
{
	fprintf(r->out, "%" PRId64 ",", m->id);
	write_iso(r->out, m->received_at);
	fprintf(r->out, ",%" PRId64 ",", m->received_at);
	write_field(r, m->listener, strlen(m->listener));
	fputc(',', r->out);
	write_field(r, m->peer, strlen(m->peer));
	fprintf(r->out, ",%" PRId64 ",%d,%s,", m->size, is_cut(m), m->text ? "text" : "base64");
	if (m->text)
		write_field(r, m->body, m->len);
	else
		plain_base64(r->out, m->body, m->len);
	fputc('\n', r->out);
}

static void write_raw(const struct rows *r, const struct reader_message *m)
{
	if (r->terminal)
		plain_write(r->out, m->body, m->len);
	else
		fwrite(m->body, 1, m->len, r->out);
	fputc('\n', r->out);
}

void rows_message(const struct rows *r, const struct reader_message *m)
{
	switch (r->format) {
	case ROWS_SHORT:
		write_short(r, m);
		break;
	case ROWS_JSONL:
		write_json(r, m);
		break;
	case ROWS_CSV:
		write_csv(r, m);
		break;
	case ROWS_RAW:
		write_raw(r, m);
		break;
	}
}

/* ---- losses ---- */

static const char *reason_words(const char *reason)
{
	static const char *const words[][2] = {
		{"kernel", "kernel buffer"},	 {"queue_full", "queue full"},
		{"oversize", "too long"},	 {"incomplete", "cut off by the sender"},
		{"denied", "sender not allowed"}, {"store", "refused by the store"},
		{"shutdown", "time to stop was over"},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i][0], reason))
			return words[i][1];
	}
	return reason;
}

/* The day stands with the messages around it. */
static void loss_short(const struct rows *r, const struct reader_loss *l)
{
	char from[32], to[32], count[TEXT_NUMBER];
	const char *words = reason_words(l->reason);

	clock_format_utc(l->from_at, from, sizeof(from));
	clock_format_utc(l->to_at, to, sizeof(to));
	if (!strcmp(l->reason, "crash"))
		fprintf(r->out, "--- nobody knows how many messages were lost here: crash, ");
	else
		fprintf(r->out, "--- %s message%s lost here: ", text_count(l->messages, count), l->messages == 1 ? "" : "s");
	if (strcmp(l->reason, "crash") != 0) {
		plain_write(r->out, words, strlen(words));
		fputs(", ", r->out);
	}
	if (!strcmp(from, to))
		fprintf(r->out, "%s ---\n", from + TIME_DAY);
	else
		fprintf(r->out, "%s\342\200\223%s ---\n", from + TIME_DAY, to + TIME_DAY);
}

static void loss_json(const struct rows *r, const struct reader_loss *l)
{
	fprintf(r->out, "{\"loss\":%" PRId64 ",\"from\":\"", l->id);
	write_iso(r->out, l->from_at);
	fputs("\",\"to\":\"", r->out);
	write_iso(r->out, l->to_at);
	fprintf(r->out, "\",\"from_at\":%" PRId64 ",\"to_at\":%" PRId64 ",\"listener\":", l->from_at, l->to_at);
	plain_json(r->out, l->listener, strlen(l->listener));
	fputs(",\"reason\":", r->out);
	plain_json(r->out, l->reason, strlen(l->reason));
	fprintf(r->out, ",\"messages\":%" PRId64 ",\"bytes\":", l->messages);
	if (l->bytes < 0)
		fputs("null}\n", r->out);
	else
		fprintf(r->out, "%" PRId64 "}\n", l->bytes);
}

void rows_loss(const struct rows *r, const struct reader_loss *l)
{
	switch (r->format) {
	case ROWS_SHORT:
		loss_short(r, l);
		break;
	case ROWS_JSONL:
		loss_json(r, l);
		break;
	case ROWS_CSV:
	case ROWS_RAW:
		break;
	}
}

void rows_pruned(const struct rows *r, int64_t from_id, int64_t to_id)
{
	int64_t n = to_id - from_id + 1;
	char count[TEXT_NUMBER];

	switch (r->format) {
	case ROWS_SHORT:
		fprintf(r->out, "--- %s message%s pruned before %s read ---\n", text_count(n, count), n == 1 ? "" : "s",
			n == 1 ? "it was" : "they were");
		break;
	case ROWS_JSONL:
		fprintf(r->out, "{\"pruned\":%" PRId64 ",\"from_id\":%" PRId64 ",\"to_id\":%" PRId64 "}\n", n, from_id, to_id);
		break;
	case ROWS_CSV:
	case ROWS_RAW:
		break;
	}
}

void rows_remark(const struct rows *r, const char *words)
{
	if (r->format == ROWS_SHORT)
		fprintf(r->out, "--- %s ---\n", words);
}
