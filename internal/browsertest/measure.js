// problems lists what a reader of the page in a window would see go wrong.
function problems(page, want) {
	const found = [], document = page.document, width = document.documentElement.clientWidth;
	const box = e => e.getBoundingClientRect();
	const all = (selector, of = document) => [...of.querySelectorAll(selector)];
	const check = (good, text) => { if (!good) found.push(text); };
	check(document.documentElement.scrollWidth <= width, `the page scrolls sideways: it is ${document.documentElement.scrollWidth} wide`);
	for (const e of all('body *'))
		check(e.closest('.scroll *') || e.closest('svg *') || box(e).right <= width + 0.5 && box(e).left >= -0.5,
			`${e.tagName} ${e.id} ${e.textContent.trim().slice(0, 40)} sticks out of the page`);
	const ids = all('[id]').map(e => e.id);
	ids.forEach((id, i) => check(ids.indexOf(id) === i, `"${id}" is an id used twice`));
	for (const href of all('a[href]').map(a => a.getAttribute('href'))) {
		if (href.startsWith('#')) check(document.getElementById(href.slice(1)), `${href} is a link to nothing`);
		else if (!/^[a-z]+:/.test(href)) check(want.Files.includes(href), `the page links to ${href}: missing or empty`);
	}
	const figures = all('figure'), tables = all('table');
	check(figures.length === want.Figures && tables.length === want.Tables,
		`the page has ${figures.length} figures and ${tables.length} tables, want ${want.Figures} and ${want.Tables}`);
	for (const f of figures) {
		const svgs = all('svg', f), b = svgs.length ? box(svgs[0]) : {};
		check(svgs.length === 1 && b.width >= 100 && b.height >= 100,
			`${f.id} has ${svgs.length} pictures, the first of ${b.width} × ${b.height} pixels`);
		const scroll = svgs.length && svgs[0].closest('.scroll'), frame = scroll ? box(scroll) : b;
		check(frame.left >= 0 && frame.right <= width, `${f.id} goes from ${b.left} to ${b.right} on a page ${width} wide`);
		const shapes = all('svg path', f).filter(p => box(p).width + box(p).height > 0).length;
		check(shapes >= 10, `${f.id} draws ${shapes} shapes only`);
		for (const t of all('svg text', f)) {
			const r = box(t);
			check(r.width > 0 && r.left >= b.left - 0.5 && r.right <= b.right + 0.5 && r.top >= b.top - 0.5 && r.bottom <= b.bottom + 0.5,
				`${f.id} clips "${t.textContent}"`);
			const size = parseFloat(page.getComputedStyle(t).fontSize) * b.width / t.ownerSVGElement.viewBox.baseVal.width;
			check(!want.SmallestText || size >= want.SmallestText, `${f.id} has text ${size} pixels high: "${t.textContent}"`);
		}
		const label = svgs.length && svgs[0].getAttribute('aria-label'), caption = f.querySelector('figcaption');
		check(label && caption && caption.textContent.trim(), `${f.id} lacks a label or a caption`);
	}
	for (const t of tables) {
		check(t.tBodies[0].rows.length && box(t).width && box(t).height, `${t.id} has ${t.tBodies[0].rows.length} rows`);
		const unscoped = all('th:not([scope])', t).length;
		check(!unscoped, `${t.id} has ${unscoped} headers without a scope`);
		check(page.getComputedStyle(t.parentElement).overflowX === 'auto' && box(t.parentElement).right <= width,
			`${t.id} is in a box that does not scroll or is too wide`);
	}
	return found;
}
