"use strict";
(function () {
	const EVERY_MS = 1000, PATIENCE_MS = 5000, LOOKS = 60, KEEP_S = 300;
	const WINDOWS_S = [60, 120, KEEP_S]; /* what a chart shows: the least that all there is fits into */
	const SVG = "http://www.w3.org/2000/svg";
	const $ = (id) => document.getElementById(id);
	const calm = matchMedia("(prefers-reduced-motion: reduce)");

	/* ---- words and numbers ---- */

	const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
	const count = (n) => whole.format(n);
	const short = (n) => n >= 1e6 ? (n / 1e6).toFixed(n < 1e7 ? 1 : 0) + "M" : n >= 1e4 ? (n / 1e3).toFixed(0) + "k" : count(n);
	const percent = (part, all) => !all || !part ? "0" : part / all < .001 ? "under 0.1" : (100 * part / all).toFixed(part / all < .1 ? 1 : 0);
	const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

	function bytes(n) {
		const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
		let i = 0;
		while (n >= 1024 && i < units.length - 1) {
			n /= 1024;
			i++;
		}
		return (i === 0 || n >= 100 ? count(n) : n.toFixed(1)) + " " + units[i];
	}

	function lasting(ms) {
		const s = ms / 1000;
		if (s < .00005) return "under 0.1 ms";
		if (s < .01) return ms.toFixed(1) + " ms";
		if (s < 1) return count(ms) + " ms";
		if (s < 10) return s.toFixed(1) + " s";
		if (s < 120) return count(s) + " s";
		if (s < 7200) return count(s / 60) + " min";
		if (s < 172800) return count(s / 3600) + " h";
		return count(s / 86400) + " days";
	}

	const MEANING = {
		kernel: "The receive buffer was full before the daemon could read it: raise rcvbuf.",
		queue_full: "The queue was full: raise queue_messages or queue_bytes, or let senders wait (overflow = block).",
		oversize: "Longer than max_message, with oversize = drop.",
		incomplete: "The rest never came: the connection was reset, or ended inside an octet count.",
		denied: "The sender is not in allow.",
		store: "The database refused the row: a constraint or a trigger.",
		shutdown: "The time for the stop was over.",
		crash: "An earlier run ended without a receipt.",
	};

	/* What a sender wrote, made visible: control characters are told, and nothing turns the line's direction round. */
	function visible(text) {
		return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"))
			.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => "<U+" + c.charCodeAt(0).toString(16).toUpperCase() + ">");
	}

	/* ---- elements ---- */

	function el(name, attributes, ...children) {
		const e = document.createElement(name);
		for (const [k, v] of Object.entries(attributes || {}))
			if (v !== undefined && v !== null) e.setAttribute(k, v);
		e.append(...children);
		return e;
	}

	function svg(name, attributes, into) {
		const e = document.createElementNS(SVG, name);
		for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
		into.append(e);
		return e;
	}

	const set = (e, text) => { if (e.textContent !== text) e.textContent = text; };

	function meter(part, all, label) {
		const share = all > 0 ? Math.min(1, part / all) : 0;
		const inside = el("i");
		inside.style.width = 100 * share + "%";
		return el("span", { class: share >= .8 ? "meter high" : "meter", role: "meter", "aria-label": label, "aria-valuemin": 0,
			"aria-valuemax": 100, "aria-valuenow": Math.round(100 * share) }, inside);
	}

	/* A row: [label, content, class] for each cell; the first heads it. Content is text or elements. */
	function row(cells) {
		const r = el("tr", { role: "row" });
		cells.forEach(([label, content, kind], i) => {
			const inside = el("span", {}, ...[].concat(content));
			r.append(i === 0 ? el("th", { role: "rowheader", scope: "row", class: kind }, inside) :
				el("td", { role: "cell", "data-label": label, class: [kind, content === "–" && "none"].filter(Boolean).join(" ") || null }, inside));
		});
		return r;
	}

	function fill(table, rows) {
		const body = table.tBodies[0];
		/* Who is marking text there would lose it. */
		const marked = getSelection();
		if (!marked.isCollapsed && body.contains(marked.anchorNode)) return;
		body.replaceChildren(...rows);
	}

	/* ---- history ---- */

	const history = [];  /* {t, rate, stored, queue, capacity, mean, most, lost}; t in ms; null: not known */
	let last = null;     /* the last answer */
	let since = null;    /* no answer since, ms */
	let looks = [];      /* of the workers */

	/* Of the last second's transactions: how long they took in the mean, and how long but for one in a hundred, ms. */
	function commits(now, before) {
		let n = 0, sum = 0, all = null, bounds = null;
		for (const h of now.histograms) {
			if (h.metric !== "catchbasin_commit_seconds") continue;
			const old = before.histograms.find((o) => o.metric === h.metric && o.store === h.store);
			if (!old) continue;
			n += h.count - old.count;
			sum += h.sum - old.sum;
			bounds = h.bounds;
			all = h.upto.map((u, i) => u - old.upto[i] + (all ? all[i] : 0));
		}
		if (n <= 0) return { mean: null, most: null };
		const rank = .99 * n;
		let i = all.findIndex((u) => u >= rank);
		if (i < 0) return { mean: 1000 * sum / n, most: 1000 * bounds[bounds.length - 1] };
		const low = i ? all[i - 1] : 0, from = i ? bounds[i - 1] : 0;
		const most = from + (bounds[i] - from) * (all[i] > low ? (rank - low) / (all[i] - low) : 1);
		return { mean: 1000 * sum / n, most: 1000 * Math.max(most, sum / n) };
	}

	function note(now, before) {
		const t = now.at / 1e6;
		const point = { t, rate: null, stored: null, queue: 0, capacity: 0, mean: null, most: null, lost: null };
		for (const s of now.stores) {
			point.queue += s.queue.messages;
			point.capacity += s.queue.capacity_messages;
		}
		const same = before && before.daemon.started_at === now.daemon.started_at && before.daemon.pid === now.daemon.pid;
		const s = same ? (now.at - before.at) / 1e9 : 0;
		if (s > 0 && s < 10) {
			const a = now.total, b = before.total;
			point.rate = (a.received + a.kernel - b.received - b.kernel) / s;
			point.stored = (a.stored - b.stored) / s;
			point.lost = (a.lost - b.lost) / s;
			Object.assign(point, commits(now, before));
		} else if (before) {
			history.push({ ...point, queue: null, t: t - 1 });
		}
		history.push(point);
		while (history.length && history[0].t < t - 1000 * (KEEP_S + 5)) history.shift();
		looks.push(new Map(now.workers.map((w) => [w.name, w])));
		if (!same) looks = looks.slice(-1);
		if (looks.length > LOOKS) looks.shift();
	}

	/* ---- charts ---- */

	const CHARTS = {
		rate: {
			first: "rate", second: "stored", legend: "stored", unit: "",
			now: (p) => p.rate === null ? ["–", ""] : [count(p.rate), "received"],
			beneath: (p) => p.stored === null ? "" : count(p.stored) + " stored",
			show: short, least: 10,
		},
		queue: {
			first: "queue",
			now: (p) => [p.queue === null ? "–" : count(p.queue), p.queue === 1 ? "message" : "messages"],
			beneath: (p) => percent(p.queue, p.capacity) + " % of the room for " + count(p.capacity),
			show: short, least: 10,
		},
		commit: {
			first: "mean", second: "most", legend: "99 in 100",
			now: (p) => p.mean === null ? ["–", "no transaction in this second"] : [lasting(p.mean), "in the mean"],
			beneath: (p) => p.most === null ? "" : "99 in 100 took at most " + lasting(p.most),
			show: lasting, least: 1,
		},
		loss: {
			first: "lost",
			now: (p) => p.lost === null ? ["–", ""] : [count(p.lost), Math.round(p.lost) === 1 ? "message" : "messages"],
			beneath: () => last ? count(last.total.lost) + " since the start" : "",
			show: short, least: 1,
		},
	};

	function span() {
		const age = history.length ? (history[history.length - 1].t - history[0].t) / 1000 : 0;
		return WINDOWS_S.find((w) => w >= age) || KEEP_S;
	}

	/* The next of 1, 2, 5, 10, 20 … */
	function ceiling(n) {
		const step = Math.pow(10, Math.floor(Math.log10(n)));
		return [1, 2, 5, 10].map((f) => f * step).find((c) => c >= n * .9999);
	}

	function Chart(box, spec) {
		const id = "chart-" + box.dataset.chart;
		const title = box.querySelector("h2");
		title.id = id;
		this.spec = spec;
		this.box = box;
		this.number = el("span");
		this.words = el("small");
		this.beneath = el("p", { class: "beneath" });
		this.most = el("span", { class: "most", "aria-hidden": "true" });
		this.left = el("span");
		this.plot = el("div", { class: "plot", role: "img", tabindex: "0", "aria-labelledby": id, "aria-describedby": id + "-said keys" });
		this.said = el("span", { id: id + "-said", hidden: "" });
		this.heard = el("span", { class: "unseen", "aria-live": "polite" });
		const s = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" }, this.plot);
		for (const y of [0, 50]) svg("line", { x1: 0, x2: 100, y1: y, y2: y, class: "grid", "vector-effect": "non-scaling-stroke" }, s);
		svg("line", { x1: 0, x2: 100, y1: 100, y2: 100, class: "base", "vector-effect": "non-scaling-stroke" }, s);
		this.area = svg("path", { class: "area" }, s);
		this.second = svg("path", { class: "curve second", "vector-effect": "non-scaling-stroke" }, s);
		this.first = svg("path", { class: "curve", "vector-effect": "non-scaling-stroke" }, s);
		this.cursor = svg("line", { y1: 0, y2: 100, class: "cursor", "vector-effect": "non-scaling-stroke", visibility: "hidden" }, s);
		this.plot.append(this.most);
		this.at = null; /* the point that is read: its time; null: the newest */
		const axis = el("p", { class: "axis" }, this.left);
		if (spec.legend) axis.append(el("span", { class: "legend" }, spec.legend));
		axis.append(el("span", {}, "now"));
		box.append(el("p", { class: "now" }, this.number, " ", this.words), this.beneath, this.plot, axis, this.heard, this.said);
		this.plot.addEventListener("keydown", (e) => this.key(e));
		this.plot.addEventListener("pointermove", (e) => this.point(e));
		this.plot.addEventListener("pointerleave", () => this.read(null));
		this.plot.addEventListener("blur", () => this.read(null));
	}

	Chart.prototype.read = function (t) {
		this.at = t;
		this.draw();
	};

	Chart.prototype.key = function (e) {
		const points = history.filter((p) => p[this.spec.first] !== null);
		let i = this.at === null ? points.length - 1 : points.findIndex((p) => p.t >= this.at);
		const to = { ArrowLeft: i - 1, ArrowRight: i + 1, PageUp: i - 30, PageDown: i + 30, Home: 0, End: points.length - 1 }[e.key];
		if (e.key === "Escape") this.read(null);
		if (to === undefined || !points.length) return;
		e.preventDefault();
		i = Math.max(0, Math.min(points.length - 1, to));
		this.read(i === points.length - 1 && e.key !== "ArrowLeft" ? null : points[i].t);
		set(this.heard, this.at === null ? "" : this.sentence(points[i]));
	};

	Chart.prototype.point = function (e) {
		const r = this.plot.getBoundingClientRect(), end = history.length ? history[history.length - 1].t : 0;
		const t = end - 1000 * span() * (1 - (e.clientX - r.left) / r.width);
		const near = history.filter((p) => p[this.spec.first] !== null).reduce((a, p) => !a || Math.abs(p.t - t) < Math.abs(a.t - t) ? p : a, null);
		this.read(near && Math.abs(near.t - t) < 5000 ? near.t : null);
	};

	Chart.prototype.sentence = function (p) {
		const [number, words] = this.spec.now(p), more = this.spec.beneath(p);
		return clock(p.t) + ": " + number + " " + words + (more ? ", " + more : "");
	};

	Chart.prototype.draw = function () {
		const spec = this.spec, end = history.length ? history[history.length - 1].t : 0;
		const wide = span();
		const points = history.filter((p) => p.t > end - 1000 * wide);
		const values = points.flatMap((p) => [p[spec.first], spec.second ? p[spec.second] : null]).filter((v) => v !== null);
		const top = ceiling(Math.max(spec.least, ...values));
		const x = (p) => (100 - (end - p.t) / 10 / wide).toFixed(2), y = (v) => (100 - 100 * v / top).toFixed(2);
		const path = (key, close) => {
			let d = "", open = null, before = null;
			for (const p of points) {
				if (p[key] === null) {
					if (close && open) d += "L" + x(before) + " 100Z";
					open = null;
					continue;
				}
				d += (open ? "L" : close ? "M" + x(p) + " 100L" : "M") + x(p) + " " + y(p[key]);
				/* A single second is seen, too. */
				if (!open && !close) d += "h.01";
				open = p;
				before = p;
			}
			return close && open ? d + "L" + x(before) + " 100Z" : d;
		};
		this.first.setAttribute("d", path(spec.first, false));
		this.area.setAttribute("d", path(spec.first, true));
		this.second.setAttribute("d", spec.second ? path(spec.second, false) : "");
		set(this.most, spec.show(top));
		set(this.left, wide / 60 + (wide === 60 ? " minute ago" : " minutes ago"));
		this.box.classList.toggle("nothing", Math.max(0, ...values) === 0);
		const shown = (this.at !== null && points.find((p) => p.t === this.at)) || points[points.length - 1];
		if (!shown) return;
		const reading = shown.t === this.at;
		this.cursor.setAttribute("visibility", reading ? "visible" : "hidden");
		this.cursor.setAttribute("x1", x(shown));
		this.cursor.setAttribute("x2", x(shown));
		const [number, words] = spec.now(shown);
		set(this.number, number);
		set(this.words, words + (reading ? ", at " + clock(shown.t) : ""));
		set(this.beneath, spec.beneath(shown) || "\u00a0");
		set(this.said, this.sentence(shown) + ". At most " + spec.show(Math.max(0, ...values)) + " in the last " + wide / 60 + (wide === 60 ? " minute." : " minutes."));
	};

	const charts = [...document.querySelectorAll(".chart")].map((box) => new Chart(box, CHARTS[box.dataset.chart]));

	/* ---- tables ---- */

	const counter = (l, name) => {
		const c = l.counters.find((k) => k.name === name);
		return c ? c.value : 0;
	};

	function showLosses(d) {
		const rows = [];
		for (const l of d.listeners)
			for (const loss of l.account.losses)
				rows.push(row([["Reason", loss.reason], ["Messages", count(loss.messages), "number"], ["Bytes", loss.bytes ? count(loss.bytes) : "–", "number"],
					["Listener", l.name], ["What it means", MEANING[loss.reason] || ""]]));
		$("no-losses").hidden = rows.length > 0;
		$("losses").hidden = rows.length === 0;
		fill($("losses"), rows);
	}

	function headroom(h) {
		if (!h) return "–";
		const words = h.ms === null ? count(h.capacity_messages) + " messages" :
			count(h.capacity_messages) + " messages, " + lasting(h.ms) + " at the peak";
		return [meter(h.used_bytes, h.rcvbuf_bytes, "receive buffer in use, percent"), words];
	}

	function showListeners(d) {
		fill($("listeners"), d.listeners.map((l) => row([
			["Name", l.name],
			["Address", l.address || "gone", "path"],
			["Now, a second", l.rate ? count(l.rate.per_s) : "–", "number"],
			["Peak of today", l.rate && l.rate.peak_per_s ? count(l.rate.peak_per_s) : "–", "number"],
			["Received", count(l.account.received), "number"],
			["Lost", count(l.account.lost), l.account.lost ? "number bad" : "number"],
			["Connections", l.stream ? count(counter(l, "connections")) : "–", "number"],
			["Head-room", headroom(l.headroom)],
		])));
	}

	function showStores(d) {
		fill($("stores"), d.stores.map((s) => {
			const q = s.queue, p = s.pool;
			const full = Math.max(q.messages / q.capacity_messages, q.bytes / q.capacity_bytes);
			return row([
				["Name", p.state === "working" ? s.name : [s.name + " ", el("span", { class: "bad" }, p.state)]],
				["File", s.path, "path"],
				["Queue", [meter(full, 1, "queue in use, percent"), percent(full, 1) + " %" + (q.held_sources ? ", " + count(q.held_sources) + " sources wait" : "")]],
				["Oldest not stored", q.oldest_unstored_ms ? lasting(q.oldest_unstored_ms) : "–", "number"],
				["Last commit", p.last_commit_age_ms === null ? "none yet" : lasting(p.last_commit_age_ms) + " ago, took " + lasting(p.last_commit_took_us / 1000), "number"],
				["Rows of this run", count(s.rows), "number"],
				["Size and log", bytes(s.db_bytes) + " + " + bytes(s.wal_bytes), "number"],
			]);
		}));
	}

	function showWorkers(d) {
		const before = looks.length > 1 ? looks[looks.length - 2] : null, s = history.length > 1 ? (history[history.length - 1].t - history[history.length - 2].t) / 1000 : 1;
		fill($("workers"), d.workers.map((w) => {
			const busy = looks.filter((l) => l.get(w.name) && l.get(w.name).working).length;
			const old = before && before.get(w.name);
			return row([
				["Name", w.name],
				["Now", w.working ? "writes" : "waits for messages or its turn"],
				["At work", [meter(busy, looks.length, "at work, percent of the last looks"), busy + " of " + looks.length]],
				["Steps a second", old && s > 0 ? count((w.steps - old.steps) / s) : "–", "number"],
			]);
		}));
	}

	/* ---- messages ---- */

	const hold = $("hold");
	let seen = "";

	hold.addEventListener("click", () => {
		const held = hold.getAttribute("aria-pressed") !== "true";
		hold.setAttribute("aria-pressed", held);
		if (!held && last) showMessages(last);
	});

	function body(m) {
		const parts = [visible(m.body)];
		const told = m.binary ? m.body.length : new TextEncoder().encode(m.body).length;
		if (m.size > m.bytes) parts.push(el("span", { class: "more" }, " … cut, " + bytes(m.size) + " were sent"));
		else if (m.bytes > told && !m.binary) parts.push(el("span", { class: "more" }, " … " + bytes(m.bytes) + " in all"));
		else if (m.binary) parts.push(el("span", { class: "more" }, " (" + bytes(m.bytes) + ", not text)"));
		return parts;
	}

	function message(m) {
		const at = new Date(m.received_at / 1e6);
		const time = el("time", { datetime: at.toISOString() }, at.toLocaleTimeString("en-GB") + "." + String(at.getMilliseconds()).padStart(3, "0"));
		const from = [el("b", {}, m.listener), " " + m.peer];
		return row([["Time", [time]], ["From", from, "from"], ["Message", body(m), "body"]]);
	}

	function showMessages(d) {
		const n = d.newest;
		const key = n.rows.map((m) => m.store + m.id).join();
		hold.hidden = n.rows.length === 0;
		$("messages").hidden = n.rows.length === 0;
		$("no-messages").hidden = n.rows.length > 0 && !n.error;
		set($("no-messages"), n.error ? "Not all can be read now: " + n.error : n.most === 0 ? "Not shown here: messages = 0 in [metrics]." : n.at === null ? "Reading …" : "None yet.");
		if (key === seen || hold.getAttribute("aria-pressed") === "true") return;
		seen = key;
		fill($("messages"), n.rows.map((m) => message(m)));
	}

	/* ---- the verdict ---- */

	const ICON = { healthy: "#1e7b4d", attention: "#c98500", failing: "#b3261e", unknown: "#7a8594" };

	function verdict(kind, headline, sentence, reasons) {
		const box = $("verdict");
		set($("headline"), headline);
		set($("sentence"), sentence);
		$("reasons").hidden = !reasons.length;
		if ([...$("reasons").children].map((c) => c.textContent).join("\n") !== reasons.join("\n"))
			$("reasons").replaceChildren(...reasons.map((r) => el("li", {}, r)));
		if (box.dataset.verdict === kind && document.title.startsWith(headline)) return;
		box.dataset.verdict = kind;
		document.title = headline + " – catchbasin";
		document.querySelector("link[rel=icon]").href = "data:image/svg+xml," + encodeURIComponent(
			'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="' + (ICON[kind] || ICON.unknown) + '"/></svg>');
	}

	const HEADLINES = { healthy: "Healthy", attention: "Works, and wants a look", failing: "Failing" };

	function showVerdict(d) {
		const p = history[history.length - 1], t = d.total;
		const rate = !p || p.rate === null ? count(t.received) + " messages came in so far" : p.rate < .5 ? "Nothing comes in just now" :
			count(p.rate) + " messages a second come in";
		const risk = t.queued + t.in_flight;
		const sentence = rate + "; " + (risk ? count(risk) + (risk === 1 ? " is" : " are") + " not stored yet" : "all that came is stored") +
			"; " + (t.lost ? count(t.lost) + " lost since the start." : "none lost since the start.");
		verdict(d.health.verdict, d.daemon.paused ? "Drained: nothing is read" : HEADLINES[d.health.verdict] || d.health.verdict, sentence, d.health.reasons);
		set($("about"), "catchbasind " + d.daemon.version + ", process " + d.daemon.pid + ", up " + lasting(d.daemon.uptime_ms) +
			(d.daemon.generation ? ", reloaded " + count(d.daemon.generation) + (d.daemon.generation === 1 ? " time" : " times") : ""));
	}

	function silent(words) {
		since = since || Date.now();
		$("figures").classList.add("stale");
		verdict("unknown", words || "No answer since " + clock(since), last ? "What stands below is from then. The page asks again each second." :
			"The page asks again each second.", []);
	}

	/* ---- asking ---- */

	let redrawn = 0;

	function show(d) {
		note(d, last);
		last = d;
		since = null;
		$("figures").hidden = false;
		$("figures").classList.remove("stale");
		showVerdict(d);
		if (!calm.matches || Date.now() - redrawn >= 5000) {
			redrawn = Date.now();
			charts.forEach((c) => c.draw());
		}
		showLosses(d);
		showListeners(d);
		showStores(d);
		showWorkers(d);
		showMessages(d);
	}

	let timer = null, asking = false;

	async function ask() {
		timer = null;
		if (asking || document.hidden) return;
		asking = true;
		const stop = new AbortController(), late = setTimeout(() => stop.abort(), PATIENCE_MS), begun = Date.now();
		try {
			const answer = await fetch("/status.json", { cache: "no-store", signal: stop.signal });
			const d = await answer.json();
			if (d.phase) silent(d.phase === "starting" ? "The daemon is starting" : "The daemon is stopping");
			else if (answer.ok) show(d);
			else silent();
		} catch (e) {
			silent();
		}
		clearTimeout(late);
		asking = false;
		/* The first look finds no messages: they are read only while somebody looks. */
		const soon = last && last.newest.most > 0 && last.newest.at === null && since === null;
		timer = setTimeout(ask, soon ? 200 : Math.max(100, EVERY_MS - (Date.now() - begun)));
	}

	document.addEventListener("visibilitychange", () => {
		if (!document.hidden && timer === null) ask();
	});
	ask();
})();
