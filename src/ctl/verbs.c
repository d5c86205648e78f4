/* The table of verbs: to add one, write its function in a file of its own and a row here. */
#include <string.h>

#include "conf/hint.h"
#include "ctl/ctl.h"

#define LOOKS TAKES_JSON

static const struct verb verbs[] = {
	{.name = "status", .takes = LOOKS, .run = verb_status,
	 .summary = "is it healthy? how daemon, stores and listeners stand",
	 .prose = "Shows a verdict and its reasons, then what the running daemon has received and\n"
		  "stored, its listeners with the head-room of their receive buffers, its queues,\n"
		  "what is at risk, and its workers. Without a daemon: the totals of the store file\n"
		  "and its last run.\n"},
	{.name = "top", .takes = TAKES_INTERVAL | TAKES_COUNT, .run = verb_top,
	 .summary = "the same, live; q ends it",
	 .prose = "Shows the running daemon again and again: rates, queues, losses. q, Esc or ^C\n"
		  "ends it, space looks at once. --count ends it after so many looks.\n"},
	{.name = "stats", .takes = LOOKS | TAKES_PROMETHEUS, .run = verb_stats,
	 .summary = "every number of the daemon, as a metric",
	 .prose = "Prints every metric of the running daemon: a line each for people, one JSON\n"
		  "object, or the text that Prometheus reads.\n"},
	{.name = "audit", .takes = LOOKS, .run = verb_audit,
	 .summary = "do the books balance? exit status 0 if they do, 65 if not",
	 .prose = "Checks received + kernel = stored + lost + queued + in flight, for every\n"
		  "listener and at one moment. Without a daemon: the last run's receipt against the\n"
		  "rows of the store file. A run without a receipt, because it goes on or because\n"
		  "it crashed, cannot be audited: exit status 65.\n"},
	{.name = "loss", .takes = LOOKS | TAKES_SINCE, .run = verb_loss,
	 .summary = "what was lost, by listener and reason",
	 .prose = "Shows what the running daemon has lost since its start. With --since, or without\n"
		  "a daemon: the rows of the table loss of the store file, times in UTC. Exit\n"
		  "status 0, also where nothing was lost.\n"},
	{.name = "tail", .run = verb_tail, .formats = "short jsonl csv raw",
	 .takes = TAKES_FOLLOW | TAKES_COUNT | TAKES_OUTPUT | TAKES_FILTER | TAKES_SINCE,
	 .summary = "the newest messages, with losses where they happened",
	 .prose = "Prints the last 10 messages, or --count, or those --since a time; with -f it\n"
		  "goes on with what comes. Where messages were lost, a line says how many, why\n"
		  "and when. Exit status 1 if there was none.\n\n"},
	{.name = "query", .takes = TAKES_OUTPUT | TAKES_TIMEOUT, .operand = OPERAND_MUST, .operand_name = "SQL",
	 .run = verb_query, .formats = "table csv jsonl",
	 .summary = "ask the store in SQL, read-only",
	 .prose = "Runs one statement that only reads. It may take 30 s, or --timeout (0: for\n"
		  "ever). Exit status 1 if there are no rows.\n\n"},
	{.name = "export", .run = verb_export, .formats = "jsonl csv raw",
	 .takes = TAKES_OUTPUT | TAKES_FILTER | TAKES_SINCE | TAKES_RANGE,
	 .summary = "messages as JSON lines, CSV or bytes",
	 .prose = "Writes the messages of a range of times or ids, the oldest first, exactly as\n"
		  "they are. Exit status 1 if there are none.\n\n"},
	{.name = "loglevel", .takes = LOOKS | TAKES_FOR, .operand = OPERAND_MAY, .operand_name = "LEVEL",
	 .words = "error warning notice info debug configured", .run = verb_loglevel,
	 .summary = "how loud the daemon's log is, for a while",
	 .prose = "Sets the level of the running daemon's log to error, warning, notice, info or\n"
		  "debug for ten minutes, or --for another time; \"configured\" puts it back. Without\n"
		  "a level: shows it.\n"},
	{.name = "reload", .takes = LOOKS, .run = verb_reload,
	 .summary = "read the configuration anew; 0 or 78, with the reasons",
	 .prose = "Has the running daemon read its configuration anew, and waits until it is in\n"
		  "force. A bad one changes nothing: exit status 78, with each error. Changed keys\n"
		  "that take a restart are named.\n"},
	{.name = "drain", .takes = LOOKS | TAKES_TIMEOUT | TAKES_HOLD, .run = verb_drain,
	 .summary = "store all that came in, with reading paused meanwhile",
	 .prose = "Has the running daemon stop reading, waits until all that came in is\n"
		  "committed, and has it read again: at once, or after --hold. What comes\n"
		  "meanwhile waits in the kernel. Exit status 75 if it took longer than 20 s,\n"
		  "or --timeout.\n"},
	{.name = "dump", .takes = LOOKS, .run = verb_dump,
	 .summary = "who holds which lock, who waits; all of it to the log",
	 .prose = "Shows which threads wait for what, and has the daemon write the state of\n"
		  "everything to its log, as SIGUSR1 does.\n"},
	{.name = "send", .takes = TAKES_COUNT | TAKES_LOAD, .operand = OPERAND_MUST, .operand_name = "TARGET",
	 .run = verb_send,
	 .summary = "send messages: a few by hand, or a burst",
	 .prose = "Sends 1 message, or --count, to udp://H:P, tcp://H:P, unix:///PATH,\n"
		  "unixgram:///PATH, or to the listener of that name. With --stdin, the lines of\n"
		  "standard input.\n"},
	{.name = "doctor", .takes = LOOKS, .run = verb_doctor,
	 .summary = "is this machine fit for it? each finding with what mends it",
	 .prose = "Looks at limits of the kernel, the disk under the store, who holds the ports,\n"
		  "and the clock. Each finding has a verdict, and the command that mends it. Exit\n"
		  "status 1 if something should be mended.\n"},
	{.name = "completion", .operand = OPERAND_MUST, .operand_name = "SHELL", .words = "bash zsh fish",
	 .run = verb_completion,
	 .summary = "completion of this command for bash, zsh or fish",
	 .prose = "Prints a script: source <(catchbasin completion bash)\n"},
};

const struct verb *verb_at(unsigned index)
{
	return index < ARRAY_LEN(verbs) ? &verbs[index] : NULL;
}

const struct verb *verb_find(const char *name, struct err *reterr)
{
	struct hint hint = {.given = name};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
		hint_offer(&hint, verbs[i].name);
	}
	if (hint.best)
		err_set(reterr, EXIT_USAGE, "unknown verb \"%s\"; did you mean \"%s\"?", name, hint.best);
	else
		err_set(reterr, EXIT_USAGE, "unknown verb \"%s\"; catchbasin --help lists them all", name);
	return NULL;
}
