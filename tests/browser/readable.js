/* What is hard to read on the page, as sentences. Contrast and its formula: WCAG 2.1, 1.4.3; sizes
 * of what is pressed: 2.5.8. */
const faults = [];
const root = document.documentElement;

if (root.scrollWidth > root.clientWidth)
	faults.push(`the page is ${root.scrollWidth} wide on a screen of ${root.clientWidth}`);

/* Colors as the page has them, painted, since they may be in any notation. */
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const paint = (...colors) => {
	canvas.clearRect(0, 0, 1, 1);
	for (const color of colors) {
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
	}
	return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = (color) => {
	const [r, g, b] = color.map((c) => {
		const s = c / 255;
		return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
/* What is behind everything: the canvas above does not know whether it is dark. */
const probe = document.createElement('p');
probe.style.background = 'Canvas';
document.body.append(probe);
const ground = getComputedStyle(probe).backgroundColor;
probe.remove();
const backgrounds = (element) => {
	const found = [];
	for (let at = element; at; at = at.parentElement)
		found.unshift(getComputedStyle(at).backgroundColor);
	return [ground, ...found];
};
const shows = (element) => element.checkVisibility({visibilityProperty: true});
const contrast = (element) => {
	const behind = paint(...backgrounds(element));
	let opacity = 1;
	for (let at = element; at; at = at.parentElement)
		opacity *= Number(getComputedStyle(at).opacity);
	const full = paint(...backgrounds(element), getComputedStyle(element).color);
	const front = full.map((c, i) => c * opacity + behind[i] * (1 - opacity));
	const [a, b] = [light(front), light(behind)].sort((x, y) => y - x);
	return (a + 0.05) / (b + 0.05);
};

const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
	const element = walker.currentNode.parentElement;
	if (!walker.currentNode.textContent.trim() || seen.has(element) || !shows(element) ||
	    element.closest(':disabled, script, noscript, option'))
		continue;
	seen.add(element);
	const ratio = contrast(element);
	if (ratio < 4.5)
		faults.push(`contrast ${ratio.toFixed(2)}: ${element.textContent.trim().slice(0, 60)}`);
}

for (const element of document.querySelectorAll('input, select, button, summary, nav a')) {
	const box = element.getBoundingClientRect();
	if (shows(element) && element.type !== 'hidden' && !element.closest('label') &&
	    (box.height < 24 || box.width < 24))
		faults.push(`${box.width} x ${box.height} is small to press: ${element.outerHTML.slice(0, 80)}`);
}
return faults;
