"""The rivals, each tuned as its documentation says."""

import os
import sys

from . import proc
from .receivers import Receiver

RSYSLOG = """\
global(workDirectory="{directory}" net.enableDNS="off" maxMessageSize="64k")
{module}
module(load="omprog")
main_queue(queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="5000" queue.workerThreads="1"
           queue.timeoutEnqueue="60000" queue.timeoutShutdown="30000" queue.timeoutActionCompletion="30000")
template(name="insert" type="string" option.stdsql="on"
         string="INSERT INTO messages(received_at,peer,body) VALUES(%timegenerated:::date-unixtimestamp%,\
'%fromhost-ip%','%rawmsg%');\\n")
ruleset(name="store") {{
    action(type="omprog" binary="{writer}" template="insert" useTransactions="on"
           beginTransactionMark="BEGIN;" commitTransactionMark="COMMIT;" confirmMessages="off"
           signalOnClose="off" closeTimeout="60000")
}}
{source}
"""

SYSLOG_NG = """\
@version: 3.38
options {{ use-dns(no); chain-hostnames(no); keep-hostname(yes); stats-freq(0); log-fifo-size(1000000);
          threaded(yes); log-msg-size(65536); }};
source s {{ {source} }};
destination d {{
    sql(type(sqlite3) database("{store}") table("messages")
        columns("id INTEGER PRIMARY KEY", "received_at integer", "peer text", "body text")
        values("@NULL@", "$R_UNIXTIME", "$SOURCEIP", "$MESSAGE") null("@NULL@") indexes()
        session-statements("PRAGMA journal_mode = wal", "PRAGMA synchronous = {durability}")
        flags(explicit-commits, dont-create-tables) batch-lines(5000) batch-timeout(100));
}};
log {{ source(s); destination(d); {flow} }};
"""


class Rsyslog(Receiver):
    name = "rsyslog"
    needs = ("sqlite3",)
    durabilities = ("normal", "full")
    packaged = True

    def start(self):
        packages = self.lab.packages[self.name]
        self.make_store()
        writer = self.write("writer", "#!/bin/sh\n" f"exec sqlite3 -batch -cmd 'PRAGMA synchronous={self.durability};' "
                            f"'{self.store}' > /dev/null\n", 0o755)
        if self.stream:
            module = 'module(load="imptcp" threads="2")'
            source = (f'input(type="imptcp" address="127.0.0.1" port="{self.port}" ruleset="store"'
                      ' rateLimit.interval="0")')
        else:
            module = 'module(load="imudp" timeRequery="8" batchSize="128" threads="1")'
            source = (f'input(type="imudp" address="127.0.0.1" port="{self.port}" ruleset="store" rcvbufSize="8m"'
                      ' rateLimit.interval="0")')
        self.write("rsyslog.conf", RSYSLOG.format(
            directory=self.directory, module=module, writer=writer, source=source))
        self.child = proc.Child(
            [packages.find("usr/sbin/rsyslogd"), "-n", "-C", "-f", self.path("rsyslog.conf"), "-i",
             self.path("pid"), "-M", packages.folder("usr/lib/*/rsyslog")],
            self.directory, "log", packages.environment())
        self.await_port()


class SyslogNg(Receiver):
    name = "syslog-ng"
    durabilities = ("normal", "full")
    packaged = True

    def start(self):
        packages = self.lab.packages[self.name]
        self.make_store()
        # Each connection's share of log-iw-size must be larger than batch-lines, or it crawls.
        if self.stream:
            source = (f"network(ip(127.0.0.1) port({self.port}) transport(tcp) flags(no-parse) max-connections(64)"
                      " log-iw-size(640000) log-fetch-limit(1000));")
        else:
            source = (f"network(ip(127.0.0.1) port({self.port}) transport(udp) flags(no-parse) so-rcvbuf(8388608)"
                      " log-fetch-limit(1000) log-iw-size(100000));")
        self.write("syslog-ng.conf", SYSLOG_NG.format(
            source=source, store=self.store, durability=self.durability,
            flow="flags(flow-control);" if self.stream else ""))
        self.child = proc.Child(
            [packages.find("usr/sbin/syslog-ng"), "-F", "--no-caps", "-f", self.path("syslog-ng.conf"),
             "-R", self.path("persist"), "-p", self.path("pid"), "-c", self.path("control"),
             "--module-path", packages.folder("usr/lib/syslog-ng/[0-9]*")],
            self.directory, "log", dict(
                packages.environment(), BENCH_DBI_DIR=packages.folder("usr/lib/*/dbd"),
                LD_PRELOAD=packages.preload(os.path.join(self.lab.source, "rivals", "dbi_dir.c"))))
        self.await_port()


class Script(Receiver):
    """One of the Python programs in rivals/."""

    script = "?"

    def start(self):
        self.child = proc.Child(
            [sys.executable, os.path.join(self.lab.source, "rivals", self.script), "tcp" if self.stream else "udp",
             str(self.port), self.store, self.durability], self.directory, "log")
        self.await_port()


class Tutorial(Script):
    name = "Python, tutorial"
    script = "tutorial.py"
    durabilities = ("full",)
    poll_s = 0.1
    slow = True
    lock_s = 1.0    # readers and writer exclude each other


class Improved(Script):
    name = "Python, improved"
    script = "improved.py"
    durabilities = ("normal", "full")


class Import(Receiver):
    """nc -l | sqlite3 .import: one connection, one transaction, the body only; nothing is seen before the end."""

    name = "nc | sqlite3"
    needs = ("nc", "sqlite3")
    datagrams = False
    durabilities = ("full",)
    connections = 1
    live = False

    def start(self):
        self.write("run", "#!/bin/sh\n" f"nc -l 127.0.0.1 {self.port} | sqlite3 -batch messages.db"
                   """ 'CREATE TABLE messages(body)' '.mode ascii' '.separator "\\037" "\\n"' """
                   "'.import /dev/stdin messages'\n", 0o755)
        self.child = proc.Child([self.path("run")], self.directory, "log")
        self.await_port()


RIVALS = (Rsyslog, SyslogNg, Improved, Tutorial, Import)
