/* Sections are walked through alike, named or not. */
#include "fixture.h"

int main(void)
{
	struct config *c = loads("[listener b]\naddress = udp://*:1\n[listener a]\naddress = udp://*:2\nrcvbuf = 1M\n"
				 "[store main]\n[log]\nlevel = debug\n");
	char title[SECTION_TITLE];
	void *base;

	if (!c)
		return done_testing();
	base = section_next(c, KEY_LISTENER, NULL);
	is_str(section_name(KEY_LISTENER, base), "b", "the first listener");
	base = section_next(c, KEY_LISTENER, base);
	is_str(section_name(KEY_LISTENER, base), "a", "the second");
	ok(!section_next(c, KEY_LISTENER, base), "and the end");
	ok(section_find(c, KEY_LISTENER, "a") == base, "found by name");
	ok(!section_find(c, KEY_LISTENER, "c"), "another is not there");
	is_int(section_origin(KEY_LISTENER, base)->line, 3, "where it began");
	is_int(section_where(KEY_LISTENER, base, "rcvbuf")->line, 5, "where a value came from");
	is_int(section_where(KEY_LISTENER, base, "ack")->line, 3, "a default, where its section began");
	section_title(KEY_LISTENER, "a", title, sizeof(title));
	is_str(title, "[listener a]", "its title");

	base = section_next(c, KEY_LOG, NULL);
	ok(base == c && !section_next(c, KEY_LOG, base), "there is one log");
	is_str(section_name(KEY_LOG, base), "", "without a name");
	ok(section_find(c, KEY_LOG, "") == c, "found without one");
	ok(!section_origin(KEY_LOG, base), "whose beginning nobody keeps");
	is_int(section_where(KEY_LOG, base, "level")->line, 8, "where its value came from");
	ok(!section_where(KEY_LOG, base, "target")->file, "a default comes from nowhere");
	section_title(KEY_LOG, "", title, sizeof(title));
	is_str(title, "[log]", "its title");
	config_free(c);
	return done_testing();
}
