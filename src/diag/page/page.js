"use strict";
/* Turns the runs that stand in the page into lanes to step through. Without it the page shows them as text. */
(function () {
	const runs = JSON.parse(document.getElementById("runs").textContent);
	const LONG = 420, EDGE = 150;
	const svgNs = "http://www.w3.org/2000/svg";
	const views = [];

	for (const step of runs.flatMap(run => run.steps))
		step.words = step.words.replace("-> ", "\u2192\u00a0").replace("<- ", "\u2190\u00a0");

	function make(tag, attributes, ...children) {
		const e = document.createElement(tag);
		for (const [key, value] of Object.entries(attributes || {}))
			e.setAttribute(key, value);
		e.append(...children);
		return e;
	}

	function draw(tag, attributes, ...children) {
		const e = document.createElementNS(svgNs, tag);
		for (const [key, value] of Object.entries(attributes || {}))
			e.setAttribute(key, value);
		e.append(...children);
		return e;
	}

	function arrowHead(id) {
		return draw("defs", {}, draw("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7,
			orient: "auto" }, draw("path", { d: "M0 0 8 4 0 8z" })));
	}

	/* Objects get a colour each, and in each lane a place beside each other. */
	function colours(run) {
		const objects = [...new Set(run.locks.map(s => s.object))];
		return {
			objects,
			of: object => "--o: var(--o" + objects.indexOf(object) % 6 + ")",
			slots: run.threads.map((t, n) =>
				objects.filter(o => run.locks.some(s => s.thread === n && s.object === o))),
		};
	}

	function end(run) {
		return run.steps.length ? run.steps[run.steps.length - 1].step + 1 : 1;
	}

	function bars(run, ink, thread, step, cell) {
		const slots = ink.slots[thread];
		cell.style.paddingLeft = slots.length * 12 + 9 + "px";
		for (const s of run.locks) {
			const to = s.to === null ? end(run) : s.to;
			if (s.thread !== thread || step < s.from || step > to)
				continue;
			const bar = make("i", { class: "bar " + s.kind, style: ink.of(s.object) + "; left: " +
				(6 + 12 * slots.indexOf(s.object)) + "px", "aria-hidden": "true",
				title: s.kind + ": " + s.object });
			if (step === s.from)
				bar.classList.add("begins");
			if (step === to && s.to !== null)
				bar.classList.add("finishes");
			cell.append(bar);
		}
	}

	function stepRow(run, ink, step, previous) {
		const row = make("tr", { "data-step": step.step }, make("th", { scope: "row" }, String(step.step)));
		run.threads.forEach((t, n) => {
			const cell = make("td", { class: "lane" });
			bars(run, ink, n, step.step, cell);
			if (n === step.thread) {
				const words = make("span", { class: step.how === "run" ? "words" : "words odd" }, step.words);
				if (step.mark)
					words.append(" ", make("span", { class: "mark" }, "\u25c0 " + step.mark));
				cell.append(words);
			}
			for (const s of run.locks.filter(s => s.kind === "wanted" && s.thread === n && s.from === step.step && n !== step.thread))
				cell.append(make("span", { class: "words wants" }, "waits for " + s.object));
			row.append(cell);
		});
		if (run.watch) {
			const value = step.watch === null ? "" : String(step.watch);
			const changed = previous && step.watch !== previous.watch;
			row.append(make("td", { class: changed ? "value changed" : "value" }, value));
		}
		row.append(make("td", { class: "place mono" }, step.at || ""));
		return row;
	}

	/* The row below the last one: those who wait for ever. */
	function stuckRow(run, ink) {
		const row = make("tr", { class: "stuck", "data-step": end(run) }, make("th", { scope: "row" }, "\u221e"));
		run.threads.forEach((t, n) => {
			const cell = make("td", { class: "lane" });
			bars(run, ink, n, end(run), cell);
			if (t.waits)
				cell.append(make("span", { class: "words" }, t.waits + ", for ever"));
			row.append(cell);
		});
		if (run.watch)
			row.append(make("td", { class: "value" }));
		row.append(make("td", { class: "place" }));
		return row;
	}

	/* Which steps get a row: of a run that goes round and round, two rounds; of a very long one, both ends. */
	function shown(run) {
		const n = run.steps.length;
		if (run.repeats)
			return [run.repeats.from - 1 + 2 * run.repeats.steps, n];
		return n > LONG ? [EDGE, n - EDGE] : [n, n];
	}

	function table(run, ink) {
		const head = make("tr", {}, make("th", { scope: "col", "aria-label": "step" }, "step"));
		run.threads.forEach((t) => {
			head.append(make("th", { scope: "col", class: "lane" },
				make("span", { class: "who" }, t.letter + " " + t.name), make("span", { class: "state" })));
		});
		if (run.watch)
			head.append(make("th", { scope: "col", class: "value" }, make("span", { class: "who" }, run.watch)));
		head.append(make("th", { scope: "col", class: "place" }, "at"));
		const body = make("tbody");
		const [from, to] = shown(run);
		run.steps.forEach((step, i) => {
			if (i < from || i >= to)
				body.append(stepRow(run, ink, step, run.steps[i - 1]));
			else if (i === from)
				body.append(make("tr", { class: "fold" }, make("td", { colspan: head.children.length },
					"\u2026 " + (to - from) + " more steps" + (run.repeats ? ", the same again and again" : "") + " \u2026")));
		});
		if (run.threads.some(t => t.waits))
			body.append(stuckRow(run, ink));
		return make("table", { class: "lanes" }, make("thead", {}, head), body);
	}

	function legend(run, ink) {
		const list = make("ul", { class: "legend" });
		const kinds = [["held", "held"], ["wanted", "wanted, not to be had"], ["asleep", "asleep until woken"]];
		for (const o of ink.objects)
			list.append(make("li", {}, make("span", {}, make("i", { class: "bar", style: ink.of(o) })), o));
		for (const [kind, words] of kinds.filter(k => run.locks.some(s => s.kind === k[0])))
			list.append(make("li", {}, make("span", {}, make("i", { class: "bar " + kind, style: "--o: var(--soft)" })), words));
		return list;
	}

	/* Arrows from each wake-up to the step of the one it woke. */
	function arrows(view) {
		const { run, inner, svg, body } = view;
		const zero = inner.getBoundingClientRect();
		svg.replaceChildren(arrowHead("head" + view.no));
		for (const w of run.wakeups) {
			const a = body.querySelector('[data-step="' + w.from + '"] .words');
			const b = body.querySelector('[data-step="' + w.to + '"] .words:not(.wants)');
			if (!a || !b)
				continue;
			const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
			const right = q.left > p.left;
			const x1 = (right ? p.right + 4 : p.left - 4) - zero.left, x2 = (right ? q.left - 4 : q.right + 5) - zero.left;
			const y1 = p.top + 13 - zero.top, y2 = q.top + 13 - zero.top, bend = (right ? 1 : -1) * 26;
			svg.append(draw("path", { d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
				"marker-end": "url(#head" + view.no + ")", "data-step": w.to }));
		}
	}

	/* What a thread is at after this step, in a few words. */
	function stateOf(run, n, step) {
		const own = run.steps.filter(s => s.thread === n && s.step <= step);
		const now = run.locks.filter(s => s.thread === n && s.from <= step && (s.to === null || step < s.to));
		const held = [...new Set(now.filter(s => s.kind === "held").map(s => s.object))];
		const words = [];
		if (!own.length && n > 0 && !run.steps.some(s => s.op === "start" && s.object === run.threads[n].name && s.step <= step))
			return ["not started", false];
		if (own.length && own[own.length - 1].op === "end")
			words.push("ended");
		if (held.length)
			words.push("has " + held.join(", "));
		for (const s of now.filter(s => s.kind !== "held"))
			words.push((s.kind === "wanted" ? "waits for " : "asleep on ") + s.object);
		if (step >= end(run) && run.threads[n].waits)
			return ["stuck: " + (held.length ? "has " + held.join(", ") + ", " : "") + run.threads[n].waits, true];
		return [words.join("; ") || "\u00a0", false];
	}

	/* Sideways, too, where there are more lanes than fit: beside the column of numbers, which stays. */
	function showLane(box, cell, numbers) {
		const left = cell.offsetLeft - numbers, right = cell.offsetLeft + cell.offsetWidth;
		if (left < box.scrollLeft || cell.offsetWidth + numbers > box.clientWidth)
			box.scrollLeft = left;
		else if (right > box.scrollLeft + box.clientWidth)
			box.scrollLeft = right - box.clientWidth;
	}

	function go(view, index) {
		const { run, rows } = view;
		view.at = Math.max(0, Math.min(rows.length - 1, index));
		const row = rows[view.at];
		const step = Number(row.dataset.step);
		rows.forEach((r, i) => {
			r.classList.toggle("now", i === view.at);
			r.classList.toggle("future", i > view.at);
			if (i === view.at)
				r.setAttribute("aria-current", "step");
			else
				r.removeAttribute("aria-current");
		});
		view.states.forEach((e, n) => {
			const [words, stuck] = stateOf(run, n, step);
			e.textContent = words;
			e.classList.toggle("stuck", stuck);
		});
		for (const path of view.svg.querySelectorAll("path[data-step]"))
			path.classList.toggle("future", Number(path.dataset.step) > step);
		const s = run.steps.find(x => x.step === step);
		const words = s ? run.threads[s.thread].name + ": " + s.words + (s.mark ? " \u25c0 " + s.mark : "") +
			(run.watch && s.watch !== null ? ". " + run.watch + " is " + s.watch + "." : ".")
			: "Nobody can go on: " + run.threads.filter(t => t.waits).map(t => t.name + " " + t.waits).join("; ") + ".";
		view.tell.textContent = (s ? "Step " + step + ". " : "") + words + (s && s.at ? " At " + s.at + "." : "");
		view.tell.classList.toggle("decides", !s || Boolean(s.mark));
		view.slider.value = view.at;
		view.slider.setAttribute("aria-valuetext", view.tell.textContent);
		view.count.textContent = s ? "step " + step + " of " + run.steps.length : "the end";
		/* Not disabled: that would take the focus from whoever steps by keyboard. */
		view.back.forEach(b => b.setAttribute("aria-disabled", String(view.at === 0)));
		view.forth.forEach(b => b.setAttribute("aria-disabled", String(view.at === rows.length - 1)));
		const box = view.scroll, top = row.offsetTop - view.head.offsetHeight, bottom = row.offsetTop + row.offsetHeight;
		if (top < box.scrollTop)
			box.scrollTop = top;
		else if (bottom > box.scrollTop + box.clientHeight)
			box.scrollTop = bottom - box.clientHeight;
		if (s)
			showLane(box, row.children[s.thread + 1], row.children[0].offsetWidth);
	}

	function control(view) {
		const button = (label, words, to, side, extra) => {
			const b = make("button", { type: "button", "aria-label": words, title: words, class: extra || "" }, label);
			b.addEventListener("click", () => go(view, to()));
			view[side].push(b);
			return b;
		};
		view.slider = make("input", { type: "range", min: 0, max: view.rows.length - 1, step: 1, "aria-label": "step" });
		view.slider.addEventListener("input", () => go(view, Number(view.slider.value)));
		view.count = make("span", { class: "count" });
		return make("div", { class: "control", role: "group", "aria-label": "step through the run" },
			button("|\u25c0", "first step", () => 0, "back", "ends"),
			button("\u25c0", "one step back", () => view.at - 1, "back"),
			button("\u25b6", "one step on", () => view.at + 1, "forth"),
			button("\u25b6|", "last step", () => view.rows.length - 1, "forth", "ends"), view.slider, view.count);
	}

	/* Threads on a circle; an arrow to whoever has what one wants. */
	function ring(run, no) {
		const nodes = run.threads.map((t, n) => ({ t, n })).filter(x => run.threads.some((t, n) =>
			(t.waits && t.owner !== null && (n === x.n || t.owner === x.n))));
		if (!nodes.length || nodes.length > 6)
			return "";
		const two = nodes.length <= 2;
		/* As wide as a telephone where it is shown on one: shrunk, its words could not be read. */
		const width = Math.max(300, Math.min(560, document.documentElement.clientWidth - 48));
		const height = nodes.length === 1 ? 150 : two ? 190 : 340;
		nodes.forEach((x, i) => {
			const angle = Math.PI * (2 * i / nodes.length - 1);
			x.x = width / 2 + Math.cos(angle) * (nodes.length === 1 ? 0 : width / 2 - 70);
			x.y = height / 2 + (nodes.length === 1 ? 35 : 0) + Math.sin(angle) * (two ? 0 : 120);
		});
		const svg = draw("svg", { class: "ring", viewBox: `0 0 ${width} ${height}`, role: "img",
			"aria-label": "who waits for whom" }, arrowHead("ring" + no));
		for (const a of nodes.filter(x => x.t.waits && x.t.owner !== null)) {
			const b = nodes.find(x => x.n === a.t.owner);
			let d, x, y;
			if (a === b) {
				d = `M${a.x + 40} ${a.y - 19} C${a.x + 80} ${a.y - 95} ${a.x - 80} ${a.y - 95} ${a.x - 40} ${a.y - 21}`;
				x = a.x, y = a.y - 76;
			} else {
				const dx = b.x - a.x, dy = b.y - a.y, long = Math.hypot(dx, dy), ux = dx / long, uy = dy / long;
				const bend = two ? 62 : 30, cut = Math.min(64, 70 * Math.abs(ux) + 26 * Math.abs(uy));
				x = (a.x + b.x) / 2 + uy * bend * 1.05, y = (a.y + b.y) / 2 - ux * bend * 1.05;
				const sx = a.x + ux * cut + uy * 12, sy = a.y + uy * cut - ux * 12;
				const ex = b.x - ux * (cut + 4) + uy * 12, ey = b.y - uy * (cut + 4) - ux * 12;
				d = `M${sx} ${sy} Q${x + uy * bend} ${y - ux * bend * .9} ${ex} ${ey}`;
			}
			const label = "wants " + a.t.for, wide = 7 * label.length + 6;
			svg.append(draw("path", { d, "marker-end": `url(#ring${no})` }),
				draw("rect", { class: "plate", x: x - wide / 2, y: y - 9, width: wide, height: 18 }),
				draw("text", { class: "label", x, y }, label));
		}
		for (const x of nodes)
			svg.append(draw("rect", { x: x.x - 60, y: x.y - 19, width: 120, height: 38, rx: 8 }),
				draw("text", { x: x.x, y: x.y }, x.t.name));
		return svg;
	}

	function outcomes(run) {
		const body = make("tbody");
		const all = run.outcomes.reduce((sum, o) => sum + o.orders, 0);
		for (const o of run.outcomes)
			body.append(make("tr", { class: o.grade }, make("td", {}, o.orders + " of " + all),
				make("th", { scope: "row" }, o.outcome),
				make("td", { class: "share" }, make("i", { style: "width: " + 100 * o.orders / all + "%" })),
				make("td", {}, o.grade ? make("span", { class: "badge " + o.grade }, o.grade.toUpperCase()) : "")));
		return make("table", { class: "outcomes" }, body);
	}

	function build(section, run, no) {
		run.watch = run.steps.some(s => s.watch !== null) ? run.watch : "";
		const ink = colours(run);
		const view = { run, no, section, back: [], forth: [], at: 0 };
		const lanes = table(run, ink);
		view.head = lanes.querySelector("thead");
		view.body = lanes.querySelector("tbody");
		view.rows = [...view.body.querySelectorAll("tr[data-step]")];
		view.states = [...lanes.querySelectorAll(".state")];
		view.svg = draw("svg", { class: "arrows", "aria-hidden": "true" });
		view.inner = make("div", { class: "inner" }, lanes, view.svg);
		view.scroll = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "timeline of " + run.variant },
			view.inner);
		view.tell = make("p", { class: "tell", "aria-live": "polite" });
		view.body.addEventListener("click", (e) => {
			const row = e.target.closest("tr[data-step]");
			if (row)
				go(view, view.rows.indexOf(row));
		});
		const stage = section.querySelector(".stage");
		stage.append(control(view), view.tell, view.scroll, legend(run, ink));
		if (run.waits)
			stage.append(make("h3", {}, "Who waits for whom"), ring(run, no),
				make("pre", { class: "report" }, run.waits.report.join("\n")));
		if (run.outcomes.length)
			stage.append(make("h3", {}, run.explored && run.explored.complete
				? "What can come out, over all orders of the case's own steps" : "What came out in the orders tried"), outcomes(run));
		section.querySelector("details").open = false;
		views.push(view);
		go(view, view.rows.length - 1);
	}

	function select(no, focus) {
		views.forEach((view, i) => {
			view.section.classList.toggle("hidden", i !== no);
			if (view.tab) {
				view.tab.setAttribute("aria-selected", String(i === no));
				view.tab.tabIndex = i === no ? 0 : -1;
			}
		});
		if (focus)
			views[no].tab.focus();
		arrows(views[no]);
		go(views[no], views[no].at);
	}

	function tabs(first) {
		const list = make("div", { role: "tablist", "aria-label": "variants" });
		views.forEach((view, no) => {
			view.tab = make("button", { type: "button", role: "tab", id: "tab" + no, "aria-controls": view.section.id },
				view.run.variant);
			view.section.setAttribute("role", "tabpanel");
			view.section.setAttribute("aria-labelledby", "tab" + no);
			view.tab.addEventListener("click", () => select(no, false));
			list.append(view.tab);
		});
		list.addEventListener("keydown", (e) => {
			const no = views.findIndex(v => v.tab === e.target);
			const to = { ArrowRight: no + 1, ArrowLeft: no - 1 + views.length, Home: 0, End: views.length - 1 }[e.key];
			if (to === undefined || no < 0)
				return;
			e.preventDefault();
			select(to % views.length, true);
		});
		first.before(list);
	}

	document.addEventListener("keydown", (e) => {
		const view = views.find(v => !v.section.classList.contains("hidden"));
		const inLanes = e.target === view.scroll;
		const moves = { ArrowRight: view.at + 1, ArrowLeft: view.at - 1, Home: 0, End: view.rows.length - 1 };
		if (inLanes)
			Object.assign(moves, { ArrowDown: view.at + 1, ArrowUp: view.at - 1 });
		if (e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || !(e.key in moves) ||
			e.target.matches("input, [role=tab], pre"))
			return;
		e.preventDefault();
		go(view, moves[e.key]);
	});
	window.addEventListener("resize", () => {
		for (const view of views.filter(v => !v.section.classList.contains("hidden"))) {
			arrows(view);
			go(view, view.at);
		}
	});

	const sections = [...document.querySelectorAll(".variant")];
	sections.forEach((section, no) => build(section, runs[no], no));
	if (views.length > 1)
		tabs(sections[0]);
	const wanted = sections.findIndex(s => "#" + s.dataset.name === location.hash);
	if (views.length)
		select(Math.max(0, wanted), false);
	document.documentElement.dataset.ready = String(views.length);
})();
