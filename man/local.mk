# man
dist_man_MANS += man/catchbasind.8
