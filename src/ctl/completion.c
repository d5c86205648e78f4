/* completion: scripts for shells, made of the tables of verbs and options. */
#include <string.h>

#include "ctl/given.h"
#include "ctl/options.h"

/* Words of one verb: its options, and what may stand behind it. */
static void print_words(const struct verb *v)
{
	const struct option_row *o;

	for (unsigned i = 0; (o = option_at(i)); i++) {
		if (o->takes && !(v && (v->takes & o->takes)))
			continue;
		if (o->brief)
			printf("-%c ", o->brief);
		printf("--%s%s ", o->name, o->arg ? "=" : "");
	}
	if (v && v->words)
		printf("%s", v->words);
}

static void print_verbs(void)
{
	for (unsigned i = 0; verb_at(i); i++)
		printf("%s%s", i ? " " : "", verb_at(i)->name);
}

/* Is the argument a file? */
static bool is_file(const struct option_row *o)
{
	return o->arg && (!strcmp(o->arg, "FILE") || !strcmp(o->arg, "PATH"));
}

/* ---- bash ---- */

static void bash(void)
{
	printf("# bash completion for catchbasin\n"
	       "_catchbasin() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb= word words=\n"
	       "\tlocal verbs=\"");
	print_verbs();
	printf("\"\n"
	       "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	       "\t\tcase \" $verbs \" in *\" $word \"*) verb=$word; break ;; esac\n"
	       "\tdone\n"
	       "\tcase $cur in\n"
	       "\t--config=* | --socket=* | --store=*)\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"${cur#*=}\")\n"
	       "\t\treturn ;;\n"
	       "\tesac\n"
	       "\tcase $verb in\n");
	for (unsigned i = 0; verb_at(i); i++) {
		const struct verb *v = verb_at(i);

		printf("\t%s) words=\"", v->name);
		print_words(v);
		printf("\" ;;\n");
	}
	printf("\t*) words=\"$verbs ");
	print_words(NULL);
	printf("\" ;;\n\tesac\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n"
	       "}\n"
	       "complete -F _catchbasin catchbasin\n");
}

/* ---- zsh ---- */

/* Between single quotes: brackets and colons mean something to _arguments. */
static void zsh_words(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_options(const struct verb *v)
{
	const struct option_row *o;

	for (unsigned i = 0; (o = option_at(i)); i++) {
		if (o->takes && !(v && (v->takes & o->takes)))
			continue;
		printf("\t\t'--%s%s[", o->name, o->arg ? "=" : "");
		zsh_words(o->prose);
		printf("]%s%s%s%s' \\\n", o->arg ? ":" : "", o->arg ? o->arg : "", o->arg ? ":" : "", is_file(o) ? "_files" : "");
	}
}

static void zsh(void)
{
	printf("#compdef catchbasin\n"
	       "# zsh completion for catchbasin\n"
	       "_catchbasin() {\n"
	       "\tlocal -a verbs\n"
	       "\tlocal verb word\n"
	       "\tverbs=(\n");
	for (unsigned i = 0; verb_at(i); i++) {
		printf("\t\t'%s:", verb_at(i)->name);
		zsh_words(verb_at(i)->summary);
		printf("'\n");
	}
	printf("\t)\n"
	       "\tfor word in ${words[2,CURRENT-1]}; do\n"
	       "\t\t[[ -n ${(M)verbs:#${word}:*} ]] && verb=$word && break\n"
	       "\tdone\n"
	       "\tcase $verb in\n");
	for (unsigned i = 0; verb_at(i); i++) {
		const struct verb *v = verb_at(i);

		printf("\t%s) _arguments \\\n", v->name);
		zsh_options(v);
		printf("\t\t'1:verb:' '*:operand:%s%s%s' ;;\n", v->words ? "(" : "", v->words ? v->words : "", v->words ? ")" : "");
	}
	printf("\t*)\n"
	       "\t\tif [[ ${words[CURRENT]} != -* ]]; then\n"
	       "\t\t\t_describe verb verbs\n"
	       "\t\t\treturn\n"
	       "\t\tfi\n"
	       "\t\t_arguments \\\n");
	zsh_options(NULL);
	printf("\t\t'*:verb:' ;;\n"
	       "\tesac\n"
	       "}\n"
	       "_catchbasin \"$@\"\n");
}

/* ---- fish ---- */

static void fish_words(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(*text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
	putchar('\'');
}

static void fish_option(const struct verb *v, const struct option_row *o)
{
	printf("complete -c catchbasin -f");
	if (v)
		printf(" -n '__fish_seen_subcommand_from %s'", v->name);
	if (o->brief)
		printf(" -s %c", o->brief);
	printf(" -l %s%s%s -d ", o->name, o->arg ? " -r" : "", is_file(o) ? " -F" : "");
	fish_words(o->prose);
	putchar('\n');
}

static void fish(void)
{
	const struct option_row *o;

	printf("# fish completion for catchbasin\n");
	for (unsigned i = 0; verb_at(i); i++) {
		const struct verb *v = verb_at(i);

		printf("complete -c catchbasin -f -n __fish_use_subcommand -a %s -d ", v->name);
		fish_words(v->summary);
		putchar('\n');
		if (v->words) {
			printf("complete -c catchbasin -f -n '__fish_seen_subcommand_from %s' -a ", v->name);
			fish_words(v->words);
			putchar('\n');
		}
		for (unsigned n = 0; (o = option_at(n)); n++) {
			if (o->takes & v->takes)
				fish_option(v, o);
		}
	}
	for (unsigned n = 0; (o = option_at(n)); n++) {
		if (!o->takes)
			fish_option(NULL, o);
	}
}

int verb_completion(const struct ctl *c)
{
	static void (*const shells[])(void) = {bash, zsh, fish};
	int shell;

	if (!given_word("SHELL", c->operand, c->verb->words, &shell))
		return EXIT_USAGE;
	shells[shell]();
	return EXIT_CLEAN;
}
