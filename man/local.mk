# man
dist_man_MANS += man/catchbasind.8
dist_man_MANS += man/catchbasin.conf.5
dist_man_MANS += man/catchbasin-store.5
dist_man_MANS += man/catchbasin.1
