/* The words for steps, places and verdicts: one place, so that text, page and report speak alike. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diag/picture.h"
#include "diag/waits.h"

/* How an op is said: done, and about to be done; what can be waited for is said by base/waits.h. %o its object, %l the
 * same as a lock, %v its value. */
static const struct {
	const char *done, *pending;
} op_words[MODEL_OPS] = {
	[MODEL_BEGIN] = {"begins", "is about to begin"},
	[MODEL_LOCK] = {"has %l", NULL},
	[MODEL_UNLOCK] = {"releases %o", "is about to release %o"},
	[MODEL_TRYLOCK] = {"tries %l", "is about to try %l"},
	[MODEL_WAIT] = {"sleeps on %o", "is about to sleep on %o"},
	[MODEL_WAKE] = {"wakes from %o", NULL},
	[MODEL_SIGNAL] = {"wakes one on %o", "is about to wake one on %o"},
	[MODEL_BROADCAST] = {"wakes all on %o", "is about to wake all on %o"},
	[MODEL_SPAWN] = {"starts %o", "is about to start %o"},
	[MODEL_JOIN] = {"has joined %o", NULL},
	[MODEL_SLEEP] = {"has slept", "sleeps"},
	[MODEL_ACQUIRE] = {"acquires %o", NULL},
	[MODEL_RELEASE] = {"releases %o", "is about to release %o"},
	[MODEL_MEET] = {"meets at %o", NULL},
	[MODEL_SET] = {"sets %o", "is about to set %o"},
	[MODEL_TEST] = {"tests %o", NULL},
	[MODEL_READ] = {"read %o -> %v", "is about to read %o"},
	[MODEL_WRITE] = {"write %o <- %v", "is about to write %o"},
	[MODEL_NOTE] = {"%o", NULL},
	[MODEL_CHOOSE] = {"%o: %v", "waits for %o"},
	[MODEL_END] = {"ends", "is about to end"},
};

/* A wait that nobody ended. */
static const char *const wake_words[] = {
	[MODEL_RUN] = "wakes from %o",
	[MODEL_TIMEOUT] = "timed out on %o",
	[MODEL_SPURIOUS] = "wakes from %o for no reason",
};

static void add(char *text, size_t size, size_t *at, const char *what)
{
	int n = snprintf(text + *at, size - *at, "%s", what);

	*at += (size_t)n < size - *at ? (size_t)n : size - *at - 1;
}

static void say(char *ret_text, size_t size, size_t at, const char *form, const char *object, int64_t value)
{
	char piece[32];

	object = object ? object : "";
	for (; *form; form++) {
		if (form[0] != '%') {
			snprintf(piece, sizeof(piece), "%c", *form);
			add(ret_text, size, &at, piece);
			continue;
		}
		form++;
		if (*form == 'l' && !strstr(object, "lock"))
			add(ret_text, size, &at, "lock ");
		snprintf(piece, sizeof(piece), "%" PRId64, value);
		add(ret_text, size, &at, *form == 'v' ? piece : object);
	}
}

void picture_words(const struct trace_step *s, char *ret_text, size_t size)
{
	const char *mark = s->text ? strstr(s->text, "<<") : NULL;
	size_t at = 0, said = s->text ? mark ? (size_t)(mark - s->text) : strlen(s->text) : 0;
	char own[MODEL_TEXT];

	ret_text[0] = '\0';
	while (said > 0 && s->text[said - 1] == ' ')
		said--;
	snprintf(own, sizeof(own), "%.*s", (int)said, said ? s->text : "");
	say(ret_text, size, at,
	    s->op == MODEL_WAKE		  ? wake_words[s->how]
	    : s->op == MODEL_NOTE && said ? ""
					  : op_words[s->op].done,
	    s->object, s->value);
	at = strlen(ret_text);
	if (!said)
		return;
	if (at > 0)
		add(ret_text, size, &at, ", ");
	add(ret_text, size, &at, own);
}

void picture_pending_words(const struct model_thread_view *v, char *ret_text, size_t size)
{
	enum waits_for what = trace_waits_for(v->op);

	if (what != WAITS_NOT) {
		waits_words(what, v->object, ret_text, size);
		return;
	}
	ret_text[0] = '\0';
	say(ret_text, size, 0, op_words[v->op].pending, v->object, 0);
}

void picture_place(const struct sync_src *at, char *ret_text, size_t size)
{
	waits_place(at, ret_text, size);
}

const char *picture_verdict_name(enum model_verdict verdict)
{
	static const char *const names[] = {
		[MODEL_PASSED] = "passed", [MODEL_FAILED] = "failed",  [MODEL_DEADLOCK] = "deadlock",
		[MODEL_MISUSE] = "misuse", [MODEL_LONG] = "livelock", [MODEL_PRUNED] = "pruned",
	};

	return names[verdict];
}

#define LINE 256

void picture_wrap(const char *text, unsigned indent, unsigned hang, unsigned width,
		  void (*tell)(void *arg, const char *line), void *arg)
{
	char line[LINE];
	unsigned at = indent;
	bool first = true; /* word of its line */

	assert(indent < width && hang < width && width < LINE);
	memset(line, ' ', sizeof(line));
	while (*text) {
		unsigned word = (unsigned)strcspn(text, " ");

		if (!first && at + 1 + word > width) {
			line[at] = '\0';
			tell(arg, line);
			memset(line, ' ', sizeof(line));
			at = hang;
			first = true;
		}
		/* A word longer than a line is cut into pieces. */
		if (at + !first + word > width)
			word = width - at - !first;
		memcpy(line + at + !first, text, word);
		at += word + !first;
		first = false;
		text += word;
		text += strspn(text, " ");
	}
	line[at] = '\0';
	tell(arg, line);
}
