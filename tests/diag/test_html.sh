#!/usr/bin/env bash
# The page of a case in a real browser: its program runs without an error, steps are stepped through by keyboard and by
# button, nothing is asked of the network, and a picture comes out in light and dark.
# shellcheck source=tests/house/house.sh
. "$(dirname "$0")/../house/house.sh"

daemon=$build/catchbasind
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ -x "$daemon" ] || skip_all "catchbasind is not built"
own_dir

for case in deadlock-abba race barrier semaphore lost-wakeup; do
	"$daemon" --diagnose="$case" --html="$dir/$case.html" > /dev/null 2> "$dir/stray"
	result $? "$case: a page is written" "$(cat "$dir/stray")"
done
page=$dir/deadlock-abba.html
"$daemon" --diagnose=deadlock-abba --html="$dir/again.html" > /dev/null 2>&1
cmp -s "$page" "$dir/again.html"
result $? "the same page twice"
nothing "nothing in it comes from elsewhere" \
	"$(grep -nEo '(src|href|url|@import|srcset|action)[ =(]+["'\'']?(https?:|//|data:|file:)[^ ]*' "$dir"/*.html)"
"$daemon" --diagnose=race --html="$dir/none/there.html" > /dev/null 2> "$dir/told"
result "$((! $?))" "a page that cannot be written is an error"
grep -q 'there.html' "$dir/told"
result $? "the error names the file" "$(cat "$dir/told")"

if [ -z "$browser" ]; then
	skip "the page runs in a browser" "chromium is missing"
	finish
fi

# browse OPTION... FILE
browse() {
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars \
		--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
		--user-data-dir="$(mktemp -d "$dir/profile.XXXXXX")" "$@" 2>> "$dir/browser"
}

# dom FILE: the page as the browser has it after its program has run, in a window too narrow for six lanes.
dom() {
	browse --dump-dom --window-size=600,800 "file://$1"
}

# A page with a catcher of errors at its head, and a visitor at its end who presses keys and buttons, and writes down
# what he sees.
visit() {
	awk '/^<style>$/ { print "<script>window.bad = []; window.onerror = m => { window.bad.push(m); };" \
			"document.addEventListener(\"securitypolicyviolation\", e => window.bad.push(e.blockedURI));</script>" }
		/^<\/body>$/ { while ((getline line < visitor) > 0) print line }
		{ print }' visitor="$dir/visitor" "$1"
}
cat > "$dir/visitor" <<'VISITOR'
<script>
(function () {
	const seen = {};
	const shown = () => document.querySelector(".variant:not(.hidden)");
	const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
	const now = () => shown().querySelector("[aria-current=step]").dataset.step;
	seen.start = now();
	press("Home"); seen.home = now();
	press("ArrowRight"); press("ArrowRight"); seen.right = now();
	press("ArrowLeft"); seen.left = now();
	seen.told = shown().querySelector(".tell").textContent;
	press("End"); seen.end = now();
	shown().querySelector("[aria-label='first step']").click(); seen.button = now();
	shown().querySelector("tbody tr:nth-child(2)").click(); seen.row = now();
	const tabs = document.querySelectorAll("[role=tab]");
	tabs[tabs.length - 1].click();
	seen.tab = shown().dataset.name;
	seen.selected = document.querySelectorAll("[aria-selected=true]").length;
	const on = shown().querySelector("[aria-label='one step on']");
	on.focus(); press("End"); seen.focus = document.activeElement === on;
	const box = shown().querySelector(".scroll").getBoundingClientRect();
	seen.inview = [...shown().querySelectorAll("tbody tr[data-step]")].every((row) => {
		row.click();
		const words = row.querySelector(".words:not(.wants)").getBoundingClientRect();
		return words.left >= box.left - 1 && (words.right <= box.right + 1 || words.width > box.width / 2) && words.bottom <= box.bottom + 1;
	});
	tabs[tabs.length - 1].dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true, cancelable: true }));
	seen.tabkey = tabs[0].getAttribute("aria-selected") && document.activeElement === tabs[0];
	seen.wide = document.documentElement.scrollWidth <= window.innerWidth;
	seen.bars = document.querySelectorAll(".bar.held").length > 0;
	seen.wanted = document.querySelectorAll(".bar.wanted").length > 0;
	seen.bad = window.bad;
	document.body.dataset.seen = Object.entries(seen).map(([k, v]) => k + "=" + v).join(";");
})();
</script>
VISITOR
for case in deadlock-abba race barrier semaphore lost-wakeup; do
	visit "$dir/$case.html" > "$dir/visited.html"
	seen=$(dom "$dir/visited.html" | sed -n 's/.*data-seen="\([^"]*\)".*/\1/p' | head -n 1)
	if [ -z "$seen" ] && grep -qiE 'sandbox|cannot open|Failed to launch|not supported' "$dir/browser"; then
		skip "$case: the page runs" "this browser does not start here"
		continue
	fi
	[ -n "$seen" ]
	result $? "$case: the page's program runs" "$(tail -n 3 "$dir/browser")"
	for want in home=1 right=3 left=2 button=1 row=2 selected=1 focus=true inview=true tabkey=true wide=true 'bad=$'; do
		printf '%s\n' "$seen" | tr ';' '\n' | grep -qx "${want%$}"
		result $? "$case: ${want%$}" "$seen"
	done
done
seen=$(dom "$page")
[ "$(grep -o 'role="tab"' <<< "$seen" | wc -l)" -eq "$("$daemon" --diagnose=deadlock-abba --json | wc -l)" ]
result $? "a tab for each variant"
grep -q 'class="mark">[^<]*each has what the other wants' <<< "$seen"
result $? "the decisive step is marked in the page"
grep -q 'class="bar wanted' <<< "$seen"
result $? "wanted locks are drawn"
grep -q 'class="ring"' <<< "$seen"
result $? "the ring of waits is drawn"
grep -q '<path d="M[^"]*" marker-end' <<< "$(dom "$dir/barrier.html")"
result $? "wake-ups are drawn"

# Pictures: light, dark, and as wide as a telephone. A picture of one colour would be far smaller.
picture() {
	local name=$1
	shift
	browse --screenshot="$dir/$name.png" "$@" "file://$page" > /dev/null
	[ "$(wc -c < "$dir/$name.png" 2> /dev/null || echo 0)" -gt 10000 ]
	result $? "a picture: $name" "$(tail -n 3 "$dir/browser")"
}
picture light --window-size=1200,1000
picture dark --window-size=1200,1000 --blink-settings=preferredColorScheme=0
picture phone --window-size=360,800
! cmp -s "$dir/light.png" "$dir/dark.png"
result $? "dark is not light"
finish
